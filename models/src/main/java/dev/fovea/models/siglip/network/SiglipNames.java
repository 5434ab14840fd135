package dev.fovea.models.siglip.network;

import dev.fovea.models.nn.BlockNames;
import dev.fovea.models.nn.VisionEmbeddings;
import dev.fovea.models.nn.VisionEmbeddings.Interpolation;
import java.util.List;

/** Holds the names of the parts of SigLIP's towers in checkpoints. */
final class SiglipNames {
    private SiglipNames() {}

    /** Names of a block of either tower. */
    static final BlockNames BLOCK = new BlockNames(
            new BlockNames.Attention(
                    "self_attn.q_proj",
                    List.of("self_attn.k_proj", "self_attn.v_proj"),
                    "self_attn.out_proj",
                    "layer_norm1"),
            null,
            new BlockNames.Mlp("mlp.fc1", "mlp.fc2", "layer_norm2"));

    /** Names of the embeddings of the vision tower, which has no class token. */
    static final VisionEmbeddings.Names EMBEDDINGS =
            new VisionEmbeddings.Names("patch_embedding", true, null, "position_embedding.weight", false);

    /** Names of the embeddings of NaFlex, whose patches pass a linear layer. */
    static final VisionEmbeddings.Names NAFLEX_EMBEDDINGS = new VisionEmbeddings.Names(
            "patch_embedding", true, null, "position_embedding.weight", false, null, Interpolation.SMOOTH_LINEAR, true);
}
