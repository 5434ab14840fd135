package dev.fovea.tensor;

/**
 * Holds the parameters of a layer norm: {@code (x - mean) / sqrt(variance + epsilon) * gamma + beta} over the columns
 * of each row, with the biased variance (Ba, Kiros and Hinton 2016).
 *
 * @param gamma {@code [1, columns]}, called {@code weight} in checkpoints
 * @param beta {@code [1, columns]}, called {@code bias}
 * @param epsilon keeps the root away from zero
 */
public record LayerNorm(Tensor gamma, Tensor beta, float epsilon) {

    /**
     * @throws IllegalArgumentException if gamma or beta is null; whether they fit is seen when they are used
     */
    public LayerNorm {
        if (gamma == null || beta == null) {
            throw new IllegalArgumentException("layerNorm: gamma or beta is null");
        }
    }
}
