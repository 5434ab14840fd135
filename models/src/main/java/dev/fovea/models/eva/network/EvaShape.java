package dev.fovea.models.eva.network;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.RotaryPositions;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.FoveaException;

/**
 * The sizes of an EVA or a Perception Encoder: {@code vision_config} of the folders that {@code fovea convert} makes of
 * them.
 *
 * @param sizes those that all vision transformers have
 * @param patchBias whether the convolution that makes patches has a bias
 * @param preNorm whether a norm stands before the first block
 * @param keyBias whether keys are projected with a bias
 * @param gated whether blocks are EVA-02's: gated MLPs, and norms inside of attention and MLP
 * @param rotary how patches are counted for rotary positions, or null where blocks have none
 * @param pooling sizes of the head that pools tokens by attention, or null where the class token is read
 */
public record EvaShape(
        VisionShape sizes,
        boolean patchBias,
        boolean preNorm,
        boolean keyBias,
        boolean gated,
        RotaryPositions.Counted rotary,
        TransformerShape pooling) {

    /** {@code model_type} of {@code vision_config}. */
    public static final String MODEL_TYPE = "eva_vision_model";

    /** Rotary positions turn pairs of channels for two axes. */
    private static final int CHANNELS_OF_TWO_PAIRS = 4;

    /**
     * Reads the sizes by the names of transformers' vision transformers, {@code class_token}, {@code patch_bias},
     * {@code pre_norm}, {@code key_bias}, {@code gated_blocks} and {@code norms_after_parts}; {@code rope_grid}, {@code
     * rope_first} and {@code rope_columns_first}; {@code pooling_heads} and {@code pooling_intermediate_size}.
     *
     * @throws FoveaException if one cannot be
     */
    public static EvaShape of(ConfigFile config) {
        boolean after = config.flag("norms_after_parts", false);
        NormPlacement placement = after ? NormPlacement.AFTER_PART : NormPlacement.PRE;
        TransformerShape absent = new TransformerShape(768, 3072, 12, 12, Activation.GELU, 1e-6f, placement, Mask.NONE);
        TransformerShape blocks = TransformerShape.of(config, absent);
        VisionShape sizes = VisionShape.of(config, blocks, 224, 16);
        TransformerShape pooling = config.has("pooling_heads") ? pooling(config, blocks) : null;
        boolean classToken = config.flag("class_token", true);
        if (!classToken && pooling == null) {
            throw config.wrong("class_token", "true, unless a head of pooling_heads reads the patches");
        }
        return new EvaShape(
                classToken ? sizes : sizes.withoutClassToken(),
                config.flag("patch_bias", true),
                config.flag("pre_norm", false),
                config.flag("key_bias", true),
                config.flag("gated_blocks", false),
                config.has("rope_grid") ? rotary(config, blocks) : null,
                pooling);
    }

    private static RotaryPositions.Counted rotary(ConfigFile config, TransformerShape blocks) {
        if (blocks.hiddenSize() / blocks.heads() % CHANNELS_OF_TWO_PAIRS != 0) {
            throw config.wrong(
                    "num_attention_heads", "heads of a multiple of 4 channels: positions turn two pairs each");
        }
        int first = config.integer("rope_first", 0);
        if (first < 0 || first > 1) {
            throw config.wrong("rope_first", "0 or 1, the number of the first patch");
        }
        return new RotaryPositions.Counted(
                first, config.size("rope_grid", 0), config.flag("rope_columns_first", false));
    }

    private static TransformerShape pooling(ConfigFile config, TransformerShape blocks) {
        int heads = config.size("pooling_heads", 0);
        if (blocks.hiddenSize() % heads != 0) {
            throw config.wrong("pooling_heads", "a divisor of hidden_size " + blocks.hiddenSize());
        }
        return new TransformerShape(
                blocks.hiddenSize(),
                config.size("pooling_intermediate_size", 4 * blocks.hiddenSize()),
                1,
                heads,
                blocks.activation(),
                blocks.epsilon(),
                NormPlacement.PRE,
                Mask.NONE);
    }
}
