package dev.fovea.models.nn;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Tensor;

/** The second half of a pre-norm block: {@code x + fc2(activation(fc1(norm(x))))}. */
final class Mlp {

    private final LayerNorm norm;
    private final Linear fc1;
    private final Linear fc2;
    private final Activation activation;

    /** Takes {@code layer_norm2}, {@code mlp.fc1} and {@code mlp.fc2} of a block. */
    Mlp(Parameters block, TransformerShape shape) {
        norm = block.layerNorm("layer_norm2", shape.hiddenSize(), shape.epsilon());
        fc1 = block.linear("mlp.fc1", shape.hiddenSize(), shape.intermediateSize());
        fc2 = block.linear("mlp.fc2", shape.intermediateSize(), shape.hiddenSize());
        activation = shape.activation();
    }

    /** {@code [rows, hidden]} to the same. */
    Tensor apply(Tensor x) {
        Tensor inner = fc1.apply(x, Fusion.NONE.withNorm(norm).withActivation(activation)); // [rows, intermediate]
        return fc2.apply(inner, Fusion.NONE.withResidual(x)); // [rows, hidden]
    }
}
