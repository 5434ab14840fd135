package dev.fovea.models.nn;

import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/**
 * A transformer block: self-attention, in decoders cross-attention, and an MLP, each with a residual and a norm that stands before or
 * after it (Vaswani et al. 2017, figure 1; with the norms in front Dosovitskiy et al. 2021, equations 2 and 3).
 */
final class TransformerBlock {

    private final SelfAttention selfAttention;
    private final CrossAttention crossAttention;
    private final Mlp mlp;

    /** A block without cross-attention. */
    TransformerBlock(Parameters block, TransformerShape shape, BlockNames names) {
        selfAttention = new SelfAttention(block, shape, names.selfAttention());
        crossAttention = null;
        mlp = new Mlp(block, shape, names.mlp());
    }

    /**
     * A block with cross-attention.
     *
     * @param encodedSize channels of what its tokens look at
     */
    TransformerBlock(Parameters block, TransformerShape shape, BlockNames names, int encodedSize) {
        selfAttention = new SelfAttention(block, shape, names.selfAttention());
        crossAttention = new CrossAttention(block, shape, names.crossAttention(), encodedSize);
        mlp = new Mlp(block, shape, names.mlp());
    }

    /** {@code [rows, hidden]} to the same; tokens attend within their sequence and look at nothing else. */
    Tensor apply(Tensor x, Segments segments) {
        return mlp.apply(selfAttention.apply(x, segments));
    }

    /** The same for tokens that look at something that another tower made, {@code [encoded rows, encoded size]}. */
    Tensor apply(Tensor x, Segments segments, Tensor encoded, CrossAttention.Looking looking) {
        Tensor attended = selfAttention.apply(x, segments);
        return mlp.apply(crossAttention.apply(attended, crossAttention.keysValues(encoded), looking));
    }

    /** The same for the next tokens of sequences that a cache remembers, as it does what they look at. */
    Tensor apply(Tensor x, Segments segments, KeyValueCache.Layer cache, CrossAttention.Looking looking) {
        Tensor attended = selfAttention.apply(x, segments, cache);
        return mlp.apply(crossAttention.apply(attended, cache.encoded(), looking));
    }

    /** Keys and values of what the tokens look at, for {@link KeyValueCache}. */
    Tensor encodedKeysValues(Tensor encoded) {
        return crossAttention.keysValues(encoded);
    }
}
