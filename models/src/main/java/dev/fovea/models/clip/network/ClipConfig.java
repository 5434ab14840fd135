package dev.fovea.models.clip.network;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.models.towers.ImageEncoder;
import dev.fovea.models.towers.PairScore;
import dev.fovea.models.towers.Towers;
import dev.fovea.models.towers.TowersConfig;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;

/**
 * A CLIP checkpoint's {@code config.json} with the defaults of transformers' {@code CLIPConfig}. A folder may hold both
 * towers ({@code model_type} clip) or one of them (clip_vision_model, clip_text_model, with or without its projection).
 *
 * @param projectionDim length of the embeddings, unless a single tower comes without its projection
 * @param vision the vision transformer, or null
 * @param resNet the ResNet in the place of a vision transformer, or null
 * @param text the text tower, or null
 */
public record ClipConfig(int projectionDim, VisionShape vision, ClipResNetShape resNet, Text text)
        implements TowersConfig {

    /**
     * The {@code eos_token_id} of the first published checkpoints: a wrong value that asks for another pooling rule.
     */
    public static final int LEGACY_END_TOKEN = 2;

    /**
     * The text tower.
     *
     * @param transformer sizes of its blocks
     * @param vocabularySize number of token ids
     * @param positions the most tokens of a text
     * @param endToken id of the token whose output is the text's; {@link #LEGACY_END_TOKEN}: the first of the largest
     *     ids
     */
    public record Text(TransformerShape transformer, int vocabularySize, int positions, int endToken) {}

    @Override
    public Towers towers(Parameters model) {
        ImageEncoder image = imageEncoder(model);
        ClipTextTower texts = text == null ? null : new ClipTextTower(model, this);
        PairScore score = isSingleTower() ? PairScore.COSINE : new PairScore(model.logitFactor(), 0, false);
        return new Towers(image, texts, score);
    }

    private ImageEncoder imageEncoder(Parameters model) {
        if (resNet != null) {
            return new ClipResNetTower(model, this);
        }
        return vision == null ? null : new ClipVisionTower(model, this);
    }

    /** Returns whether there is an image tower. */
    public boolean seesPictures() {
        return vision != null || resNet != null;
    }

    /** Returns whether the checkpoint holds one tower only. */
    public boolean isSingleTower() {
        return !seesPictures() || text == null;
    }

    /**
     * Reads a checkpoint folder's configuration.
     *
     * @throws FoveaException if it is missing, broken, or of another kind of model
     */
    public static ClipConfig load(Path folder) {
        ConfigFile config = ConfigFile.of(folder);
        return switch (config.text("model_type", "")) {
            case "clip" -> clip(config);
            case "clip_vision_model" -> new ClipConfig(config.size("projection_dim", 512), vision(config), null, null);
            case "clip_text_model" -> new ClipConfig(config.size("projection_dim", 512), null, null, text(config));
            default -> throw config.wrong("model_type", "\"clip\"; use a CLIP checkpoint here");
        };
    }

    private static ClipConfig clip(ConfigFile config) {
        ConfigFile vision = tower(config, "vision_config");
        boolean resNet = vision.text("model_type", "").equals(ClipResNetShape.MODEL_TYPE);
        return new ClipConfig(
                config.size("projection_dim", 512),
                resNet ? null : vision(vision),
                resNet ? ClipResNetShape.of(vision) : null,
                text(tower(config, "text_config")));
    }

    /**
     * Returns the configuration of a tower. Old files hold it twice. What transformers makes of {@code
     * text_config_dict}, defaults of absent fields included, overrides {@code text_config}, so that nothing of the
     * latter counts.
     */
    private static ConfigFile tower(ConfigFile config, String name) {
        String legacy = name + "_dict";
        return config.at(config.has(legacy) ? legacy : name);
    }

    private static VisionShape vision(ConfigFile config) {
        return VisionShape.of(config, transformer(config, 768, 3072, 12, Mask.NONE), 224, 32);
    }

    private static Text text(ConfigFile config) {
        return new Text(
                transformer(config, 512, 2048, 8, Mask.CAUSAL),
                config.size("vocab_size", 49408),
                config.size("max_position_embeddings", 77),
                config.integer("eos_token_id", 49407));
    }

    private static TransformerShape transformer(
            ConfigFile config, int hiddenSize, int intermediateSize, int heads, Mask mask) {
        return TransformerShape.of(
                config,
                new TransformerShape(
                        hiddenSize,
                        intermediateSize,
                        12,
                        heads,
                        Activation.QUICK_GELU,
                        1e-5f,
                        NormPlacement.PRE,
                        mask));
    }
}
