package dev.fovea.models.blip.network;

import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.models.nn.VisionEmbeddings;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/**
 * The image encoder: a vision transformer of which all tokens are read (Li et al. 2022, section 3.1; {@code
 * BlipVisionModel} of transformers).
 */
public final class BlipVisionTower {

    private final Backend backend;
    private final VisionShape shape;
    private final VisionEmbeddings embeddings;
    private final TransformerStack blocks;
    private final LayerNorm postNorm;

    /**
     * Takes the weights of the tower.
     *
     * @param model the checkpoint's top level
     */
    BlipVisionTower(Parameters model, VisionShape shape) {
        Parameters tower = model.at("vision_model");
        this.shape = shape;
        backend = model.backend();
        embeddings = new VisionEmbeddings(tower.at("embeddings"), BlipNames.EMBEDDINGS, shape);
        blocks = TransformerStack.encoder(tower, "encoder.layers", shape.transformer(), BlipNames.VISION_BLOCK);
        postNorm = tower.layerNorm(
                "post_layernorm",
                shape.transformer().hiddenSize(),
                shape.transformer().epsilon());
    }

    /** Returns every picture's rows in the result of {@link #encode}. */
    public Segments segments(Grid grid) {
        return Segments.uniform(grid.images(), shape.tokens(grid.height(), grid.width()));
    }

    /**
     * Encodes pixels as image tokens.
     *
     * @param pixels {@code [images * height * width, 3]}, normalised
     * @return {@code [images * (1 + patches), hidden]}, normalised
     */
    public Tensor encode(Tensor pixels, Grid grid) {
        return backend.scoped("vision_model", () -> {
            Tensor x = backend.scoped("embeddings", () -> embeddings.apply(pixels, grid));
            return backend.layerNorm(blocks.apply(x, segments(grid)), postNorm);
        });
    }

    /** Returns the class tokens of encoded pictures, normalised once more, which the dual encoder projects. */
    public Tensor pool(Tensor encoded, Segments images) {
        return backend.layerNorm(backend.gatherRows(encoded, images.firstRows()), postNorm); // [images, hidden]
    }
}
