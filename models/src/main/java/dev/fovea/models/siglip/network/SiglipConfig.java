package dev.fovea.models.siglip.network;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TextSizes;
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
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.Set;

/**
 * A SigLIP checkpoint's {@code config.json} with the defaults of transformers' {@code SiglipConfig} or, of NaFlex,
 * {@code Siglip2Config}. A folder may hold both towers ({@code model_type} siglip, which SigLIP 2 of fixed sizes has,
 * too, or siglip2) or one of them (siglip_vision_model, siglip_text_model and the like).
 *
 * @param vision the vision transformer, or null
 * @param text the text tower, or null
 * @param naflex whether the vision transformer reads pictures of any aspect ratio; its sizes are then those of a square
 *     picture
 */
public record SiglipConfig(VisionShape vision, Text text, boolean naflex) implements TowersConfig {

    /** What this package tells of itself. */
    public static final TowerFamily FAMILY = new TowerFamily(
            Set.of(
                    "siglip",
                    "siglip_text_model",
                    "siglip_vision_model",
                    "siglip2",
                    "siglip2_text_model",
                    "siglip2_vision_model"),
            true,
            SiglipConfig::load);

    /**
     * The text tower.
     *
     * @param transformer sizes of its blocks
     * @param vocabularySize number of token ids
     * @param positions the number of tokens of a text, padding included
     * @param projectionSize length of the embeddings
     */
    public record Text(TransformerShape transformer, int vocabularySize, int positions, int projectionSize)
            implements TextSizes {

        @Override
        public String pooled() {
            return "last";
        }
    }

    @Override
    public String design() {
        return "siglip";
    }

    @Override
    public int dimension() {
        return vision == null ? text.projectionSize : vision.transformer().hiddenSize();
    }

    @Override
    public Towers towers(Parameters model) {
        if (text == null) {
            return new Towers(
                    new SiglipVisionTower(model.atAnyOf("vision_model", ""), vision, naflex), null, PairScore.COSINE);
        }
        if (vision == null) {
            return new Towers(null, new SiglipTextTower(model.atAnyOf("text_model", ""), text), PairScore.COSINE);
        }
        return new Towers(
                new SiglipVisionTower(model.at("vision_model"), vision, naflex),
                new SiglipTextTower(model.at("text_model"), text),
                new PairScore(model.logitFactor(Shape.of(1)), model.logitBias(), true));
    }

    /**
     * Reads a checkpoint folder's configuration.
     *
     * @throws FoveaException if it is missing, broken, or of another kind of model
     */
    public static SiglipConfig load(Path folder) {
        ConfigFile config = ConfigFile.of(folder);
        String type = config.text("model_type", "");
        boolean naflex = type.startsWith("siglip2");
        SiglipConfig siglip = switch (type) {
            case "siglip", "siglip2" -> siglip(config, naflex);
            case "siglip_vision_model", "siglip2_vision_model" ->
                new SiglipConfig(vision(config, naflex), null, naflex);
            case "siglip_text_model", "siglip2_text_model" -> new SiglipConfig(null, text(config), naflex);
            default -> throw config.wrong("model_type", "\"siglip\"; use a SigLIP checkpoint here");
        };
        config.refuseUnknown();
        return siglip;
    }

    private static SiglipConfig siglip(ConfigFile config, boolean naflex) {
        VisionShape vision = vision(config.at("vision_config"), naflex);
        ConfigFile textConfig = config.at("text_config");
        Text text = text(textConfig);
        int width = vision.transformer().hiddenSize();
        if (text.projectionSize != width) {
            throw textConfig.wrong(
                    "projection_size", width + ", the hidden_size of the vision tower: embeddings are compared");
        }
        return new SiglipConfig(vision, text, naflex);
    }

    private static VisionShape vision(ConfigFile config, boolean naflex) {
        if (!config.flag("vision_use_head", true)) {
            throw config.wrong("vision_use_head", "true: without the head there is no embedding of a picture");
        }
        TransformerShape transformer = transformer(config);
        VisionShape vision = naflex ? square(config, transformer) : VisionShape.of(config, transformer, 224, 16);
        config.refuseUnknown(naflex ? "image_size" : "num_patches"); // of the other one's class
        return vision.withoutClassToken();
    }

    /** Reads the sizes of NaFlex, whose positions are those of a square picture. */
    private static VisionShape square(ConfigFile config, TransformerShape transformer) {
        int patches = config.size("num_patches", 256);
        int side = (int) Math.round(Math.sqrt(patches));
        if (side * side != patches) {
            throw config.wrong("num_patches", "the square of a whole number: positions form a square");
        }
        if (config.size("num_channels", 3) != 3) {
            throw config.wrong("num_channels", "3: pictures have red, green and blue");
        }
        return new VisionShape(transformer, 3, side * config.size("patch_size", 16), config.size("patch_size", 16));
    }

    private static Text text(ConfigFile config) {
        TransformerShape transformer = transformer(config);
        Text text = new Text(
                transformer,
                config.size("vocab_size", 32000),
                config.size("max_position_embeddings", 64),
                config.size("projection_size", transformer.hiddenSize()));
        config.refuseUnknown();
        return text;
    }

    private static TransformerShape transformer(ConfigFile config) {
        return TransformerShape.of(
                config,
                new TransformerShape(768, 3072, 12, 12, Activation.GELU_TANH, 1e-6f, NormPlacement.PRE, Mask.NONE));
    }
}
