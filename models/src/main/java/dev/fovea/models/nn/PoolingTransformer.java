package dev.fovea.models.nn;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/** A stack of pre-norm blocks whose result is one token of every sequence: the class token of a picture, the end token of a text. */
public final class PoolingTransformer {

    private final Backend backend;
    private final TransformerStack blocks;
    private final String lastName;
    private final PoolingBlock last;

    /** Takes {@code encoder.layers.0} and so on, by CLIP's names. */
    public static PoolingTransformer clip(Parameters tower, TransformerShape shape) {
        return new PoolingTransformer(tower, "encoder.layers", shape, BlockNames.CLIP);
    }

    /**
     * Takes its blocks.
     *
     * @param list where they are, such as {@code encoder.layer}
     */
    public PoolingTransformer(Parameters tower, String list, TransformerShape shape, BlockNames names) {
        int number = shape.layers() - 1;
        backend = tower.backend();
        blocks = TransformerStack.encoder(tower, list, shape.withLayers(number), names);
        lastName = list + "." + number;
        last = new PoolingBlock(tower.at(list, number), shape, names);
    }

    /**
     * All blocks.
     *
     * @param embeddings {@code [rows, hidden]}
     * @param pooled for every sequence the row to return; with a causal mask its last row
     * @return {@code [sequences, hidden]}, not normalised
     */
    public Tensor apply(Tensor embeddings, Segments segments, int[] pooled) {
        Tensor x = blocks.apply(embeddings, segments);
        return backend.scoped(lastName, () -> last.apply(x, segments, pooled));
    }
}
