package dev.fovea.models.nn;

import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/**
 * A pre-norm transformer block: {@code x + attention(norm(x))}, then {@code x + mlp(norm(x))} (Vaswani et al. 2017 with the norms
 * moved to the front; Dosovitskiy et al. 2021, equations 2 and 3).
 */
final class TransformerBlock {

    private final Backend backend;
    private final LayerNorm norm;
    private final Linear queriesKeysValues;
    private final Linear out;
    private final Mlp mlp;
    private final AttentionShape attention;
    private final int hiddenSize;

    /** Takes {@code layer_norm1}, {@code self_attn.*} and what {@link Mlp} takes. */
    TransformerBlock(Parameters block, TransformerShape shape) {
        backend = block.backend();
        hiddenSize = shape.hiddenSize();
        attention = shape.attention();
        norm = block.layerNorm("layer_norm1", hiddenSize, shape.epsilon());
        queriesKeysValues = block.at("self_attn").linears(hiddenSize, hiddenSize, "q_proj", "k_proj", "v_proj");
        out = block.linear("self_attn.out_proj", hiddenSize, hiddenSize);
        mlp = new Mlp(block, shape);
    }

    /** {@code [rows, hidden]} to the same; tokens attend within their sequence. */
    Tensor apply(Tensor x, Segments segments) {
        Tensor fused = queriesKeysValues.apply(x, Fusion.NONE.withNorm(norm)); // [rows, 3 hidden]
        Tensor queries = fused.columns(0, hiddenSize);
        Tensor keys = fused.columns(hiddenSize, 2 * hiddenSize);
        Tensor values = fused.columns(2 * hiddenSize, 3 * hiddenSize);
        Tensor mixed = backend.attention(queries, keys, values, segments, segments, attention); // [rows, hidden]
        return mlp.apply(out.apply(mixed, Fusion.NONE.withResidual(x)));
    }
}
