package dev.fovea.models.nn;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Tensor;

/** The last part of a block, with its norm and residual: {@code reduce(activation(expand(x)))}. */
final class Mlp {

    private final Backend backend;
    private final ResidualNorm norm;
    private final Linear expand;
    private final Linear reduce;
    private final Activation activation;

    Mlp(Parameters block, TransformerShape shape, BlockNames.Mlp names) {
        backend = block.backend();
        norm = ResidualNorm.of(block, names.norm(), shape);
        expand = block.linear(names.expand(), shape.hiddenSize(), shape.intermediateSize());
        reduce = block.linear(names.reduce(), shape.intermediateSize(), shape.hiddenSize());
        activation = shape.activation();
    }

    /** {@code [rows, hidden]} to the same. */
    Tensor apply(Tensor x) {
        Fusion fusion = norm.before().withActivation(activation).withResidual(x);
        return norm.after(backend.mlp(x, expand.weight(), reduce.weight(), fusion));
    }
}
