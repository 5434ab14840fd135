package dev.fovea.tensor.spi;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.TopK;

/** Small operations that every backend does on the host. */
public final class HostOperations {

    private HostOperations() {}

    /**
     * The definition of {@link Backend#topK}: insertion into a sorted list of k, so equals keep their order. NaN counts as larger
     * than all numbers, as in PyTorch: it comes out first instead of hiding among them.
     *
     * @param values {@code [rows, columns]}
     */
    public static TopK topK(float[] values, int rows, int columns, int k) {
        int[][] indices = new int[rows][k];
        float[][] largest = new float[rows][k];
        for (int row = 0; row < rows; row++) {
            int found = 0;
            for (int column = 0; column < columns && k > 0; column++) {
                float value = values[row * columns + column];
                if (found == k && !isLess(largest[row][k - 1], value)) {
                    continue;
                }
                int place = found < k ? found++ : k - 1;
                while (place > 0 && isLess(largest[row][place - 1], value)) {
                    largest[row][place] = largest[row][place - 1];
                    indices[row][place] = indices[row][place - 1];
                    place--;
                }
                largest[row][place] = value;
                indices[row][place] = column;
            }
        }
        return new TopK(indices, largest);
    }

    private static boolean isLess(float a, float b) {
        return a < b || Float.isNaN(b) && !Float.isNaN(a);
    }
}
