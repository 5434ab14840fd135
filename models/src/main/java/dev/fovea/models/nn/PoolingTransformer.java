package dev.fovea.models.nn;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** A stack of pre-norm blocks whose result is one token of every sequence: the class token of a picture, the end token of a text. */
public final class PoolingTransformer {

    private final Backend backend;
    private final List<TransformerBlock> blocks = new ArrayList<>();
    private final PoolingBlock last;

    /** Takes {@code encoder.layers.0} and so on. */
    public PoolingTransformer(Parameters tower, TransformerShape shape) {
        backend = tower.backend();
        for (int layer = 0; layer < shape.layers() - 1; layer++) {
            blocks.add(new TransformerBlock(tower.at("encoder.layers", layer), shape));
        }
        last = new PoolingBlock(tower.at("encoder.layers", shape.layers() - 1), shape);
    }

    /**
     * All blocks.
     *
     * @param embeddings {@code [rows, hidden]}
     * @param pooled for every sequence the row to return; with a causal mask its last row
     * @return {@code [sequences, hidden]}, not normalised
     */
    public Tensor apply(Tensor embeddings, Segments segments, int[] pooled) {
        Tensor x = embeddings;
        for (int layer = 0; layer < blocks.size(); layer++) {
            TransformerBlock block = blocks.get(layer);
            Tensor input = x;
            x = backend.scoped("encoder.layers." + layer, () -> block.apply(input, segments));
            if (layer > 0) {
                backend.release(input);
            }
        }
        Tensor input = x;
        return backend.scoped("encoder.layers." + blocks.size(), () -> last.apply(input, segments, pooled));
    }
}
