package dev.fovea.models.nn;

import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/**
 * The last block of a tower whose output is read at one token of every sequence. It is a {@link TransformerBlock} that computes that
 * token only: keys and values of all tokens, but queries, output projection and MLP of one, which saves five sixths of the block and
 * changes nothing in the result.
 */
final class PoolingBlock {

    private final Backend backend;
    private final LayerNorm norm;
    private final Linear queries;
    private final Linear keysValues;
    private final Linear out;
    private final Mlp mlp;
    private final AttentionShape attention;
    private final int hiddenSize;

    /** Takes the weights that {@link TransformerBlock} takes; keys and values have layers of their own, the norms stand in front. */
    PoolingBlock(Parameters block, TransformerShape shape, BlockNames blockNames) {
        backend = block.backend();
        hiddenSize = shape.hiddenSize();
        attention = shape.attention();
        BlockNames.Attention names = blockNames.selfAttention();
        norm = block.layerNorm(names.norm(), hiddenSize, shape.epsilon());
        queries = block.linear(names.queries(), hiddenSize, hiddenSize);
        keysValues = block.linears(hiddenSize, hiddenSize, names.keysValues().toArray(String[]::new));
        out = block.linear(names.out(), hiddenSize, hiddenSize);
        mlp = new Mlp(block, shape, blockNames.mlp());
    }

    /**
     * Tokens to one token per sequence.
     *
     * @param x {@code [rows, hidden]}
     * @param pooled for every sequence the row to compute; with a causal mask its last row
     * @return {@code [sequences, hidden]}
     */
    Tensor apply(Tensor x, Segments segments, int[] pooled) {
        Tensor token = backend.gatherRows(x, pooled); // [sequences, hidden]
        Tensor fused = keysValues.apply(x, Fusion.NONE.withNorm(norm)); // [rows, 2 hidden]
        Tensor mixed = backend.attention(
                queries.apply(token, Fusion.NONE.withNorm(norm)),
                fused.columns(0, hiddenSize),
                fused.columns(hiddenSize, 2 * hiddenSize),
                Segments.uniform(segments.count(), 1),
                segments,
                attention); // [sequences, hidden]
        return mlp.apply(out.apply(mixed, Fusion.NONE.withResidual(token)));
    }
}
