package dev.fovea.models.nn;

import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.stream.Stream;

/** Tokens attend to one another within their sequence, or to the tokens that a cache remembers. */
final class SelfAttention {

    private final Backend backend;
    private final ResidualNorm norm;
    private final Linear queriesKeysValues;
    private final Linear out;
    private final AttentionShape attention;
    private final int hiddenSize;

    SelfAttention(Parameters block, TransformerShape shape, BlockNames.Attention names) {
        backend = block.backend();
        hiddenSize = shape.hiddenSize();
        attention = shape.attention();
        norm = ResidualNorm.of(block, names.norm(), shape);
        String[] projections = Stream.concat(Stream.of(names.queries()), names.keysValues().stream())
                .toArray(String[]::new);
        queriesKeysValues = block.linears(hiddenSize, 3 * hiddenSize / projections.length, projections);
        out = block.linear(names.out(), hiddenSize, hiddenSize);
    }

    /** {@code [rows, hidden]} to the same; tokens attend within their sequence. */
    Tensor apply(Tensor x, Segments segments) {
        Tensor fused = queriesKeysValues.apply(x, norm.before()); // [rows, 3 hidden]
        return attend(x, fused, segments, fused.columns(hiddenSize, 3 * hiddenSize), segments);
    }

    /**
     * The same where what came before stands in a cache: keys and values of the new tokens are added to it.
     *
     * @param x the new tokens
     * @param segments the sequences' new tokens in {@code x}
     */
    Tensor apply(Tensor x, Segments segments, KeyValueCache.Layer cache) {
        Tensor fused = queriesKeysValues.apply(x, norm.before()); // [new rows, 3 hidden]
        backend.writeRows(cache.keysValues(), cache.newRows(), fused.columns(hiddenSize, 3 * hiddenSize));
        return attend(x, fused, segments, cache.keysValues(), cache.segments());
    }

    private Tensor attend(Tensor x, Tensor fused, Segments segments, Tensor keysValues, Segments seen) {
        Tensor mixed = backend.attention(
                fused.columns(0, hiddenSize),
                keysValues.columns(0, hiddenSize),
                keysValues.columns(hiddenSize, 2 * hiddenSize),
                segments,
                seen,
                attention); // [rows, hidden]
        return norm.after(out, mixed, x);
    }
}
