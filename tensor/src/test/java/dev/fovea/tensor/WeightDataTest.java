package dev.fovea.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.numbers.QuantizedMatrix;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class WeightDataTest {

    private static WeightData weight(DType dtype, Shape shape, ByteBuffer bytes) {
        return new WeightData("layer.weight", dtype, shape, MemorySegment.ofArray(bytes.array()), "model.safetensors");
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void readsEachFloatingFormat() {
        WeightData f64 =
                weight(DType.F64, Shape.of(2), littleEndian(16).putDouble(0.1).putDouble(1e300));
        WeightData f32 =
                weight(DType.F32, Shape.of(2), littleEndian(8).putFloat(0.1f).putFloat(-0f));
        WeightData f16 = weight(
                DType.F16, Shape.of(2), littleEndian(4).putShort((short) 0x3555).putShort((short) 0x7C00));
        WeightData bf16 = weight(
                DType.BF16,
                Shape.of(2),
                littleEndian(4).putShort((short) 0x3F80).putShort((short) 0x0001));
        assertReads(f64, 0.1f, Float.POSITIVE_INFINITY);
        assertReads(f32, 0.1f, -0f);
        assertReads(f16, 0x1.554p-2f, Float.POSITIVE_INFINITY);
        assertReads(bf16, 1f, 0x1p-133f);
    }

    @Test
    void readsAMatrixInEightBits() {
        float[] numbers = new float[3 * 70];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) Math.sin(i) * (1 + i / 64);
        }
        QuantizedMatrix matrix = QuantizedMatrix.of(numbers, 3, 70);
        ByteBuffer scales = littleEndian(4 * matrix.scales().length);
        scales.asFloatBuffer().put(matrix.scales());
        MemorySegment values = MemorySegment.ofArray(matrix.values());
        WeightData weight = new WeightData(
                "layer.weight", DType.I8, Shape.of(3, 70), values, "file", MemorySegment.ofArray(scales.array()));
        assertReads(weight, matrix.toFloats());
        float[] run = new float[100];
        weight.copyTo(50, run, 0, 100);
        for (int i = 0; i < run.length; i++) {
            assertEquals(matrix.toFloats()[50 + i], run[i]);
        }
        MemorySegment tooShort = MemorySegment.ofArray(new byte[20]);
        assertThrows(
                IllegalArgumentException.class,
                () -> new WeightData("a", DType.I8, Shape.of(3, 70), values, "file", tooShort));
    }

    private static void assertReads(WeightData weight, float... expected) {
        assertArrayEquals(expected, weight.toFloats());
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], weight.get(i));
        }
    }

    @Test
    void copiesRunsOfElements() {
        ByteBuffer doubles = littleEndian(8 * 10_000);
        float[] expected = new float[10_000];
        for (int i = 0; i < expected.length; i++) {
            doubles.putDouble(i * 0.7);
            expected[i] = (float) (i * 0.7);
        }
        WeightData f64 = weight(DType.F64, Shape.of(100, 100), doubles);
        assertArrayEquals(expected, f64.toFloats());
        float[] target = {-1, -1, -1, -1};
        f64.copyTo(9_998, target, 1, 2);
        assertArrayEquals(new float[] {-1, expected[9_998], expected[9_999], -1}, target);
        assertThrows(IndexOutOfBoundsException.class, () -> f64.copyTo(9_999, target, 0, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> f64.copyTo(0, target, 3, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> f64.copyTo(-1, target, 0, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> f64.get(10_000));
    }

    @Test
    void isMadeFromNumbersInMemory() {
        WeightData made = WeightData.of("made", Shape.of(3, 1), 1f, 2f, -0.5f);
        assertEquals(DType.F32, made.dtype());
        assertReads(made, 1f, 2f, -0.5f);
        assertThrows(IllegalArgumentException.class, () -> WeightData.of("made", Shape.of(2), 1f));
    }

    @Test
    void theLengthOfTheDataIsChecked() {
        assertThrows(IllegalArgumentException.class, () -> weight(DType.F32, Shape.of(2), littleEndian(4)));
        assertThrows(IllegalArgumentException.class, () -> weight(DType.F32, Shape.of(1), littleEndian(5)));
        assertReads(weight(DType.F32, Shape.of(0, 9), littleEndian(0)));
    }

    @Test
    void integersAreNotWeights() {
        WeightData integers = weight(DType.I32, Shape.of(1), littleEndian(4));
        for (var read : new org.junit.jupiter.api.function.Executable[] {
            integers::toFloats, () -> integers.get(0), () -> integers.copyTo(0, new float[1], 0, 1)
        }) {
            String message = assertThrows(FoveaException.class, read).getMessage();
            assertTrue(message.startsWith("model.safetensors: tensor layer.weight holds I32"), message);
        }
    }
}
