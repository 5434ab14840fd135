package dev.fovea.tensor.kit;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.WeightData;

/** The parameters of a layer norm before a backend has them. */
record Norm(WeightData gamma, WeightData beta, float epsilon) {

    static Norm drawn(Draw draw, int columns) {
        return new Norm(
                draw.weight("gamma", DType.F32, 0, columns),
                draw.weight("beta", DType.F32, 0, columns),
                draw.oneOf("epsilon", 1e-5f, 1e-6f, 1e-12f));
    }

    /**
     * How large each normalised element is for the purpose of bounds: {@code (|x - mean| + largest |x|) / deviation *
     * |gamma| + |beta|}. The largest element counts because the mean is only known to that magnitude times epsilon,
     * however small the differences around it are.
     */
    Matrix magnitudes(Matrix x) {
        float[] magnitudes = new float[x.values().length];
        int width = x.columns();
        for (int row = 0; row < x.rows(); row++) {
            double mean = 0;
            double largest = 0;
            for (int i = 0; i < width; i++) {
                mean += (double) x.values()[row * width + i] / width;
                largest = Math.max(largest, Math.abs(x.values()[row * width + i]));
            }
            double variance = 0;
            for (int i = 0; i < width; i++) {
                variance += Math.pow(x.values()[row * width + i] - mean, 2) / width;
            }
            for (int i = 0; i < width; i++) {
                double apart = Math.abs(x.values()[row * width + i] - mean) + largest;
                magnitudes[row * width + i] = (float)
                        (apart / Math.sqrt(variance + epsilon) * Math.abs(gamma.get(i)) + Math.abs(beta.get(i)));
            }
        }
        return x.with(magnitudes);
    }
}
