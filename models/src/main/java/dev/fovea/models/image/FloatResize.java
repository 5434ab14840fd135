package dev.fovea.models.image;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Resizes as torch's {@code interpolate} with antialiasing does for floats (ATen/native/cpu/UpSampleKernel.cpp,
 * HelperInterpBase): one axis after the other, rows first, with nothing rounded in between. Twin of
 * {@link PillowResize}, whose results are 8 bits. Only the window that is asked for is computed.
 *
 * <pre>
 * temp[y][x][c] = sum_j in[y][first_x + j][c]   * weight_x[j]
 * out[y][x][c]  = sum_j temp[first_y + j][x][c] * weight_y[j]
 * </pre>
 */
final class FloatResize {
    private static final int CHANNELS = 3;

    private FloatResize() {}

    /** The inputs of each of some outputs of one axis, and their weights, in torch's mix of floats. */
    private record Weights(int[] first, float[][] weights) {

        static Weights of(ResampleFilter filter, int in, int out, int from, int count) {
            if (in == out) return same(from, count);
            float scale = (float) in / out;
            float filterScale = Math.max(scale, 1);
            float support = (float) filter.support() * filterScale;
            float inverse = 1 / filterScale;
            int[] first = new int[count];
            float[][] weights = new float[count][];
            for (int i = 0; i < count; i++) {
                float center = scale * (from + i + 0.5f);
                int low = Math.max(0, (int) (center - support + 0.5f));
                int high = Math.min(in, (int) (center + support + 0.5f));
                float[] own = new float[high - low];
                float sum = 0;
                for (int j = 0; j < own.length; j++) {
                    own[j] = (float) filter.at((j + low - center + 0.5f) * inverse);
                    sum += own[j];
                }
                for (int j = 0; j < own.length; j++) own[j] /= sum;
                first[i] = low;
                weights[i] = own;
            }
            return new Weights(first, weights);
        }

        private static Weights same(int from, int count) {
            float[][] ones = new float[count][];
            Arrays.fill(ones, new float[] {1});
            return new Weights(IntStream.range(from, from + count).toArray(), ones);
        }

        int firstInput() {
            return first[0];
        }

        int endInput() {
            int last = first.length - 1;
            return first[last] + weights[last].length;
        }
    }

    /**
     * Resizes a picture and returns columns {@code left} to {@code left + columns} and rows {@code top} to {@code top +
     * rows} of the result, whose levels are looked up in a table.
     *
     * @param levels value of each of 256 bytes
     * @return rows x columns x 3 values
     */
    static float[] window(
            Picture in,
            float[] levels,
            int width,
            int height,
            ResampleFilter filter,
            int left,
            int top,
            int columns,
            int rows) {
        Weights x = Weights.of(filter, in.width(), width, left, columns);
        Weights y = Weights.of(filter, in.height(), height, top, rows);
        PillowResize.Region region = PillowResize.Region.of(in);
        int first = y.firstInput();
        int end = y.endInput();
        int blank = region.isBlank(first) ? first : region.isBlank(end - 1) ? end - 1 : -1;
        float[] blankRow = blank < 0 ? null : row(region, blank, levels, x);
        float[][] resampled = new float[end - first][];
        PillowResize.forEach(end - first, (long) (end - first) * in.width(), i -> {
            resampled[i] = region.isBlank(first + i) ? blankRow : row(region, first + i, levels, x);
        });
        int length = columns * CHANNELS;
        float[] out = new float[rows * length];
        PillowResize.forEach(rows, (long) (end - first) * columns, i -> {
            float[] weights = y.weights[i];
            for (int j = 0; j < weights.length; j++) {
                addWeighted(resampled[y.first[i] - first + j], weights[j], out, i * length);
            }
        });
        return out;
    }

    private static void addWeighted(float[] row, float weight, float[] sums, int at) {
        for (int i = 0; i < row.length; i++) sums[at + i] += row[i] * weight;
    }

    private static float[] row(PillowResize.Region region, int y, float[] levels, Weights x) {
        int start = x.firstInput();
        byte[] bytes = region.row(start, y, x.endInput() - start);
        int at = region.at(start, y) - CHANNELS * start;
        float[] out = new float[x.first.length * CHANNELS];
        for (int i = 0; i < x.first.length; i++) {
            int from = at + CHANNELS * x.first[i];
            float red = 0;
            float green = 0;
            float blue = 0;
            for (float weight : x.weights[i]) {
                red += levels[bytes[from] & 0xFF] * weight;
                green += levels[bytes[from + 1] & 0xFF] * weight;
                blue += levels[bytes[from + 2] & 0xFF] * weight;
                from += CHANNELS;
            }
            out[CHANNELS * i] = red;
            out[CHANNELS * i + 1] = green;
            out[CHANNELS * i + 2] = blue;
        }
        return out;
    }
}
