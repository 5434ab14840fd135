package dev.fovea.models.nn;

/**
 * Interpolates the position embeddings of patches for another grid, as transformers does with {@code
 * interpolate_pos_encoding}: torch's bicubic interpolation with A = -0.75, {@code align_corners=False}, no
 * antialiasing, in single precision.
 */
final class PatchPositions {

    private static final float A = -0.75f;

    private PatchPositions() {}

    /**
     * Resizes a table of positions.
     *
     * @param table {@code [tableHeight * tableColumns, width]}, row-major
     * @return {@code [height * columns, width]}
     */
    static float[] resize(float[] table, int tableHeight, int tableColumns, int width, int height, int columns) {
        float[] out = new float[height * columns * width];
        for (int y = 0; y < height; y++) {
            Taps rows = Taps.at(y, tableHeight, height);
            for (int x = 0; x < columns; x++) {
                Taps across = Taps.at(x, tableColumns, columns);
                for (int channel = 0; channel < width; channel++) {
                    float sum = 0;
                    for (int i = 0; i < 4; i++) {
                        float line = 0;
                        for (int j = 0; j < 4; j++) {
                            int source = rows.index[i] * tableColumns + across.index[j];
                            line += table[source * width + channel] * across.weight[j];
                        }
                        sum += line * rows.weight[i];
                    }
                    out[(y * columns + x) * width + channel] = sum;
                }
            }
        }
        return out;
    }

    /** The four positions that an output position is interpolated from. */
    private record Taps(int[] index, float[] weight) {

        static Taps at(int position, int inputs, int outputs) {
            float source = (position + 0.5f) * ((float) inputs / outputs) - 0.5f;
            int floor = (int) Math.floor(source);
            float t = source - floor;
            float[] weight = {outer(t + 1), inner(t), inner(1 - t), outer(2 - t)};
            int[] index = new int[4];
            for (int i = 0; i < 4; i++) {
                index[i] = Math.clamp(floor - 1 + i, 0, inputs - 1);
            }
            return new Taps(index, weight);
        }

        private static float inner(float u) {
            return ((A + 2) * u - (A + 3)) * u * u + 1;
        }

        private static float outer(float u) {
            return ((A * u - 5 * A) * u + 8 * A) * u - 4 * A;
        }
    }
}
