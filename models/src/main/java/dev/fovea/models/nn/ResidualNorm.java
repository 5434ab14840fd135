package dev.fovea.models.nn;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Tensor;

/** What stands around an attention or an MLP: {@code x + f(norm(x))} or {@code norm(x + f(x))}. */
record ResidualNorm(Backend backend, LayerNorm norm, NormPlacement placement) {

    static ResidualNorm of(Parameters block, String name, TransformerShape shape) {
        return new ResidualNorm(
                block.backend(), block.layerNorm(name, shape.hiddenSize(), shape.epsilon()), shape.placement());
    }

    /** What the first linear layer of f does before its product. */
    Fusion before() {
        return placement == NormPlacement.PRE ? Fusion.NONE.withNorm(norm) : Fusion.NONE;
    }

    /** The last linear layer of f, with what comes after it. */
    Tensor after(Linear last, Tensor inner, Tensor x) {
        return after(last.apply(inner, Fusion.NONE.withResidual(x)));
    }

    /** What comes after the sum of f and x. */
    Tensor after(Tensor sum) {
        return placement == NormPlacement.PRE ? sum : backend.layerNorm(sum, norm);
    }
}
