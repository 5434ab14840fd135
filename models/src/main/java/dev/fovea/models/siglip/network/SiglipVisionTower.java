package dev.fovea.models.siglip.network;

import dev.fovea.models.nn.AttentionPoolingHead;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.models.nn.VisionEmbeddings;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.models.towers.PatchEncoder;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;

/**
 * Encodes pictures with a vision transformer without a class token, whose patches are pooled by attention (Zhai et al.
 * 2023, section 4; {@code SiglipVisionModel} of transformers).
 */
final class SiglipVisionTower extends PatchEncoder {

    private final Backend backend;
    private final VisionEmbeddings embeddings;
    private final TransformerStack encoder;
    private final LayerNorm postNorm;
    private final AttentionPoolingHead head;

    /**
     * Takes the weights below {@code vision_model}.
     *
     * @param naflex whether it is {@code Siglip2VisionModel}, made for pictures of any aspect ratio
     */
    SiglipVisionTower(Parameters tower, VisionShape shape, boolean naflex) {
        super(shape);
        backend = tower.backend();
        embeddings = new VisionEmbeddings(
                tower.at("embeddings"), naflex ? SiglipNames.NAFLEX_EMBEDDINGS : SiglipNames.EMBEDDINGS, shape);
        encoder = TransformerStack.encoder(tower, "encoder.layers", shape.transformer(), SiglipNames.BLOCK);
        postNorm = tower.layerNorm(
                "post_layernorm", dimension(), shape.transformer().epsilon());
        head = new AttentionPoolingHead(tower.at("head"), shape.transformer());
    }

    @Override
    public int dimension() {
        return shape.transformer().hiddenSize();
    }

    @Override
    public Tensor encode(Tensor pixels, Grid grid) {
        return backend.scoped("vision_model", () -> {
            Segments images = Segments.uniform(grid.images(), embeddings.tokens(grid));
            Tensor tokens = backend.scoped("embeddings", () -> embeddings.apply(pixels, grid));
            Tensor patches =
                    encoder.apply(tokens, images); //                                     [images * patches, hidden]
            return backend.scoped("head", () -> head.apply(patches, images, postNorm)); // [images, hidden]
        });
    }
}
