package dev.fovea.kernels.cpu.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.kernels.cpu.machine.GroupLayout;
import dev.fovea.kernels.cpu.machine.MachineKernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.tensor.Precision;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where every number of a matrix comes to lie in its panels, and what it is rounded to. */
class MachineMatrixTest {

    private static final int GROUP = 64;

    private static float number(int output, int input) {
        return (float) new Random(31L * output + input).nextGaussian() * (output % 7 + 1);
    }

    @ParameterizedTest
    @CsvSource({
        "F32, 130, 37",
        "F32, 64, 32",
        "F32, 1, 1",
        "F32, 0, 3",
        "INT16, 130, 37",
        "INT16, 5, 70",
        "INT8, 130, 37",
        "INT8, 768, 64"
    })
    void everyNumberHasItsPlace(Precision precision, int inputs, int outputs) {
        MachineKernels kernels = MachineKernels.of(precision);
        assumeTrue(kernels != null, "this processor has no instructions for " + precision);
        GroupLayout layout = kernels.layout();
        MachineMatrix matrix = new MachineMatrix(inputs, outputs, layout);
        for (int panel = 0; panel < matrix.panels(); panel++) {
            matrix.pack(
                    panel,
                    (output, from, target, offset, count) -> {
                        for (int i = 0; i < count; i++) {
                            target[offset + i] = number(output, from + i);
                        }
                    },
                    kernels);
        }
        assertTrue(matrix.fits());
        for (int output = 0; output < matrix.panels() * layout.columns(); output++) {
            for (int group = 0; group < matrix.groups(); group++) {
                checkGroup(matrix, output, group, inputs, outputs);
            }
        }
    }

    private static void checkGroup(MachineMatrix matrix, int output, int group, int inputs, int outputs) {
        GroupLayout layout = matrix.layout();
        Precision precision = layout.precision();
        long at = matrix.address(output / layout.columns()) + (long) group * layout.panelGroup();
        int column = output % layout.columns();
        float[] numbers = new float[GROUP];
        float largest = 0;
        for (int i = 0; i < GROUP && output < outputs && group * GROUP + i < inputs; i++) {
            numbers[i] = number(output, group * GROUP + i);
            largest = Math.max(largest, Math.abs(numbers[i]));
        }
        int perWord = Integer.BYTES / layout.bytes();
        int sum = 0;
        for (int i = 0; i < GROUP; i++) {
            long place = at
                    + ((long) i / perWord * layout.columns() + column) * Integer.BYTES
                    + (long) i % perWord * layout.bytes();
            String what = precision + " output " + output + " input " + (group * GROUP + i);
            if (precision == Precision.F32) {
                assertEquals(numbers[i], Memory.get(place), what);
                continue;
            }
            int found = layout.bytes() == 1
                    ? Memory.ALL.get(ValueLayout.JAVA_BYTE, place)
                    : Memory.ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, place);
            assertEquals(Precision.round(numbers[i], largest, precision.largestWeight()), found, what);
            sum += found;
        }
        if (precision != Precision.F32) {
            float scale = Memory.get(at + layout.panelScales() + (long) column * Float.BYTES);
            assertEquals(Precision.scale(largest, precision.largestWeight()), scale);
        }
        if (precision == Precision.INT8) {
            long start = at + layout.panelStarts() + (long) column * Integer.BYTES;
            assertEquals(-128 * sum, Memory.ALL.get(ValueLayout.JAVA_INT_UNALIGNED, start));
        }
    }

    @ParameterizedTest
    @CsvSource({"INT16, NaN", "INT16, Infinity", "INT8, NaN", "INT8, -Infinity"})
    void whatIsNoNumberDoesNotFit(Precision precision, float value) {
        MachineKernels kernels = MachineKernels.of(precision);
        assumeTrue(kernels != null, "this processor has no instructions for " + precision);
        MachineMatrix matrix = new MachineMatrix(70, 3, kernels.layout());
        matrix.pack(
                0,
                (output, from, target, offset, count) -> {
                    for (int i = 0; i < count; i++) {
                        target[offset + i] = output == 2 && from + i == 69 ? value : 1;
                    }
                },
                kernels);
        assertTrue(!matrix.fits());
    }
}
