package dev.fovea.tensor.numbers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class QuantizedMatrixTest {

    @Test
    void groupsHaveTheirOwnScales() {
        float[] matrix = new float[2 * 65];
        matrix[0] = 127;
        matrix[1] = 63.4f;
        matrix[64] = -0.127f; // alone in the second group
        matrix[65] = -254;
        matrix[66] = 127;
        QuantizedMatrix quantized = QuantizedMatrix.of(matrix, 2, 65);
        assertEquals(2, QuantizedMatrix.groups(65));
        assertArrayEquals(new float[] {1, 0.001f, 2, 0}, quantized.scales(), 1e-9f);
        assertEquals(127, quantized.values()[0]);
        assertEquals(63, quantized.values()[1]);
        assertEquals(-127, quantized.values()[64]);
        assertEquals(-127, quantized.values()[65]);
        assertEquals(64, quantized.values()[66], "63.5 rounds to the even neighbour");
        float[] back = quantized.toFloats();
        assertEquals(127, back[0]);
        assertEquals(63, back[1]);
        assertEquals(-0.127f, back[64], 1e-8f);
        assertEquals(-254, back[65]);
        assertEquals(0, back[129]);
    }

    @Test
    void errsByHalfAStepAtMost() {
        Random random = new Random(5);
        int inputs = 150;
        float[] matrix = new float[7 * inputs];
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] = (float) (random.nextGaussian() * Math.pow(10, i / 100.0 - 5));
        }
        QuantizedMatrix quantized = QuantizedMatrix.of(matrix, 7, inputs);
        float[] back = quantized.toFloats();
        for (int i = 0; i < matrix.length; i++) {
            float scale = quantized
                    .scales()[i / inputs * QuantizedMatrix.groups(inputs) + i % inputs / QuantizedMatrix.GROUP];
            assertTrue(Math.abs(back[i] - matrix[i]) <= 0.501f * scale, "element " + i);
        }
        assertArrayEquals(
                back, QuantizedMatrix.of(back, 7, inputs).toFloats(), 1e-6f, "what is quantised stays as it is");
    }

    /**
     * The scale of the smallest numbers is rounded so coarsely that a quotient exceeds 127; it must not wrap around.
     */
    @Test
    void smallestNumbersKeepTheirSign() {
        float[] matrix = {150 * Float.MIN_VALUE, -150 * Float.MIN_VALUE, 0, 0x1p-149f};
        float[] back = QuantizedMatrix.of(matrix, 1, 4).toFloats();
        assertTrue(back[0] > 0);
        assertTrue(back[1] < 0);
        assertEquals(0, back[2]);
    }

    @Test
    void nothingIsNothing() {
        assertEquals(0, QuantizedMatrix.of(new float[0], 0, 65).toFloats().length);
        assertEquals(0, QuantizedMatrix.of(new float[0], 3, 0).toFloats().length);
    }
}
