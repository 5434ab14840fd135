package dev.fovea.models.dinov2.network;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.models.towers.PairScore;
import dev.fovea.models.towers.TowerFamily;
import dev.fovea.models.towers.Towers;
import dev.fovea.models.towers.TowersConfig;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.Set;

/**
 * A DINOv2 checkpoint's {@code config.json} with the defaults of transformers' {@code Dinov2Config} or, with
 * registers, {@code Dinov2WithRegistersConfig}.
 *
 * @param vision the vision transformer
 * @param gated whether the MLPs are gated (SwiGLU), as those of giant are
 */
public record Dinov2Config(VisionShape vision, boolean gated) implements TowersConfig {

    /** What this package tells of itself. */
    public static final TowerFamily FAMILY =
            new TowerFamily(Set.of("dinov2", "dinov2_with_registers"), false, Dinov2Config::load);

    @Override
    public String design() {
        return "dinov2";
    }

    @Override
    public Towers towers(Parameters model) {
        model.passOver("classifier.weight", "classifier.bias"); // of a classifier, which reads more than the embedding
        return new Towers(new Dinov2Tower(model, this), null, PairScore.COSINE);
    }

    /**
     * Reads a checkpoint folder's configuration.
     *
     * @throws FoveaException if it is missing, broken, or asks for something that is not supported
     */
    public static Dinov2Config load(Path folder) {
        ConfigFile config = ConfigFile.of(folder);
        if (!config.flag("qkv_bias", true)) {
            throw config.wrong("qkv_bias", "true: attention without these biases is not supported");
        }
        int hidden = config.size("hidden_size", 768);
        int intermediate = hidden * config.size("mlp_ratio", 4);
        boolean gated = config.flag("use_swiglu_ffn", false);
        TransformerShape absent = new TransformerShape(
                hidden,
                gated ? gatedSize(intermediate) : intermediate,
                12,
                12,
                Activation.GELU,
                1e-6f,
                NormPlacement.PRE,
                Mask.NONE);
        TransformerShape blocks = TransformerShape.of(config, absent);
        VisionShape vision = VisionShape.of(config, gated ? blocks.withActivation(Activation.SILU) : blocks, 224, 14);
        boolean hasRegisters = config.text("model_type", "").equals("dinov2_with_registers");
        if (hasRegisters) {
            vision = vision.withRegisters(config.size("num_register_tokens", 4));
        }
        config.refuseUnknown("use_mask_token", "interpolate_antialias");
        return new Dinov2Config(vision, gated);
    }

    /** Returns two thirds, rounded up to a multiple of eight: a gated MLP has three matrices instead of two. */
    private static int gatedSize(int intermediate) {
        return ((int) (intermediate * 2L / 3) + 7) / 8 * 8;
    }
}
