package dev.fovea.models.nn;

import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/**
 * Computes a transformer block: self-attention, in decoders cross-attention, and an MLP, each with a layer norm and a
 * residual. The norms come before the parts, after the sums or after the parts; {@link #preNorm}, {@link #postNorm} and
 * {@link #normAfterPart} are the equations.
 *
 * <p>Norms before a part and residuals cost no extra pass over the tokens: a {@link Fusion} adds the norm to the part's
 * first linear layer and the residual to its last.
 */
final class TransformerBlock {

    private final Backend backend;
    private final NormPlacement placement;
    private final LayerNorm selfNorm;
    private final SelfAttention selfAttention;

    /** Null in encoders, as is the norm of cross-attention. */
    private final CrossAttention crossAttention;

    private final LayerNorm crossNorm;
    private final LayerNorm mlpNorm;
    private final Mlp mlp;

    /**
     * Holds what the tokens of one call attend to.
     *
     * @param segments every sequence's rows among the tokens
     * @param pooled the one row of every sequence that is computed, with a causal mask its last; null for all rows
     * @param cache keys and values of the sequences' tokens so far, or null if all of their tokens are given
     * @param source the states that cross-attention reads, or null for none
     * @param rotary rotates queries and keys by the positions of the tokens; null where positions were added to the
     *     tokens. Pooled rows are then class tokens, which have no position
     */
    record Context(
            Segments segments,
            int[] pooled,
            KeyValueCache.Layer cache,
            CrossAttention.Source source,
            RotaryPositions.Table rotary) {

        /** Returns the rows of the tokens that are computed. */
        Tensor computed(Backend backend, Tensor tokens) {
            return pooled == null ? tokens : backend.gatherRows(tokens, pooled);
        }

        /** Returns every sequence's rows among the computed ones. */
        Segments computedRows() {
            return pooled == null ? segments : Segments.uniform(segments.count(), 1);
        }
    }

    /**
     * Takes the weights of a block.
     *
     * @param sourceSize channels of the states that cross-attention reads, 0 for a block without
     * @param pooled whether {@link Context#pooled} will be given: queries are then made separately from keys and values
     */
    TransformerBlock(Parameters block, TransformerShape shape, BlockNames names, int sourceSize, boolean pooled) {
        backend = block.backend();
        placement = shape.placement();
        selfNorm = norm(block, shape, names.selfAttention().norm());
        selfAttention = new SelfAttention(block, shape, names.selfAttention(), pooled);
        boolean crosses = sourceSize > 0;
        crossNorm = crosses ? norm(block, shape, names.crossAttention().norm()) : null;
        crossAttention = crosses ? new CrossAttention(block, shape, names.crossAttention(), sourceSize) : null;
        BlockNames.Mlp layers = names.mlp();
        mlpNorm = norm(block, shape, layers.norm());
        int intermediate = shape.intermediateSize();
        LayerNorm innerNorm =
                layers.innerNorm() == null ? null : block.layerNorm(layers.innerNorm(), intermediate, shape.epsilon());
        LayerNorm firstNorm = layers.firstNorm() == null ? null : norm(block, shape, layers.firstNorm());
        mlp = new Mlp(block, layers, shape.hiddenSize(), intermediate, shape.activation(), firstNorm, innerNorm);
    }

    private static LayerNorm norm(Parameters block, TransformerShape shape, String name) {
        return block.layerNorm(name, shape.hiddenSize(), shape.epsilon());
    }

    /**
     * Computes the block.
     *
     * @param tokens {@code [rows, hidden]}
     * @return {@code [rows, hidden]}, or {@code [sequences, hidden]} if one row of each is {@linkplain Context#pooled
     *     pooled}
     */
    Tensor apply(Tensor tokens, Context context) {
        // A pooled row attends to all tokens of its sequence, so they are passed too.
        Tensor x = context.computed(backend, tokens);
        return switch (placement) {
            case PRE -> preNorm(x, tokens, context);
            case POST -> postNorm(x, tokens, context);
            case AFTER_PART -> normAfterPart(x, tokens, context);
        };
    }

    /** Normalises before every part (Dosovitskiy et al. 2021, equations 2 and 3). */
    private Tensor preNorm(Tensor x, Tensor tokens, Context context) {
        x = selfAttention.apply(x, tokens, context, normThenAdd(selfNorm, x)); // x + attention(norm(x))
        if (context.source != null) {
            x = crossAttention.apply(x, context, normThenAdd(crossNorm, x)); //   x + crossAttention(norm(x), source)
        }
        return mlp.apply(x, normThenAdd(mlpNorm, x)); //                          x + mlp(norm(x))
    }

    /** Normalises after every sum (Vaswani et al. 2017, section 3.1). */
    private Tensor postNorm(Tensor x, Tensor tokens, Context context) {
        x = selfAttention.apply(x, tokens, context, add(x));
        x = backend.layerNorm(x, selfNorm); //                                    norm(x + attention(x))
        if (context.source != null) {
            x = crossAttention.apply(x, context, add(x));
            x = backend.layerNorm(x, crossNorm); //                               norm(x + crossAttention(x, source))
        }
        return backend.layerNorm(mlp.apply(x, add(x)), mlpNorm); //               norm(x + mlp(x))
    }

    /** Normalises what each part adds (Liu et al. 2022, "Swin Transformer V2", section 3.2). */
    private Tensor normAfterPart(Tensor x, Tensor tokens, Context context) {
        Tensor attended = selfAttention.apply(x, tokens, context, Fusion.NONE);
        Tensor sum = backend.add(x, backend.layerNorm(attended, selfNorm)); //               x + norm(attention(x))
        return backend.add(sum, backend.layerNorm(mlp.apply(sum, Fusion.NONE), mlpNorm)); // x + norm(mlp(x))
    }

    private static Fusion normThenAdd(LayerNorm norm, Tensor x) {
        return Fusion.NONE.withNorm(norm).withResidual(x);
    }

    private static Fusion add(Tensor x) {
        return Fusion.NONE.withResidual(x);
    }

    /** Makes keys and values of the states that cross-attention reads, for {@link KeyValueCache}. */
    Tensor sourceKeysValues(Tensor states) {
        return crossAttention.keysValues(states);
    }
}
