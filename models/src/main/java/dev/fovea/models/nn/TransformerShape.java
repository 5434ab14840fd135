package dev.fovea.models.nn;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;

/**
 * The sizes of a transformer's blocks.
 *
 * @param hiddenSize channels of a token between blocks
 * @param intermediateSize channels inside the MLP
 * @param layers number of blocks
 * @param heads attention heads; they share the hidden size evenly
 * @param activation of the MLP
 * @param epsilon of the layer norms
 * @param mask which tokens a token attends to
 */
public record TransformerShape(
        int hiddenSize,
        int intermediateSize,
        int layers,
        int heads,
        Activation activation,
        float epsilon,
        AttentionShape.Mask mask) {

    /** Scores are divided by the root of the head size (Vaswani et al. 2017, section 3.2.1). */
    public AttentionShape attention() {
        return new AttentionShape(heads, (float) Math.pow(hiddenSize / heads, -0.5), mask);
    }
}
