package dev.fovea.models.florence;

import dev.fovea.tensor.safetensors.Weights;
import java.util.function.Predicate;

/**
 * What a checkpoint calls the parts of the picture's tower: Microsoft's files have the names of wrappers that its code puts around modules,
 * transformers' have none.
 *
 * @param convolution of a stage
 * @param depthwise suffix of the depthwise convolutions
 * @param normInAttention whether the norm before an attention is named after it
 * @param attention suffix of an attention's name
 * @param mlpNorm the norm before an MLP
 * @param mlp prefix of its linear layers
 */
public record FlorenceNames(
        String convolution, String depthwise, boolean normInAttention, String attention, String mlpNorm, String mlp) {

    private static final FlorenceNames TRANSFORMERS = new FlorenceNames("conv", "", false, "", "norm2", "ffn");

    private static final FlorenceNames MICROSOFT =
            new FlorenceNames("proj", ".fn.dw", true, ".fn", "ffn.norm", "ffn.fn.net");

    /** The names of a checkpoint. */
    static FlorenceNames of(Weights weights) {
        return of(weights::has);
    }

    /**
     * The names of a checkpoint.
     *
     * @param has whether it has a tensor, at the level that holds {@code vision_tower}
     */
    public static FlorenceNames of(Predicate<String> has) {
        return has.test("vision_tower.convs.0." + MICROSOFT.convolution + ".weight") ? MICROSOFT : TRANSFORMERS;
    }

    /** Whether a checkpoint has Microsoft's layout. */
    static boolean isMicrosofts(Weights weights) {
        return of(weights).isMicrosofts();
    }

    /** Whether these are Microsoft's. */
    public boolean isMicrosofts() {
        return this == MICROSOFT;
    }

    /** The norm before an attention of this name. */
    public String normOf(String attentionName) {
        return normInAttention ? attentionName + ".norm" : "norm1";
    }
}
