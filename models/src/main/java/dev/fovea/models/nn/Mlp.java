package dev.fovea.models.nn;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Tensor;

/**
 * Computes the layers of a block that see every token alone: {@code reduce(activation(expand(x)))} or, gated (Shazeer
 * 2020, "GLU Variants Improve Transformer"), {@code reduce(activation(gate(x)) * expand(x))}. EVA-02 has a norm of that
 * product (Fang et al. 2023).
 */
public final class Mlp {

    private final Backend backend;
    private final boolean gated;
    private final int intermediateSize;

    /** Applied to what is normalised already, as in ViTamin; null for none. */
    private final LayerNorm firstNorm;

    /** Of a gated MLP gate and value side by side. */
    private final Linear expand;

    /** Of a gated MLP, applied to what {@link #reduce} reads; null for none. */
    private final LayerNorm innerNorm;

    private final Linear reduce;
    private final Activation activation;

    /**
     * Takes the weights.
     *
     * @param names of the layers; the norm is the caller's
     */
    public Mlp(Parameters block, BlockNames.Mlp names, int hiddenSize, int intermediateSize, Activation activation) {
        this(block, names, hiddenSize, intermediateSize, activation, null, null);
    }

    /**
     * Takes the weights.
     *
     * @param names of the layers; the norm is the caller's
     * @param firstNorm the MLP's own norm before the first layer, or null
     * @param innerNorm of a gated MLP the norm before the last layer, or null
     */
    Mlp(
            Parameters block,
            BlockNames.Mlp names,
            int hiddenSize,
            int intermediateSize,
            Activation activation,
            LayerNorm firstNorm,
            LayerNorm innerNorm) {
        this.firstNorm = firstNorm;
        this.innerNorm = innerNorm;
        backend = block.backend();
        gated = names.gate() != null;
        this.intermediateSize = intermediateSize;
        if (!gated) {
            expand = block.linear(names.expand(), hiddenSize, intermediateSize);
        } else if (names.gate().equals(names.expand())) {
            expand = block.linear(names.expand(), hiddenSize, 2 * intermediateSize);
        } else {
            expand = block.linears(hiddenSize, intermediateSize, names.gate(), names.expand());
        }
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
        return firstNorm == null
                ? layers(x, fusion)
                : layers(backend.layerNorm(x, fusion.norm()), fusion.withNorm(firstNorm));
    }

    private Tensor layers(Tensor x, Fusion fusion) {
        return gated
                ? gated(x, fusion)
                : backend.mlp(x, expand.weight(), reduce.weight(), fusion.withActivation(activation));
    }

    private Tensor gated(Tensor x, Fusion fusion) {
        Tensor both = expand.apply(x, fusion.withResidual(null)); //                    [rows, 2 intermediate]
        Tensor gate = backend.activate(both.columns(0, intermediateSize), activation); // [rows, intermediate]
        Tensor between = backend.multiply(gate, both.columns(intermediateSize, 2 * intermediateSize));
        backend.release(both);
        backend.release(gate);
        Tensor out = reduce.apply(between, Fusion.NONE.withNorm(innerNorm).withResidual(fusion.residual()));
        backend.release(between);
        return out;
    }
}
