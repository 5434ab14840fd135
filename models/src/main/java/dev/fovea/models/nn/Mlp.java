package dev.fovea.models.nn;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Tensor;

/** The last part of a block, with its norm and residual: {@code reduce(activation(expand(x)))}. */
final class Mlp {

    private final ResidualNorm norm;
    private final Linear expand;
    private final Linear reduce;
    private final Activation activation;

    Mlp(Parameters block, TransformerShape shape, BlockNames.Mlp names) {
        norm = ResidualNorm.of(block, names.norm(), shape);
        expand = block.linear(names.expand(), shape.hiddenSize(), shape.intermediateSize());
        reduce = block.linear(names.reduce(), shape.intermediateSize(), shape.hiddenSize());
        activation = shape.activation();
    }

    /** {@code [rows, hidden]} to the same. */
    Tensor apply(Tensor x) {
        Tensor inner = expand.apply(x, norm.before().withActivation(activation)); // [rows, intermediate]
        return norm.after(reduce, inner, x); // [rows, hidden]
    }
}
