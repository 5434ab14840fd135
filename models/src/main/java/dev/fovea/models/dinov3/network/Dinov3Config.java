package dev.fovea.models.dinov3.network;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The {@code config.json} of a DINOv3 with a vision transformer, with the defaults of transformers' {@code
 * DINOv3ViTConfig}.
 *
 * @param vision the vision transformer
 * @param rotaryBase {@code rope_theta}
 * @param gated whether the MLPs are gated (SwiGLU), as those of huge+ and 7B are
 * @param unbiased which of {@code query}, {@code key} and {@code value} are projected without a bias
 */
public record Dinov3Config(VisionShape vision, float rotaryBase, boolean gated, List<String> unbiased)
        implements TowersConfig {

    /** What this package tells of these models. */
    public static final TowerFamily FAMILY = new TowerFamily(Set.of("dinov3_vit"), false, Dinov3Config::load);

    @Override
    public String design() {
        return "dinov3";
    }

    @Override
    public Towers towers(Parameters model) {
        return new Towers(new Dinov3Tower(model, this), null, PairScore.COSINE);
    }

    /**
     * Reads a checkpoint folder's configuration.
     *
     * @throws FoveaException if it is missing, broken, or asks for something that is not supported
     */
    public static Dinov3Config load(Path folder) {
        ConfigFile config = ConfigFile.of(folder);
        for (String part : List.of("proj_bias", "mlp_bias")) {
            if (!config.flag(part, true)) {
                throw config.wrong(part, "true: layers without these biases are not supported");
            }
        }
        TransformerShape absent =
                new TransformerShape(384, 1536, 12, 6, Activation.GELU, 1e-5f, NormPlacement.PRE, Mask.NONE);
        TransformerShape blocks = TransformerShape.of(config, absent);
        if (blocks.hiddenSize() / blocks.heads() % 4 != 0) {
            throw config.wrong(
                    "num_attention_heads", "heads of a multiple of 4 channels: positions turn two pairs each");
        }
        float base = config.number("rope_theta", 100);
        if (!(base > 0)) {
            throw config.wrong("rope_theta", "a number above 0");
        }
        VisionShape vision = VisionShape.of(config, blocks, 224, 16);
        int registers = config.integer("num_register_tokens", 0);
        if (registers < 0 || registers > 1024) {
            throw config.wrong("num_register_tokens", "a whole number from 0 to 1024");
        }
        List<String> unbiased = new ArrayList<>();
        for (String part : List.of("query", "key", "value")) {
            if (!config.flag(part + "_bias", !part.equals("key"))) {
                unbiased.add(part);
            }
        }
        boolean gated = config.flag("use_gated_mlp", false);
        config.refuseUnknown("pos_embed_shift", "pos_embed_jitter", "pos_embed_rescale"); // of training
        return new Dinov3Config(vision.withRegisters(registers), base, gated, List.copyOf(unbiased));
    }
}
