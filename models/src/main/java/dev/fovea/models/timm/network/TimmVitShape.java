package dev.fovea.models.timm.network;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.FoveaException;
import java.util.Arrays;
import java.util.List;

/**
 * The sizes of a vision transformer of timm that is read at its class token.
 *
 * @param sizes those that all vision transformers have
 * @param stem channels after each convolution of the stem but the last; empty where one convolution makes patches. A
 *     tower with a stem has no position for its class token
 * @param patchBias whether the convolution that makes patches has a bias
 * @param preNorm whether a norm stands before the first block, as in CLIP
 */
public record TimmVitShape(VisionShape sizes, List<Integer> stem, boolean patchBias, boolean preNorm) {

    /** {@code model_type} of {@code vision_config} in the folders that {@code fovea convert} makes. */
    public static final String MODEL_TYPE = "timm_vit_vision_model";

    /**
     * Reads the sizes by the names of transformers' vision transformers, and {@code stem_channels}, {@code patch_bias}
     * and {@code pre_norm}.
     *
     * @throws FoveaException if one cannot be
     */
    public static TimmVitShape of(ConfigFile config) {
        TransformerShape absent =
                new TransformerShape(768, 3072, 12, 12, Activation.GELU, 1e-6f, NormPlacement.PRE, Mask.NONE);
        VisionShape sizes = VisionShape.of(config, TransformerShape.of(config, absent), 224, 16);
        List<Integer> stem =
                Arrays.stream(config.anyNumberOfSizes("stem_channels")).boxed().toList();
        if (!stem.isEmpty() && (stem.size() != StemEmbeddings.NORMALIZED || stem.contains(0))) {
            throw config.wrong("stem_channels", StemEmbeddings.NORMALIZED + " whole numbers from 1");
        }
        if (!stem.isEmpty()
                && (sizes.patchHeight() != StemEmbeddings.PATCH || sizes.patchWidth() != StemEmbeddings.PATCH)) {
            throw config.wrong("patch_size", StemEmbeddings.PATCH + ", which is what the stem makes");
        }
        return new TimmVitShape(sizes, stem, config.flag("patch_bias", true), config.flag("pre_norm", false));
    }
}
