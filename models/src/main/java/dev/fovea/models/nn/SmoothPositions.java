package dev.fovea.models.nn;

/**
 * Interpolates the position embeddings of patches for another grid with antialiasing, as transformers does for DINOv2
 * with registers (torch's bicubic interpolation, A = -0.5) and for NaFlex (bilinear): {@code align_corners=False}, in
 * single precision. Columns come first, then rows; for fewer patches each is a mean of more.
 */
final class SmoothPositions {

    private static final float A = -0.5f;

    private SmoothPositions() {}

    /**
     * Resizes a table of positions.
     *
     * @param table {@code [tableHeight * tableColumns, width]}, row-major
     * @param cubic whether interpolation is bicubic, else it is bilinear
     * @return {@code [height * columns, width]}
     */
    static float[] resize(
            float[] table, int tableHeight, int tableColumns, int width, int height, int columns, boolean cubic) {
        // Along columns neighbours are one vector apart, along rows a line of vectors.
        float[] narrow = along(table, tableHeight, tableColumns, columns, width, cubic);
        return along(narrow, 1, tableHeight, height, columns * width, cubic);
    }

    /** Resizes {@code [lines, inputs, width]} to {@code [lines, outputs, width]}. */
    private static float[] along(float[] in, int lines, int inputs, int outputs, int width, boolean cubic) {
        float[] out = new float[lines * outputs * width];
        for (int output = 0; output < outputs; output++) {
            Taps taps = Taps.at(output, inputs, outputs, cubic);
            for (int line = 0; line < lines; line++) {
                int to = (line * outputs + output) * width;
                for (int tap = 0; tap < taps.weight.length; tap++) {
                    int from = (line * inputs + taps.first + tap) * width;
                    for (int i = 0; i < width; i++) {
                        out[to + i] += taps.weight[tap] * in[from + i];
                    }
                }
            }
        }
        return out;
    }

    /** The neighbours that an output position is a mean of. */
    private record Taps(int first, float[] weight) {

        static Taps at(int position, int inputs, int outputs, boolean cubic) {
            float scale = (float) inputs / outputs;
            float stretch = Math.max(scale, 1);
            float support = (cubic ? 2 : 1) * stretch;
            float center = scale * (position + 0.5f);
            int first = Math.max((int) (center - support + 0.5f), 0);
            int end = Math.min((int) (center + support + 0.5f), inputs);
            float[] weight = new float[end - first];
            float sum = 0;
            for (int i = 0; i < weight.length; i++) {
                float distance = (i + first - center + 0.5f) / stretch;
                weight[i] = cubic ? cubic(distance) : Math.max(0, 1 - Math.abs(distance));
                sum += weight[i];
            }
            for (int i = 0; i < weight.length; i++) {
                weight[i] /= sum;
            }
            return new Taps(first, weight);
        }

        /** Keys 1981, equation 4, with A for his a. */
        private static float cubic(float distance) {
            float x = Math.abs(distance);
            if (x < 1) {
                return ((A + 2) * x - (A + 3)) * x * x + 1;
            }
            return x < 2 ? ((x - 5) * x + 8) * x * A - 4 * A : 0;
        }
    }
}
