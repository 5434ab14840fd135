package dev.fovea.models.clip;

import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TextBatches;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.models.nn.VisionEmbeddings;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/**
 * The image encoder: a vision transformer that returns its class token (Radford et al. 2021, section 2.4; {@code CLIPVisionModel} of
 * transformers). The norm before the first block is CLIP's own, and its name in checkpoints is misspelt.
 */
final class ClipVisionTower implements ImageEncoder {

    private final Backend backend;
    private final VisionShape shape;
    private final VisionEmbeddings embeddings;
    private final LayerNorm preNorm;
    private final TransformerStack encoder;
    private final EmbeddingHead head;

    /**
     * @param model the checkpoint's top level
     */
    ClipVisionTower(Parameters model, ClipConfig clip) {
        VisionShape config = clip.vision();
        shape = config;
        Parameters tower = clip.isSingleTower() ? model.atAnyOf("vision_model", "") : model.at("vision_model");
        int hidden = config.transformer().hiddenSize();
        float epsilon = config.transformer().epsilon();
        backend = model.backend();
        embeddings = new VisionEmbeddings(tower.at("embeddings"), ClipNames.EMBEDDINGS, config);
        preNorm = tower.layerNorm("pre_layrnorm", hidden, epsilon);
        encoder = TransformerStack.pooledEncoder(tower, "encoder.layers", config.transformer(), ClipNames.BLOCK);
        LayerNorm postNorm = tower.layerNorm("post_layernorm", hidden, epsilon);
        head = EmbeddingHead.of(model, "visual_projection", clip, hidden, postNorm);
    }

    @Override
    public int dimension() {
        return head.dimension();
    }

    @Override
    public int atOnce(int height, int width) {
        return Math.max(1, TextBatches.ROWS_AT_ONCE / shape.tokens(height, width));
    }

    @Override
    public void requireSize(int height, int width) {
        shape.requirePatches(height, width);
    }

    @Override
    public Tensor encode(Tensor pixels, Grid grid) {
        return backend.scoped("vision_model", () -> {
            Tensor tokens = backend.scoped("embeddings", () -> embeddings.apply(pixels, grid));
            Tensor x = backend.layerNorm(tokens, preNorm); //                   [images * (1 + patches), hidden]
            Segments images = Segments.uniform(grid.images(), embeddings.tokens(grid));
            Tensor classTokens = encoder.apply(x, images, images.firstRows()); // [images, hidden]
            return head.apply(classTokens); // [images, dimension]
        });
    }
}
