package dev.fovea.models.clip;

import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.PoolingTransformer;
import dev.fovea.models.nn.VisionEmbeddings;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/**
 * The image encoder: a vision transformer that returns its class token (Radford et al. 2021, section 2.4; {@code CLIPVisionModel} of
 * transformers). The norm before the first block is CLIP's own, and its name in checkpoints is misspelt.
 */
final class VisionTower {

    private final Backend backend;
    private final VisionEmbeddings embeddings;
    private final LayerNorm preNorm;
    private final PoolingTransformer encoder;
    private final LayerNorm postNorm;
    private final Linear projection;

    /**
     * @param model the checkpoint's top level
     * @param projectionDim length of an embedding
     */
    VisionTower(Parameters model, ClipConfig.Vision config, int projectionDim) {
        Parameters tower = model.atAnyOf("vision_model", "");
        int hidden = config.transformer().hiddenSize();
        float epsilon = config.transformer().epsilon();
        backend = model.backend();
        embeddings = new VisionEmbeddings(
                tower.at("embeddings"), config.channels(), config.imageSize(), config.patchSize(), hidden);
        preNorm = tower.layerNorm("pre_layrnorm", hidden, epsilon);
        encoder = new PoolingTransformer(tower, config.transformer());
        postNorm = tower.layerNorm("post_layernorm", hidden, epsilon);
        projection = model.linearWithoutBias("visual_projection", hidden, projectionDim);
    }

    /**
     * Pixels to image features.
     *
     * @param pixels {@code [images * height * width, 3]}, normalised
     * @return {@code [images, projection]}, not of unit length
     */
    Tensor encode(Tensor pixels, Grid grid) {
        return backend.scoped("vision_model", () -> {
            Tensor tokens = backend.scoped("embeddings", () -> embeddings.apply(pixels, grid));
            Tensor x = backend.layerNorm(tokens, preNorm); //                   [images * (1 + patches), hidden]
            Segments images = Segments.uniform(grid.images(), embeddings.tokens(grid));
            Tensor classTokens = encoder.apply(x, images, images.firstRows()); // [images, hidden]
            return projection.apply(classTokens, Fusion.NONE.withNorm(postNorm)); // [images, projection]
        });
    }
}
