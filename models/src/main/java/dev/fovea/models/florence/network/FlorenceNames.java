package dev.fovea.models.florence.network;

import dev.fovea.models.nn.BlockNames;
import dev.fovea.tensor.safetensors.Weights;
import java.util.List;

/**
 * Holds a checkpoint's names of the parts of the image encoder. Microsoft's files have the names of wrappers that its
 * code puts around modules, transformers' have none.
 *
 * @param convolution of a stage
 * @param depthwise suffix of the depthwise convolutions
 * @param normInAttention whether the norm before an attention is named after it
 * @param attention suffix of an attention's name
 * @param mlpNorm the norm before an MLP
 * @param mlp prefix of its linear layers
 */
record FlorenceNames(
        String convolution, String depthwise, boolean normInAttention, String attention, String mlpNorm, String mlp) {

    /** Names of a block of BART's encoder or decoder, in both layouts. */
    static final BlockNames LANGUAGE_BLOCK = new BlockNames(
            new BlockNames.Attention(
                    "self_attn.q_proj",
                    List.of("self_attn.k_proj", "self_attn.v_proj"),
                    "self_attn.out_proj",
                    "self_attn_layer_norm"),
            new BlockNames.Attention(
                    "encoder_attn.q_proj",
                    List.of("encoder_attn.k_proj", "encoder_attn.v_proj"),
                    "encoder_attn.out_proj",
                    "encoder_attn_layer_norm"),
            new BlockNames.Mlp("fc1", "fc2", "final_layer_norm"));

    private static final FlorenceNames TRANSFORMERS = new FlorenceNames("conv", "", false, "", "norm2", "ffn");

    private static final FlorenceNames MICROSOFT =
            new FlorenceNames("proj", ".fn.dw", true, ".fn", "ffn.norm", "ffn.fn.net");

    /**
     * Returns the names that a checkpoint uses.
     *
     * @param model the level that holds {@code vision_tower}
     */
    static FlorenceNames of(Weights model) {
        return model.has("vision_tower.convs.0." + MICROSOFT.convolution + ".weight") ? MICROSOFT : TRANSFORMERS;
    }

    /** Returns whether a checkpoint has Microsoft's layout, not transformers'. */
    static boolean isMicrosofts(Weights checkpoint) {
        return of(checkpoint.atAnyOf("model", "")) == MICROSOFT;
    }

    /** Returns the name of the norm before an attention of this name. */
    String normOf(String attentionName) {
        return normInAttention ? attentionName + ".norm" : "norm1";
    }
}
