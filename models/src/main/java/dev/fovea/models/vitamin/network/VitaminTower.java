package dev.fovea.models.vitamin.network;

import dev.fovea.models.image.PictureException;
import dev.fovea.models.nn.BlockNames;
import dev.fovea.models.nn.FeatureMap;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TextBatches;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.models.towers.ImageEncoder;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.List;

/**
 * Encodes pictures with a ViTamin (Chen et al. 2024, "ViTamin: Designing Scalable Vision Models in the Vision-Language
 * Era"; {@code timm/models/vitamin.py}): convolutions on large maps, then blocks with attention and gated MLPs on a
 * token for each 16 x 16 pixels. The mean of the tokens is normalised and projected.
 */
public final class VitaminTower implements ImageEncoder {

    private static final BlockNames BLOCK = new BlockNames(
            new BlockNames.Attention("attn.qkv", List.of(), "attn.proj", "norm1"),
            null,
            new BlockNames.Mlp("mlp.w0", "mlp.w1", "mlp.w2", "norm2", null, null, "mlp.norm"));

    private final Backend backend;
    private final VitaminShape shape;
    private final VitaminStages stages;
    private final Tensor positions; // null where there are none
    private final TransformerStack blocks;
    private final LayerNorm norm;
    private final Linear head;
    private final int dimension;

    /**
     * Takes the weights.
     *
     * @param tower {@code vision_model}
     * @param dimension numbers in an embedding
     */
    public VitaminTower(Parameters tower, VitaminShape shape, int dimension) {
        this.shape = shape;
        this.dimension = dimension;
        backend = tower.backend();
        TransformerShape transformer = shape.transformer();
        int hidden = transformer.hiddenSize();
        stages = new VitaminStages(tower.at("patch_embed.backbone"), shape);
        positions = shape.positions()
                ? tower.constant("pos_embed", 1, shape.tokens(shape.imageSize(), shape.imageSize()), hidden)
                : null;
        blocks = TransformerStack.encoder(tower, "blocks", transformer, BLOCK);
        norm = tower.layerNorm("fc_norm", hidden, transformer.epsilon());
        head = tower.finer().linearWithoutBias("head.proj", hidden, dimension);
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public int atOnce(int height, int width) {
        return Math.max(1, TextBatches.ROWS_AT_ONCE / shape.tokens(height, width));
    }

    @Override
    public void requireSize(int height, int width) {
        int side = shape.imageSize();
        boolean fits = positions == null
                ? height >= shape.patchSize() && width >= shape.patchSize()
                : height == side && width == side;
        if (!fits) {
            throw new PictureException(
                    "pictures of " + width + " x " + height + " pixels; this model reads " + side + " x " + side);
        }
    }

    @Override
    public Tensor encode(Tensor pixels, Grid grid) {
        return backend.scoped("vision_model", () -> {
            FeatureMap map = stages.apply(new FeatureMap(pixels, grid)); //        [images * tokens, hidden]
            Tensor x = positions == null ? map.pixels() : backend.add(map.pixels(), positions);
            Segments images = Segments.uniform(
                    grid.images(), map.grid().height() * map.grid().width());
            Tensor pooled = backend.meanRows(blocks.apply(x, images), images); // [images, hidden]
            return head.apply(pooled, Fusion.NONE.withNorm(norm)); //             [images, dimension]
        });
    }
}
