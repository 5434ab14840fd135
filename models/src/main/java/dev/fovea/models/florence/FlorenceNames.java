package dev.fovea.models.florence;

import dev.fovea.tensor.safetensors.Weights;

/**
 * What a checkpoint calls the parts of the picture's tower: Microsoft's files have the names of wrappers that its code puts around modules,
 * transformers' have none.
 *
 * @param convolution of a stage
 * @param depthwise suffix of the depthwise convolutions
 * @param attentionNorm prefix and name of the norm before an attention
 * @param attention suffix of an attention's name
 * @param mlpNorm the norm before an MLP
 * @param mlp prefix of its linear layers
 */
record FlorenceNames(
        String convolution, String depthwise, boolean normInAttention, String attention, String mlpNorm, String mlp) {

    private static final FlorenceNames TRANSFORMERS = new FlorenceNames("conv", "", false, "", "norm2", "ffn");

    private static final FlorenceNames MICROSOFT =
            new FlorenceNames("proj", ".fn.dw", true, ".fn", "ffn.norm", "ffn.fn.net");

    /** The names of a checkpoint. */
    static FlorenceNames of(Weights weights) {
        return isMicrosofts(weights) ? MICROSOFT : TRANSFORMERS;
    }

    /** Whether a checkpoint has Microsoft's layout. */
    static boolean isMicrosofts(Weights weights) {
        return weights.has("vision_tower.convs.0." + MICROSOFT.convolution + ".weight");
    }

    /** The norm before an attention of this name. */
    String normOf(String attentionName) {
        return normInAttention ? attentionName + ".norm" : "norm1";
    }
}
