package dev.fovea.models.clip.network;

import dev.fovea.models.nn.BlockNames;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.models.nn.VisionEmbeddings;
import dev.fovea.models.towers.PatchEncoder;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/**
 * Encodes pictures with a vision transformer that is read at its class token (Radford et al. 2021, section 2.4; {@code
 * CLIPVisionModel} of transformers). Only CLIP has a norm before the first block; its name in checkpoints is misspelt.
 * CLIPA has none, and reads the mean of the patches (Li et al. 2023).
 */
final class ClipVisionTower extends PatchEncoder {

    private final Backend backend;
    private final VisionEmbeddings embeddings;
    private final LayerNorm preNorm; // null where there is none
    private final TransformerStack encoder;
    private final EmbeddingHead head;
    private final boolean isAveraged;

    /**
     * Takes the weights below {@code vision_model}, and {@code visual_projection}.
     *
     * @param model the checkpoint's top level
     */
    ClipVisionTower(Parameters model, ClipConfig clip, ClipConfig.Vit vit) {
        super(vit.sizes());
        Parameters tower = clip.isSingleTower() ? model.atAnyOf("vision_model", "") : model.at("vision_model");
        int hidden = shape.transformer().hiddenSize();
        float epsilon = shape.transformer().epsilon();
        backend = model.backend();
        embeddings = new VisionEmbeddings(tower.at("embeddings"), ClipNames.EMBEDDINGS, shape);
        isAveraged = vit.isAveraged();
        preNorm = isAveraged ? null : tower.layerNorm("pre_layrnorm", hidden, epsilon);
        BlockNames names = ClipNames.block(vit.layerScale());
        encoder = isAveraged
                ? TransformerStack.encoder(tower, blocks(tower), shape.transformer(), names)
                : TransformerStack.pooledEncoder(tower, blocks(tower), shape.transformer(), names);
        LayerNorm postNorm = tower.layerNorm("post_layernorm", hidden, epsilon);
        head = EmbeddingHead.of(model, "visual_projection", clip, hidden, postNorm);
    }

    /** Returns the name of the list of blocks, of which transformers 5 writes AltCLIP's in its own way. */
    private static String blocks(Parameters tower) {
        return tower.weights().has("encoder.layer.0.layer_norm1.weight") ? "encoder.layer" : "encoder.layers";
    }

    @Override
    public int dimension() {
        return head.dimension();
    }

    @Override
    public Tensor encode(Tensor pixels, Grid grid) {
        return backend.scoped("vision_model", () -> head.apply(pooled(pixels, grid))); // [images, dimension]
    }

    @Override
    public Tensor pool(Tensor pixels, Grid grid) {
        return backend.scoped(
                "vision_model", () -> backend.layerNorm(pooled(pixels, grid), head.norm())); // [images, hidden]
    }

    private Tensor pooled(Tensor pixels, Grid grid) {
        Segments images = Segments.uniform(grid.images(), embeddings.tokens(grid));
        Tensor tokens = backend.scoped("embeddings", () -> embeddings.apply(pixels, grid));
        if (isAveraged) {
            return backend.meanRows(encoder.apply(tokens, images), embeddings.patches(grid)); // [images, hidden]
        }
        Tensor x = backend.layerNorm(tokens, preNorm); //            [images * (1 + patches), hidden]
        return encoder.apply(x, images, images.firstRows()); //      [images, hidden]
    }
}
