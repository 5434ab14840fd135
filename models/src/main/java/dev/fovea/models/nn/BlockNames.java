package dev.fovea.models.nn;

import java.util.List;

/**
 * What a checkpoint calls the parts of a transformer block.
 *
 * @param selfAttention of tokens among themselves
 * @param crossAttention of tokens to what another tower made, or null
 * @param mlp the two linear layers
 */
public record BlockNames(Attention selfAttention, Attention crossAttention, Mlp mlp) {

    /**
     * An attention.
     *
     * @param queries the projection to queries, or to all three where they are one
     * @param keysValues the projections to keys and to values; empty if {@code queries} makes them too
     * @param out the projection of the result
     * @param norm its layer norm
     */
    public record Attention(String queries, List<String> keysValues, String out, String norm) {}

    /**
     * The MLP.
     *
     * @param expand the layer to the intermediate size
     * @param reduce the layer back
     * @param norm its layer norm
     */
    public record Mlp(String expand, String reduce, String norm) {}

    /** CLIP's towers. */
    public static final BlockNames CLIP = new BlockNames(
            new Attention(
                    "self_attn.q_proj",
                    List.of("self_attn.k_proj", "self_attn.v_proj"),
                    "self_attn.out_proj",
                    "layer_norm1"),
            null,
            new Mlp("mlp.fc1", "mlp.fc2", "layer_norm2"));

    /** BLIP's vision tower. */
    public static final BlockNames BLIP_VISION = new BlockNames(
            new Attention("self_attn.qkv", List.of(), "self_attn.projection", "layer_norm1"), null, CLIP.mlp);

    /** ViT's. */
    public static final BlockNames VIT = new BlockNames(
            new Attention(
                    "attention.attention.query",
                    List.of("attention.attention.key", "attention.attention.value"),
                    "attention.output.dense",
                    "layernorm_before"),
            null,
            new Mlp("intermediate.dense", "output.dense", "layernorm_after"));

    /** BERT, with the cross-attention that BLIP adds. */
    public static final BlockNames BERT = new BlockNames(
            new Attention(
                    "attention.self.query",
                    List.of("attention.self.key", "attention.self.value"),
                    "attention.output.dense",
                    "attention.output.LayerNorm"),
            new Attention(
                    "crossattention.self.query",
                    List.of("crossattention.self.key", "crossattention.self.value"),
                    "crossattention.output.dense",
                    "crossattention.output.LayerNorm"),
            new Mlp("intermediate.dense", "output.dense", "output.LayerNorm"));

    /** BART's encoder and decoder. */
    public static final BlockNames BART = new BlockNames(
            new Attention(
                    "self_attn.q_proj",
                    List.of("self_attn.k_proj", "self_attn.v_proj"),
                    "self_attn.out_proj",
                    "self_attn_layer_norm"),
            new Attention(
                    "encoder_attn.q_proj",
                    List.of("encoder_attn.k_proj", "encoder_attn.v_proj"),
                    "encoder_attn.out_proj",
                    "encoder_attn_layer_norm"),
            new Mlp("fc1", "fc2", "final_layer_norm"));
}
