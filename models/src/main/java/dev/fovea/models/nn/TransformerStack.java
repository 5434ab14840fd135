package dev.fovea.models.nn;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** A stack of blocks whose result is all tokens: an encoder, or a decoder that looks at what an encoder made. */
public final class TransformerStack {

    private final Backend backend;
    private final String list;
    private final int hiddenSize;
    private final List<TransformerBlock> blocks = new ArrayList<>();

    private TransformerStack(Parameters tower, String list, TransformerShape shape) {
        this.backend = tower.backend();
        this.list = list;
        this.hiddenSize = shape.hiddenSize();
    }

    /**
     * Blocks without cross-attention.
     *
     * @param list where they are, such as {@code encoder.layers}
     */
    public static TransformerStack encoder(Parameters tower, String list, TransformerShape shape, BlockNames names) {
        TransformerStack stack = new TransformerStack(tower, list, shape);
        for (int layer = 0; layer < shape.layers(); layer++) {
            stack.blocks.add(new TransformerBlock(tower.at(list, layer), shape, names));
        }
        return stack;
    }

    /**
     * Blocks with cross-attention.
     *
     * @param encodedSize channels of what they look at
     */
    public static TransformerStack decoder(
            Parameters tower, String list, TransformerShape shape, BlockNames names, int encodedSize) {
        TransformerStack stack = new TransformerStack(tower, list, shape);
        for (int layer = 0; layer < shape.layers(); layer++) {
            stack.blocks.add(new TransformerBlock(tower.at(list, layer), shape, names, encodedSize));
        }
        return stack;
    }

    /** {@code [rows, hidden]} to the same, without cross-attention. */
    public Tensor apply(Tensor x, Segments segments) {
        return each(x, (block, input) -> blocks.get(block).apply(input, segments));
    }

    /**
     * The same with cross-attention.
     *
     * @param encoded {@code [encoded rows, encoded size]}
     * @param looking for every picture (or whatever is encoded) the tokens that look at it
     * @param encodedSegments for every picture its rows
     */
    public Tensor apply(Tensor x, Segments segments, Tensor encoded, Segments looking, Segments encodedSegments) {
        CrossAttention.Looking pairs = new CrossAttention.Looking(looking, encodedSegments);
        return each(x, (block, input) -> blocks.get(block).apply(input, segments, encoded, pairs));
    }

    /** For every layer keys and values of what its tokens will look at: {@code [encoded rows, 2 hidden]}. */
    public List<Tensor> encodedKeysValues(Tensor encoded) {
        List<Tensor> keysValues = new ArrayList<>();
        for (int layer = 0; layer < blocks.size(); layer++) {
            TransformerBlock block = blocks.get(layer);
            keysValues.add(backend.scoped(list + "." + layer, () -> block.encodedKeysValues(encoded)));
        }
        return keysValues;
    }

    /**
     * An empty cache for sequences that look at something. Belongs to the scope it is made in.
     *
     * @param encodedKeysValues what {@link #encodedKeysValues} made
     * @param encodedSegments every picture's rows there
     * @param capacity the most tokens that will be remembered, of all sequences together
     */
    public KeyValueCache cache(List<Tensor> encodedKeysValues, Segments encodedSegments, int capacity) {
        return new KeyValueCache(backend, encodedKeysValues, encodedSegments, capacity, hiddenSize);
    }

    /**
     * The next tokens of the sequences of a cache.
     *
     * @param x {@code [new rows, hidden]}, for which the cache has {@linkplain KeyValueCache#advance made room}
     */
    public Tensor apply(Tensor x, KeyValueCache cache) {
        return each(
                x,
                (block, input) ->
                        blocks.get(block).apply(input, cache.newSegments(), cache.layer(block), cache.looking()));
    }

    private Tensor each(Tensor first, BiFunction<Integer, Tensor, Tensor> block) {
        Tensor x = first;
        for (int layer = 0; layer < blocks.size(); layer++) {
            int number = layer;
            Tensor input = x;
            x = backend.scoped(list + "." + layer, () -> block.apply(number, input));
            if (layer > 0) {
                backend.release(input);
            }
        }
        return x;
    }
}
