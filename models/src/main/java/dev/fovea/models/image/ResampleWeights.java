package dev.fovea.models.image;

/**
 * The inputs of each of some outputs of one axis, and their 22-bit fixed-point weights (libImaging/Resample.c,
 * precompute_coeffs and normalize_coeffs_8bpc).
 *
 * @param first per output, its first input
 * @param weights per output, the weights of its inputs
 */
record ResampleWeights(int[] first, int[][] weights) {
    static final int PRECISION = 22;

    /**
     * Computes the weights of outputs {@code from} to {@code from + count} when {@code in} inputs become {@code out}
     * outputs.
     */
    static ResampleWeights of(ResampleFilter filter, int in, int out, int from, int count) {
        // The reference rounds the input size to a float.
        double scale = (double) (float) in / out;
        double filterScale = Math.max(scale, 1);
        double support = filter.support() * filterScale;
        double inverse = 1 / filterScale;
        int[] first = new int[count];
        int[][] weights = new int[count][];
        for (int i = 0; i < count; i++) {
            double center = (from + i + 0.5) * scale;
            int low = Math.max(0, (int) (center - support + 0.5));
            int high = Math.min(in, (int) (center + support + 0.5));
            double[] exact = new double[Math.max(0, high - low)];
            double sum = 0;
            for (int j = 0; j < exact.length; j++) {
                exact[j] = filter.at((j + low - center + 0.5) * inverse);
                sum += exact[j];
            }
            first[i] = low;
            weights[i] = new int[exact.length];
            for (int j = 0; j < exact.length; j++) {
                double weight = (sum == 0 ? exact[j] : exact[j] / sum) * (1 << PRECISION);
                weights[i][j] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
            }
        }
        return new ResampleWeights(first, weights);
    }

    int count() {
        return first.length;
    }

    /** Returns the first input that any output needs. */
    int firstInput() {
        int lowest = Integer.MAX_VALUE;
        for (int input : first) lowest = Math.min(lowest, input);
        return lowest;
    }

    /** Returns one past the last input that any output needs. */
    int endInput() {
        int end = 0;
        for (int i = 0; i < first.length; i++) end = Math.max(end, first[i] + weights[i].length);
        return end;
    }
}
