package dev.fovea.models.nn;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Runs tokens through a stack of equal {@linkplain TransformerBlock blocks}: an encoder, or a decoder that attends to
 * an encoder's states.
 */
public final class TransformerStack {

    private final Backend backend;
    private final String list;
    private final int hiddenSize;
    private final List<TransformerBlock> blocks = new ArrayList<>();

    private TransformerStack(
            Parameters tower, String list, TransformerShape shape, BlockNames names, int sourceSize, boolean pooled) {
        this.backend = tower.backend();
        this.list = list;
        this.hiddenSize = shape.hiddenSize();
        int layers = tower.weights().listLength(shape.layers());
        for (int layer = 0; layer < layers; layer++) {
            boolean last = layer == shape.layers() - 1;
            blocks.add(new TransformerBlock(tower.at(list, layer), shape, names, sourceSize, pooled && last));
        }
    }

    /**
     * Takes blocks without cross-attention.
     *
     * @param list name of the list of blocks, such as {@code encoder.layers}
     */
    public static TransformerStack encoder(Parameters tower, String list, TransformerShape shape, BlockNames names) {
        return new TransformerStack(tower, list, shape, names, 0, false);
    }

    /**
     * Takes blocks without cross-attention of which one token of every sequence is read: the class token of a picture,
     * the end token of a text. The last block makes keys and values of all tokens, but queries, output projection and
     * MLP only of that one. This saves five sixths of the block and does not change the result.
     *
     * @param list name of the list of blocks, such as {@code encoder.layers}
     */
    public static TransformerStack pooledEncoder(
            Parameters tower, String list, TransformerShape shape, BlockNames names) {
        return new TransformerStack(tower, list, shape, names, 0, true);
    }

    /**
     * Takes blocks with cross-attention.
     *
     * @param sourceSize channels of the states that they attend to
     */
    public static TransformerStack decoder(
            Parameters tower, String list, TransformerShape shape, BlockNames names, int sourceSize) {
        return new TransformerStack(tower, list, shape, names, sourceSize, false);
    }

    /** Computes all tokens, {@code [rows, hidden]} to {@code [rows, hidden]}, without cross-attention. */
    public Tensor apply(Tensor tokens, Segments segments) {
        return apply(tokens, segments, (RotaryPositions.Table) null);
    }

    /**
     * Computes all tokens, whose queries and keys are rotated by their positions.
     *
     * @param rotary null where positions were added to the tokens
     */
    public Tensor apply(Tensor tokens, Segments segments, RotaryPositions.Table rotary) {
        return each(tokens, layer -> new TransformerBlock.Context(segments, null, null, null, rotary));
    }

    /**
     * Computes one token of every sequence; fastest in a {@linkplain #pooledEncoder pooled encoder}.
     *
     * @param tokens {@code [rows, hidden]}
     * @param rows for every sequence the row to return; with a causal mask its last row
     * @return {@code [sequences, hidden]}, not normalised
     */
    public Tensor apply(Tensor tokens, Segments segments, int[] rows) {
        return apply(tokens, segments, rows, null);
    }

    /**
     * Computes one token of every sequence; queries and keys are rotated by the positions of the tokens.
     *
     * @param rows for every sequence the row to return, which has no position
     * @param rotary null where positions were added to the tokens
     */
    public Tensor apply(Tensor tokens, Segments segments, int[] rows, RotaryPositions.Table rotary) {
        int last = blocks.size() - 1;
        return each(
                tokens,
                layer -> new TransformerBlock.Context(segments, layer == last ? rows : null, null, null, rotary));
    }

    /**
     * Computes all tokens with cross-attention.
     *
     * @param states the states that they attend to, {@code [state rows, source size]}
     * @param stateSegments every picture's (or question's) rows among the states
     * @param readers for every picture the rows of the tokens that attend to it
     */
    public Tensor apply(Tensor tokens, Segments segments, Tensor states, Segments stateSegments, Segments readers) {
        CrossAttention.Source source = new CrossAttention.Source(states, stateSegments, readers);
        return each(tokens, layer -> new TransformerBlock.Context(segments, null, null, source, null));
    }

    /**
     * Makes keys and values, for every layer, of the states that its tokens will attend to, {@code [state rows, 2
     * hidden]}.
     */
    public List<Tensor> sourceKeysValues(Tensor states) {
        List<Tensor> keysValues = new ArrayList<>();
        for (int layer = 0; layer < blocks.size(); layer++) {
            TransformerBlock block = blocks.get(layer);
            keysValues.add(backend.scoped(list + "." + layer, () -> block.sourceKeysValues(states)));
        }
        return keysValues;
    }

    /**
     * Makes an empty cache for sequences that attend to states. It belongs to the scope it is made in.
     *
     * @param sourceKeysValues the result of {@link #sourceKeysValues}
     * @param stateSegments every picture's rows there
     * @param capacity the most tokens that the cache will hold, of all sequences together
     */
    public KeyValueCache cache(List<Tensor> sourceKeysValues, Segments stateSegments, int capacity) {
        return new KeyValueCache(backend, sourceKeysValues, stateSegments, capacity, hiddenSize);
    }

    /**
     * Computes the next tokens of a cache's sequences.
     *
     * @param tokens {@code [new rows, hidden]}, which the cache was {@linkplain KeyValueCache#advance prepared for}
     */
    public Tensor apply(Tensor tokens, KeyValueCache cache) {
        return each(
                tokens,
                layer -> new TransformerBlock.Context(
                        cache.newSegments(), null, cache.layer(layer), cache.source(), null));
    }

    private Tensor each(Tensor tokens, IntFunction<TransformerBlock.Context> context) {
        Tensor x = tokens;
        for (int layer = 0; layer < blocks.size(); layer++) {
            TransformerBlock block = blocks.get(layer);
            TransformerBlock.Context attended = context.apply(layer);
            Tensor input = x;
            x = backend.scoped(list + "." + layer, () -> block.apply(input, attended));
            if (layer > 0) {
                backend.release(input);
            }
        }
        return x;
    }
}
