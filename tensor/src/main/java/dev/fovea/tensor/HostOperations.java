package dev.fovea.tensor;

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

    /** The definition of {@link Backend#maxPool}; a window that holds a NaN is NaN. */
    public static float[] maxPool(Tensor x, Grid grid, int size, int stride, int padding) {
        float[] values = x.toArray();
        Grid out = Checks.pooled(grid, size, stride, padding);
        int channels = x.columns();
        float[] y = new float[Sizes.arrayLength("maxPool", out.rows(), channels)];
        for (int pixel = 0; pixel < out.rows(); pixel++) {
            int image = pixel / (out.height() * out.width());
            int top = pixel / out.width() % out.height() * stride - padding;
            int left = pixel % out.width() * stride - padding;
            for (int channel = 0; channel < channels; channel++) {
                float largest = Float.NEGATIVE_INFINITY;
                for (int row = Math.max(0, top); row < Math.min(grid.height(), top + size); row++) {
                    for (int column = Math.max(0, left); column < Math.min(grid.width(), left + size); column++) {
                        int source = (image * grid.height() + row) * grid.width() + column;
                        largest = Math.max(largest, values[source * channels + channel]);
                    }
                }
                y[pixel * channels + channel] = largest;
            }
        }
        return y;
    }

    private static boolean isLess(float a, float b) {
        return a < b || Float.isNaN(b) && !Float.isNaN(a);
    }
}
