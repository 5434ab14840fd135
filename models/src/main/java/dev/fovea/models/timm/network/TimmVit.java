package dev.fovea.models.timm.network;

import dev.fovea.models.nn.BlockNames;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.models.nn.VisionEmbeddings;
import dev.fovea.models.towers.PatchEncoder;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.List;

/**
 * A vision transformer of timm (Dosovitskiy et al. 2021) with a last layer that projects its class token into the space
 * of a CLIP, or classifies it; or without one, for its features.
 */
public final class TimmVit extends PatchEncoder {

    private static final VisionEmbeddings.Names EMBEDDINGS =
            new VisionEmbeddings.Names("patch_embed.proj", true, "cls_token", "pos_embed", true);
    private static final VisionEmbeddings.Names EMBEDDINGS_WITHOUT_BIAS =
            new VisionEmbeddings.Names("patch_embed.proj", false, "cls_token", "pos_embed", true);

    private static final BlockNames BLOCK = new BlockNames(
            new BlockNames.Attention("attn.qkv", List.of(), "attn.proj", "norm1"),
            null,
            new BlockNames.Mlp("mlp.fc1", "mlp.fc2", "norm2"));

    private final Backend backend;
    private final VisionEmbeddings patches;
    private final StemEmbeddings stem;
    private final LayerNorm preNorm;
    private final TransformerStack blocks;
    private final LayerNorm norm;
    private final Linear head;
    private final int outputs;
    private final String scope;

    /**
     * Takes the weights.
     *
     * @param tower the level with {@code blocks}
     * @param scope the name of that level in the checkpoint, empty for the top
     * @param outputs of the last layer, {@code head}; 0 for none
     */
    public TimmVit(Parameters tower, String scope, TimmVitShape shape, int outputs) {
        super(shape.sizes());
        this.scope = scope;
        backend = tower.backend();
        int hidden = shape.sizes().transformer().hiddenSize();
        float epsilon = shape.sizes().transformer().epsilon();
        boolean hasStem = !shape.stem().isEmpty();
        stem = hasStem ? new StemEmbeddings(tower, shape) : null;
        patches = hasStem
                ? null
                : new VisionEmbeddings(tower, shape.patchBias() ? EMBEDDINGS : EMBEDDINGS_WITHOUT_BIAS, shape.sizes());
        preNorm = shape.preNorm() ? tower.layerNorm("norm_pre", hidden, epsilon) : null;
        blocks = TransformerStack.pooledEncoder(tower, "blocks", shape.sizes().transformer(), BLOCK);
        norm = tower.layerNorm("norm", hidden, epsilon);
        head = outputs == 0 ? null : tower.linear("head", hidden, outputs);
        this.outputs = outputs == 0 ? hidden : outputs;
    }

    @Override
    public int dimension() {
        return outputs;
    }

    @Override
    public Tensor encode(Tensor pixels, Grid grid) {
        if (head == null) {
            return pool(pixels, grid);
        }
        return backend.scoped(
                scope, () -> head.apply(classTokens(pixels, grid), Fusion.NONE.withNorm(norm))); // [images, outputs]
    }

    @Override
    public Tensor pool(Tensor pixels, Grid grid) {
        return backend.scoped(scope, () -> backend.layerNorm(classTokens(pixels, grid), norm)); // [images, hidden]
    }

    private Tensor classTokens(Tensor pixels, Grid grid) {
        Tensor tokens = backend.scoped(
                "patch_embed", () -> stem == null ? patches.apply(pixels, grid) : stem.apply(pixels, grid));
        Tensor x = preNorm == null ? tokens : backend.layerNorm(tokens, preNorm);
        Segments images = Segments.uniform(grid.images(), x.rows() / grid.images());
        return blocks.apply(x, images, images.firstRows()); // [images, hidden]
    }
}
