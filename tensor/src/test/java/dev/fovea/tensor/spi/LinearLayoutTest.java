package dev.fovea.tensor.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinearLayoutTest {

    private static WeightData matrix(String name, int outputs, int inputs) {
        return WeightData.of(name, Shape.of(outputs, inputs), new float[outputs * inputs]);
    }

    private static WeightData vector(int length) {
        return WeightData.of("bias", Shape.of(length), new float[length]);
    }

    private static WeightData zeros(DType dtype) {
        return new WeightData("w", dtype, Shape.of(1, 2), MemorySegment.ofArray(new byte[2 * dtype.bytes()]), "memory");
    }

    @Test
    void outputsSideBySide() {
        LinearLayout layout =
                LinearLayout.of(List.of(matrix("q", 3, 4), matrix("k", 5, 4)), List.of(vector(3), vector(5)));
        assertEquals(new LinearLayout("q+k", 4, 8), layout);
    }

    @Test
    void partsThatDoNotFit() {
        refused(List.of(), List.of());
        refused(List.of(matrix("q", 3, 4), matrix("k", 3, 5)), List.of());
        refused(List.of(matrix("q", 3, 4)), List.of(vector(4)));
        refused(List.of(matrix("q", 3, 4), matrix("k", 3, 4)), List.of(vector(3)));
        refused(List.of(vector(3)), List.of());
        refused(List.of(matrix("q", 3, 4), vector(4)), List.of());
        String message = refused(List.of(matrix("left", 3, 4), matrix("right", 3, 5)), List.of());
        assertTrue(message.contains("right [3, 5]") && message.contains("left [3, 4]"), message);
    }

    private static String refused(List<WeightData> weights, List<WeightData> biases) {
        return assertThrows(IllegalArgumentException.class, () -> LinearLayout.of(weights, biases))
                .getMessage();
    }

    @Test
    void storageLosesNothingUnasked() {
        assertEquals(DType.F16, LinearLayout.storage(List.of(zeros(DType.F16)), null));
        assertEquals(DType.BF16, LinearLayout.storage(List.of(zeros(DType.BF16), zeros(DType.BF16)), null));
        assertEquals(DType.F32, LinearLayout.storage(List.of(zeros(DType.F16), zeros(DType.F32)), null));
        assertEquals(DType.F32, LinearLayout.storage(List.of(zeros(DType.F64)), null));
        assertEquals(DType.I8, LinearLayout.storage(List.of(zeros(DType.F32)), DType.I8));
    }

    @Test
    void numbersAsStored() {
        LinearLayout layout = new LinearLayout("w", 2, 1);
        WeightData data = WeightData.of("w", Shape.of(1, 2), 1 + 0x1p-12f, -3.0e-8f);
        assertArrayEquals(new float[] {1 + 0x1p-12f, -3.0e-8f}, layout.stored(data, DType.F32));
        // f16 has ten bits after the point and steps of 6e-8 at its smallest.
        assertArrayEquals(new float[] {1, -0x1p-24f}, layout.stored(data, DType.F16));
        assertArrayEquals(new float[] {1, -3.0e-8f}, layout.stored(data, DType.BF16), 1e-10f);
        assertArrayEquals(new float[] {1 + 0x1p-12f, 0}, layout.stored(data, DType.I8), 1e-6f);
        assertThrows(IllegalArgumentException.class, () -> layout.stored(data, DType.I64));
        assertThrows(FoveaException.class, () -> layout.stored(zeros(DType.I32), DType.F32));
    }
}
