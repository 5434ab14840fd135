package dev.fovea.models.nn;

import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/**
 * Lets the tokens of a sequence attend to one another (Vaswani et al. 2017, section 3.2.2): {@code softmax(q kᵀ /
 * sqrt(head size)) v} for every head, then a linear layer over all heads. EVA-02 has a norm before that layer (Fang et
 * al. 2023).
 */
final class SelfAttention {

    private final Backend backend;
    private final AttentionShape attention;
    private final int hiddenSize;

    /** Makes queries, keys and values in one product; null where queries are made separately. */
    private final Linear queriesKeysValues;

    private final Linear queries;
    private final Linear keysValues;

    /** Of what all heads make together; null for none. */
    private final LayerNorm innerNorm;

    private final Linear out;

    /**
     * Takes the weights.
     *
     * @param apart whether queries are made in a separate product, where the checkpoint has a matrix for them. It pays
     *     if only some tokens have queries
     */
    SelfAttention(Parameters block, TransformerShape shape, BlockNames.Attention names, boolean apart) {
        backend = block.backend();
        attention = shape.attention();
        hiddenSize = shape.hiddenSize();
        List<String> others = names.keysValues();
        List<String> unbiased = names.unbiased();
        if (apart && !others.isEmpty()) {
            queriesKeysValues = null;
            queries = block.linears(hiddenSize, hiddenSize, List.of(names.queries()), unbiased);
            keysValues = block.linears(hiddenSize, hiddenSize, others, unbiased);
        } else {
            List<String> all =
                    Stream.concat(Stream.of(names.queries()), others.stream()).toList();
            queriesKeysValues = block.linears(hiddenSize, 3 * hiddenSize / all.size(), all, unbiased);
            queries = null;
            keysValues = null;
        }
        innerNorm = names.innerNorm() == null ? null : block.layerNorm(names.innerNorm(), hiddenSize, shape.epsilon());
        out = block.scaledLinear(names.out(), names.scale(), hiddenSize, hiddenSize);
    }

    /**
     * Computes {@code attention(norm(x)) + residual}.
     *
     * @param x {@code [rows, hidden]}: those of the tokens that are {@linkplain TransformerBlock.Context#computed
     *     computed}
     * @param tokens the tokens that they attend to, {@code [token rows, hidden]}; a cache has the tokens before these
     * @param fusion norm of the tokens and residual, no activation
     * @return {@code [rows, hidden]}
     */
    Tensor apply(Tensor x, Tensor tokens, TransformerBlock.Context context, Fusion fusion) {
        Fusion norm = Fusion.NONE.withNorm(fusion.norm());
        if (context.rotary() != null) {
            return rotated(x, tokens, context, fusion);
        }
        Tensor asked; // queries, [rows, hidden]
        Tensor seen; //  keys and values, [token rows, 2 hidden]
        if (queriesKeysValues == null) {
            seen = keysValues.apply(tokens, norm);
            asked = queries.apply(x, norm);
        } else {
            Tensor fused = queriesKeysValues.apply(tokens, norm); // [token rows, 3 hidden]
            seen = fused.columns(hiddenSize, 3 * hiddenSize);
            asked = context.computed(backend, fused.columns(0, hiddenSize));
        }
        Segments seenRows = context.segments();
        KeyValueCache.Layer cache = context.cache();
        if (cache != null) {
            backend.writeRows(cache.keysValues(), cache.newRows(), seen);
            seen = cache.keysValues();
            seenRows = cache.segments();
        }
        Tensor mixed = backend.attention(
                asked,
                seen.columns(0, hiddenSize),
                seen.columns(hiddenSize, 2 * hiddenSize),
                context.computedRows(),
                seenRows,
                attention); // [rows, hidden]
        return out.apply(mixed, Fusion.NONE.withNorm(innerNorm).withResidual(fusion.residual()));
    }

    /** Attends with queries and keys that are rotated by their positions, without a cache. */
    private Tensor rotated(Tensor x, Tensor tokens, TransformerBlock.Context context, Fusion fusion) {
        Fusion norm = Fusion.NONE.withNorm(fusion.norm());
        RotaryPositions.Table rotary = context.rotary();
        Tensor asked; //  [rows, hidden]
        Tensor keys; //   [token rows, hidden]
        Tensor values; // [token rows, hidden]
        if (queriesKeysValues == null) {
            Tensor seen = keysValues.apply(tokens, norm); //         [token rows, 2 hidden]
            keys = rotary.apply(seen, hiddenSize);
            values = seen.columns(hiddenSize, 2 * hiddenSize);
            Tensor unturned = queries.apply(x, norm);
            boolean haveNoPlace = context.pooled() != null; // they are class tokens
            asked = haveNoPlace ? unturned : rotary.apply(unturned, hiddenSize);
        } else {
            Tensor fused = queriesKeysValues.apply(tokens, norm); // [token rows, 3 hidden]
            Tensor turned = rotary.apply(fused, 2 * hiddenSize);
            asked = context.computed(backend, turned.columns(0, hiddenSize));
            keys = turned.columns(hiddenSize, 2 * hiddenSize);
            values = fused.columns(2 * hiddenSize, 3 * hiddenSize);
        }
        Tensor mixed = backend.attention(asked, keys, values, context.computedRows(), context.segments(), attention);
        return out.apply(mixed, Fusion.NONE.withNorm(innerNorm).withResidual(fusion.residual()));
    }
}
