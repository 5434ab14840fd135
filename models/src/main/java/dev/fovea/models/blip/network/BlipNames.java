package dev.fovea.models.blip.network;

import dev.fovea.models.nn.BlockNames;
import dev.fovea.models.nn.VisionEmbeddings;
import java.util.List;

/** Holds the names of the parts of BLIP's towers in checkpoints. */
final class BlipNames {
    private BlipNames() {}

    /** Names of the embeddings of the vision tower. */
    static final VisionEmbeddings.Names EMBEDDINGS =
            new VisionEmbeddings.Names("patch_embedding", true, "class_embedding", "position_embedding", true);

    /** Names of a block of the vision tower; one matrix makes queries, keys and values. */
    static final BlockNames VISION_BLOCK = new BlockNames(
            new BlockNames.Attention("self_attn.qkv", List.of(), "self_attn.projection", "layer_norm1"),
            null,
            new BlockNames.Mlp("mlp.fc1", "mlp.fc2", "layer_norm2"));

    /** Names of a block of the text towers: BERT, with the cross-attention that BLIP adds. */
    static final BlockNames TEXT_BLOCK = new BlockNames(
            new BlockNames.Attention(
                    "attention.self.query",
                    List.of("attention.self.key", "attention.self.value"),
                    "attention.output.dense",
                    "attention.output.LayerNorm"),
            new BlockNames.Attention(
                    "crossattention.self.query",
                    List.of("crossattention.self.key", "crossattention.self.value"),
                    "crossattention.output.dense",
                    "crossattention.output.LayerNorm"),
            new BlockNames.Mlp("intermediate.dense", "output.dense", "output.LayerNorm"));
}
