package dev.fovea.models.nn;

import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/**
 * Lets tokens attend to the states of another tower, such as the patches of a picture or the tokens of a question
 * (Vaswani et al. 2017, section 3.2.3): queries come from the tokens, keys and values from the states.
 */
final class CrossAttention {

    private final Backend backend;
    private final AttentionShape attention;
    private final int hiddenSize;
    private final Linear queries;
    private final Linear keysValues;
    private final Linear out;

    /**
     * Holds which tokens attend to which states.
     *
     * @param states {@code [state rows, source size]}, or null if a cache has their keys and values
     * @param segments every picture's (or question's) rows among the states
     * @param readers for every picture the rows of the tokens that attend to it
     */
    record Source(Tensor states, Segments segments, Segments readers) {}

    /**
     * Takes the weights.
     *
     * @param sourceSize channels of the states
     */
    CrossAttention(Parameters block, TransformerShape shape, BlockNames.Attention names, int sourceSize) {
        backend = block.backend();
        attention = shape.withMask(AttentionShape.Mask.NONE).attention();
        hiddenSize = shape.hiddenSize();
        queries = block.linear(names.queries(), hiddenSize, hiddenSize);
        keysValues = block.linears(sourceSize, hiddenSize, names.keysValues().toArray(String[]::new));
        out = block.linear(names.out(), hiddenSize, hiddenSize);
    }

    /** Makes keys and values of states, {@code [state rows, 2 hidden]}: once for all tokens that attend to them. */
    Tensor keysValues(Tensor states) {
        return keysValues.apply(states);
    }

    /**
     * Computes {@code attention(norm(x), states) + residual}.
     *
     * @param x {@code [rows, hidden]}
     * @param fusion norm of {@code x} and residual, no activation
     * @return {@code [rows, hidden]}
     */
    Tensor apply(Tensor x, TransformerBlock.Context context, Fusion fusion) {
        Source source = context.source();
        Tensor seen = context.cache() == null
                ? keysValues(source.states)
                : context.cache().sourceKeysValues();
        Tensor mixed = backend.attention(
                queries.apply(x, Fusion.NONE.withNorm(fusion.norm())),
                seen.columns(0, hiddenSize),
                seen.columns(hiddenSize, 2 * hiddenSize),
                source.readers,
                source.segments,
                attention); // [rows, hidden]
        return out.apply(mixed, Fusion.NONE.withResidual(fusion.residual()));
    }
}
