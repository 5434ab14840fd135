package dev.fovea.models.eva.network;

import dev.fovea.models.nn.AttentionPoolingHead;
import dev.fovea.models.nn.BlockNames;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.RotaryPositions;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.models.nn.VisionEmbeddings;
import dev.fovea.models.nn.VisionEmbeddings.Interpolation;
import dev.fovea.models.towers.PatchEncoder;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.List;

/**
 * The image encoder of EVA-CLIP (Sun et al. 2023) and PE-Core (Bolya et al. 2025; {@code Eva} of {@code
 * timm/models/eva.py}): a vision transformer with learned positions, in EVA-02 and PE-Core with rotary ones, too. EVA
 * is read at its class token, PE-Core by a head that pools all tokens. A linear layer projects what is read.
 *
 * <p>timm turns neighbouring channels of queries and keys by rotary positions; in the weights that are read here they
 * lie half a head apart.
 */
public final class EvaTower extends PatchEncoder {

    private static final float ROTARY_BASE = 10_000;

    private static final BlockNames.Mlp MLP = new BlockNames.Mlp("mlp.fc1", "mlp.fc2", "norm2");

    private static final BlockNames.Mlp GATED_MLP =
            new BlockNames.Mlp("mlp.fc1_g", "mlp.fc1_x", "mlp.fc2", "norm2", null, "mlp.norm", null);

    private final Backend backend;
    private final VisionEmbeddings embeddings;
    private final LayerNorm preNorm; //          null where there is none
    private final RotaryPositions positions; //  null where there are none
    private final TransformerStack blocks;
    private final LayerNorm norm;
    private final AttentionPoolingHead pooling; // null where the class token is read
    private final Linear head;
    private final int dimension;

    /**
     * Takes the weights.
     *
     * @param tower {@code vision_model}
     * @param dimension numbers in an embedding
     */
    public EvaTower(Parameters tower, EvaShape eva, int dimension) {
        super(eva.sizes());
        backend = tower.backend();
        this.dimension = dimension;
        TransformerShape transformer = shape.transformer();
        int hidden = transformer.hiddenSize();
        embeddings = new VisionEmbeddings(tower, embeddings(eva.patchBias()), shape);
        preNorm = eva.preNorm() ? tower.layerNorm("norm_pre", hidden, transformer.epsilon()) : null;
        positions = eva.rotary() == null
                ? null
                : new RotaryPositions(backend, transformer, ROTARY_BASE, shape.tokensBefore(), eva.rotary());
        pooling = eva.pooling() == null ? null : new AttentionPoolingHead(tower.at("attn_pool"), eva.pooling());
        blocks = pooling == null
                ? TransformerStack.pooledEncoder(tower, "blocks", transformer, block(eva))
                : TransformerStack.encoder(tower, "blocks", transformer, block(eva));
        norm = tower.layerNorm("norm", hidden, transformer.epsilon());
        head = tower.finer().linear("head", hidden, dimension);
    }

    private static VisionEmbeddings.Names embeddings(boolean biased) {
        return new VisionEmbeddings.Names(
                "patch_embed.proj", biased, "cls_token", "pos_embed", true, null, Interpolation.SMOOTH_CUBIC, false);
    }

    private static BlockNames block(EvaShape eva) {
        return new BlockNames(
                new BlockNames.Attention(
                        "attn.q_proj",
                        List.of("attn.k_proj", "attn.v_proj"),
                        "attn.proj",
                        "norm1",
                        null,
                        eva.keyBias() ? List.of() : List.of("attn.k_proj"),
                        eva.gated() ? "attn.norm" : null),
                null,
                eva.gated() ? GATED_MLP : MLP);
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public Tensor encode(Tensor pixels, Grid grid) {
        return backend.scoped("vision_model", () -> {
            Segments images = Segments.uniform(grid.images(), embeddings.tokens(grid));
            Tensor embedded = backend.scoped("patch_embed", () -> embeddings.apply(pixels, grid));
            Tensor x = preNorm == null ? embedded : backend.layerNorm(embedded, preNorm); // [images * tokens, hidden]
            RotaryPositions.Table rotary = positions == null ? null : positions.table(embeddings.patchGrid(grid));
            if (pooling == null) {
                Tensor classTokens = blocks.apply(x, images, images.firstRows(), rotary); // [images, hidden]
                return head.apply(classTokens, Fusion.NONE.withNorm(norm)); //               [images, dimension]
            }
            Tensor tokens = blocks.apply(x, images, rotary); //                              [images * tokens, hidden]
            return head.apply(backend.scoped("attn_pool", () -> pooling.apply(tokens, images, norm)));
        });
    }
}
