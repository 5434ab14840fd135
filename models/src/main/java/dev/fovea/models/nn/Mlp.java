package dev.fovea.models.nn;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Tensor;

/** Computes the two linear layers of a block, {@code reduce(activation(expand(x)))}, on every token alone. */
public final class Mlp {

    private final Backend backend;
    private final Linear expand;
    private final Linear reduce;
    private final Activation activation;

    /**
     * Takes the weights.
     *
     * @param names of the two layers; the norm is the caller's
     */
    public Mlp(Parameters block, BlockNames.Mlp names, int hiddenSize, int intermediateSize, Activation activation) {
        backend = block.backend();
        expand = block.linear(names.expand(), hiddenSize, intermediateSize);
        reduce = block.scaledLinear(names.reduce(), names.scale(), intermediateSize, hiddenSize);
        this.activation = activation;
    }

    /**
     * Computes {@code mlp(norm(x)) + residual}.
     *
     * @param x {@code [rows, hidden]}
     * @param fusion norm and residual; the activation is the MLP's own
     * @return {@code [rows, hidden]}
     */
    public Tensor apply(Tensor x, Fusion fusion) {
        return backend.mlp(x, expand.weight(), reduce.weight(), fusion.withActivation(activation));
    }
}
