package dev.fovea.models.clip.network;

import dev.fovea.models.nn.BlockNames;
import dev.fovea.models.nn.VisionEmbeddings;
import java.util.List;

/** Holds the names of the parts of CLIP's towers in checkpoints. */
public final class ClipNames {
    private ClipNames() {}

    /** Names of a block of either tower. */
    public static final BlockNames BLOCK = block(false);

    /** Returns the names of a block, with those of LayerScale (Touvron et al. 2021) as DINOv2 has them or without. */
    static BlockNames block(boolean layerScale) {
        return new BlockNames(
                new BlockNames.Attention(
                        "self_attn.q_proj",
                        List.of("self_attn.k_proj", "self_attn.v_proj"),
                        "self_attn.out_proj",
                        "layer_norm1",
                        layerScale ? "layer_scale1.lambda1" : null),
                null,
                new BlockNames.Mlp("mlp.fc1", "mlp.fc2", "layer_norm2", layerScale ? "layer_scale2.lambda1" : null));
    }

    /** Names of the embeddings of the vision tower. */
    public static final VisionEmbeddings.Names EMBEDDINGS =
            new VisionEmbeddings.Names("patch_embedding", false, "class_embedding", "position_embedding.weight", false);
}
