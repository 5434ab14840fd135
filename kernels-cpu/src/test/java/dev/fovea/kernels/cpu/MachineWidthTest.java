package dev.fovea.kernels.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.kernels.cpu.machine.InstructionSet;
import dev.fovea.kernels.cpu.machine.Processor;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.BackendDevice;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Results of the integer precisions have the same bits on vectors of every width: JVMs of their own, each with a width
 * forced.
 */
class MachineWidthTest {

    /** What the started JVMs run: prints what a device has, and a hash of some layers' results. */
    static final class Program {
        public static void main(String[] arguments) {
            for (BackendDevice device : Backends.devices()) {
                System.out.println("device " + device.precisions() + " " + device.platform());
            }
            try (Backend backend = Backends.open("cpu", 2)) {
                for (String precision : arguments) {
                    System.out.println(precision + " " + hash(backend, Precision.valueOf(precision)));
                }
            }
        }

        private static int hash(Backend backend, Precision precision) {
            Random random = new Random(3);
            int hash = 0;
            for (int[] sizes : new int[][] {{1, 64, 16}, {7, 100, 33}, {25, 200, 95}, {400, 130, 50}}) {
                WeightData matrix =
                        WeightData.of("w", Shape.of(sizes[2], sizes[1]), numbers(random, sizes[1] * sizes[2]));
                WeightData bias = WeightData.of("b", Shape.of(sizes[2]), numbers(random, sizes[2]));
                Weight.Linear weight = backend.linearWeight(List.of(matrix), List.of(bias), null, precision);
                float[] x = numbers(random, sizes[0] * sizes[1]);
                float[] out = backend.linear(backend.tensor(sizes[0], sizes[1], x), weight, Fusion.NONE)
                        .toArray();
                hash = 31 * hash + Arrays.hashCode(out);
            }
            return hash;
        }

        private static float[] numbers(Random random, int count) {
            float[] numbers = new float[count];
            for (int i = 0; i < count; i++) {
                numbers[i] = (float) random.nextGaussian();
            }
            return numbers;
        }
    }

    private static List<String> run(String machine, String... precisions) throws Exception {
        return KernelChoiceTest.run(
                Program.class,
                List.of(precisions),
                KernelChoiceTest.VECTORS,
                KernelChoiceTest.ACCESS,
                "-D" + Processor.PROPERTY + "=" + machine);
    }

    private static boolean has(InstructionSet set, Precision precision) {
        Processor processor = Processor.current();
        return switch (set) {
            case AVX512 -> processor.avx512Vnni();
            case AVXVNNI -> processor.avxVnni();
            case AVX2 -> processor.avx2() && precision == Precision.INT16;
        };
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"INT16", "INT8"})
    void everyWidthHasTheSameBits(Precision precision) throws Exception {
        Set<String> results = new TreeSet<>();
        int runs = 0;
        for (InstructionSet set : InstructionSet.values()) {
            if (has(set, precision)) {
                List<String> lines = run(set.toString(), precision.name());
                assertTrue(lines.getFirst().contains(precision.toString()), lines.toString());
                results.add(lines.getLast());
                runs++;
            }
        }
        assumeTrue(runs > 1, "this processor has " + runs + " widths for " + precision);
        assertEquals(1, results.size(), results.toString());
    }

    @Test
    void noMachineCodeIfNoneIsAllowed() throws Exception {
        List<String> lines = run("none");
        assertTrue(
                lines.getFirst().startsWith("device [f32] ")
                        && lines.getFirst().endsWith(", no machine code: -Dfovea.cpu.machine=none forbids it"),
                lines.toString());
        lines = run("sse");
        assertTrue(
                lines.getFirst().endsWith("-Dfovea.cpu.machine=sse; expected none, avx2, avxvnni, avx512"),
                lines.toString());
    }
}
