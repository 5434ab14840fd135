package dev.fovea.models.nn;

import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/** Tokens attend to what another tower made: the patches of a picture, the tokens of a question. */
final class CrossAttention {

    private final Backend backend;
    private final ResidualNorm norm;
    private final Linear queries;
    private final Linear keysValues;
    private final Linear out;
    private final AttentionShape attention;
    private final int hiddenSize;

    /**
     * Takes its weights.
     *
     * @param encodedSize channels of what is attended to
     */
    CrossAttention(Parameters block, TransformerShape shape, BlockNames.Attention names, int encodedSize) {
        backend = block.backend();
        hiddenSize = shape.hiddenSize();
        attention = shape.withMask(AttentionShape.Mask.NONE).attention();
        norm = ResidualNorm.of(block, names.norm(), shape);
        queries = block.linear(names.queries(), hiddenSize, hiddenSize);
        keysValues = block.linears(encodedSize, hiddenSize, names.keysValues().toArray(String[]::new));
        out = block.linear(names.out(), hiddenSize, hiddenSize);
    }

    /** Keys and values of what is attended to, {@code [encoded rows, 2 hidden]}: once for all tokens that will look at it. */
    Tensor keysValues(Tensor encoded) {
        return keysValues.apply(encoded);
    }

    /**
     * {@code [rows, hidden]} to the same.
     *
     * @param keysValues what {@link #keysValues} made
     * @param looking which tokens look at which part of it
     */
    Tensor apply(Tensor x, Tensor keysValues, Looking looking) {
        Tensor mixed = backend.attention(
                queries.apply(x, norm.before()),
                keysValues.columns(0, hiddenSize),
                keysValues.columns(hiddenSize, 2 * hiddenSize),
                looking.tokens(),
                looking.encoded(),
                attention); // [rows, hidden]
        return norm.after(out, mixed, x);
    }

    /**
     * Which tokens look at what: as many groups of tokens as there are pictures (or questions).
     *
     * @param tokens for every picture the rows of the tokens that look at it
     * @param encoded for every picture its rows among the encoded ones
     */
    record Looking(Segments tokens, Segments encoded) {}
}
