package dev.fovea.models.clip.network;

import dev.fovea.models.eva.network.EvaShape;
import dev.fovea.models.eva.network.EvaTower;
import dev.fovea.models.fastvit.network.FastVitShape;
import dev.fovea.models.fastvit.network.FastVitTower;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TextSizes;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.models.timm.network.TimmConvNext;
import dev.fovea.models.timm.network.TimmConvNextShape;
import dev.fovea.models.timm.network.TimmVit;
import dev.fovea.models.timm.network.TimmVitShape;
import dev.fovea.models.towers.ImageEncoder;
import dev.fovea.models.towers.PairScore;
import dev.fovea.models.towers.TextEncoder;
import dev.fovea.models.towers.TowerFamily;
import dev.fovea.models.towers.Towers;
import dev.fovea.models.towers.TowersConfig;
import dev.fovea.models.vitamin.network.VitaminShape;
import dev.fovea.models.vitamin.network.VitaminTower;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.Set;

/**
 * A CLIP checkpoint's {@code config.json} with the defaults of transformers' {@code CLIPConfig}. A folder may hold both
 * towers ({@code model_type} clip) or one of them (clip_vision_model, clip_text_model, with or without its projection).
 * MetaCLIP 2 is a CLIP with another vocabulary; Chinese-CLIP and AltCLIP have another text tower, OpenAI's ResNets,
 * MobileCLIP, EVA-CLIP, PE-Core and ViTamin another image tower.
 *
 * @param projectionDim length of the embeddings, unless a single tower comes without its projection
 * @param image the image tower, or null
 * @param text the text tower, or null
 */
public record ClipConfig(int projectionDim, ImageShape image, TextShape text) implements TowersConfig {

    /** What this package tells of itself. */
    public static final TowerFamily FAMILY = new TowerFamily(
            Set.of(
                    "clip",
                    "clip_text_model",
                    "clip_vision_model",
                    "metaclip_2",
                    "metaclip_2_text_model",
                    "metaclip_2_vision_model",
                    "chinese_clip",
                    "chinese_clip_vision_model",
                    "altclip",
                    "altclip_vision_model"),
            true,
            ClipConfig::load);

    /**
     * The {@code eos_token_id} of the first published checkpoints: a wrong value that asks for another pooling rule.
     */
    public static final int LEGACY_END_TOKEN = 2;

    /** In the place of an end token: the first of the largest ids. */
    static final int LARGEST_ID = -1;

    /** In the place of an end token: the last position, which padding fills; texts come without their end tokens. */
    static final int LAST_POSITION = -2;

    /** {@code model_type} of a {@code text_config} that is RoBERTa's. */
    private static final String ROBERTA = "xlm-roberta";

    /** Names of open_clip for what is read of a text: all tokens, or the first. */
    private static final String MEAN_POOLER = "mean_pooler";

    private static final String FIRST_POOLER = "cls_last_hidden_state_pooler";

    private static final String LAST_POOLER = "last_pooler";

    /** The value of {@link Text#paddingToken} where texts are not filled up. */
    static final int NO_PADDING = -1;

    /** The sizes of an image tower. */
    public sealed interface ImageShape {}

    /**
     * A vision transformer.
     *
     * @param sizes of the tower
     * @param layerScale whether what a block adds is multiplied by a learned factor for each channel, as in some models
     *     of open_clip
     * @param isAveraged whether the mean of the patches is read, and no norm goes before the blocks, as in CLIPA (Li et
     *     al. 2023), else the class token
     */
    public record Vit(VisionShape sizes, boolean layerScale, boolean isAveraged) implements ImageShape {

        /** Makes a tower as OpenAI's. */
        public Vit(VisionShape sizes) {
            this(sizes, false, false);
        }
    }

    /** OpenAI's ResNet. */
    public record ResNet(ClipResNetShape sizes) implements ImageShape {}

    /** The image tower of MobileCLIP. */
    public record FastVit(FastVitShape sizes) implements ImageShape {}

    /** The image tower of EVA-CLIP or PE-Core. */
    public record Eva(EvaShape sizes) implements ImageShape {}

    /** The image tower of ViTamin. */
    public record Vitamin(VitaminShape sizes) implements ImageShape {}

    /** A vision transformer by timm's names. */
    public record Timm(TimmVitShape sizes) implements ImageShape {}

    /** A ConvNeXt by timm's names. */
    public record ConvNext(TimmConvNextShape sizes) implements ImageShape {}

    /** The sizes of a text tower. */
    public sealed interface TextShape extends TextSizes {}

    /**
     * CLIP's own text tower.
     *
     * @param transformer sizes of its blocks
     * @param vocabularySize number of token ids
     * @param positions the most tokens of a text
     * @param endToken id of the token whose output is the text's, or {@link #LARGEST_ID} or {@link #LAST_POSITION}
     * @param paddingToken id that texts are filled up with to {@code positions}, since their tokens see each other and
     *     the padding, too; {@link #NO_PADDING} where they see only those before them
     */
    public record Text(TransformerShape transformer, int vocabularySize, int positions, int endToken, int paddingToken)
            implements TextShape {

        /** Makes a tower whose tokens see only those before them. */
        public Text(TransformerShape transformer, int vocabularySize, int positions, int endToken) {
            this(transformer, vocabularySize, positions, endToken, NO_PADDING);
        }

        @Override
        public String pooled() {
            return endToken == LAST_POSITION ? "last" : "end";
        }
    }

    /**
     * BERT as the text tower.
     *
     * @param transformer sizes of its blocks
     * @param vocabularySize number of token ids
     * @param rows of the table of positions
     * @param positions the most tokens of a text
     * @param firstPosition row of the first token in the table of positions: in RoBERTa's the one after that of
     *     padding, whose number is that of the padding token
     * @param types rows of the table of token types
     * @param mappedSize channels that the output is mapped to before the projection, 0 where it is not
     * @param isAveraged whether the mean of all tokens is the text's output, else the first token's
     * @param innerSize channels between the two layers of the projection, 0 where it has one
     */
    public record BertText(
            TransformerShape transformer,
            int vocabularySize,
            int rows,
            int positions,
            int firstPosition,
            int types,
            int mappedSize,
            boolean isAveraged,
            int innerSize)
            implements TextShape {

        @Override
        public String pooled() {
            return isAveraged ? "mean" : "first";
        }

        boolean isMapped() {
            return mappedSize > 0;
        }
    }

    @Override
    public Towers towers(Parameters model) {
        ImageEncoder image = imageEncoder(model);
        TextEncoder texts = switch (text) {
            case null -> null;
            case Text own -> new ClipTextTower(model, this, own);
            case BertText bert -> new BertTextTower(model, this, bert);
        };
        PairScore score = isSingleTower() ? PairScore.COSINE : new PairScore(model.logitFactor(), 0, false);
        return new Towers(image, texts, score);
    }

    private ImageEncoder imageEncoder(Parameters model) {
        return switch (image) {
            case null -> null;
            case Vit vit -> new ClipVisionTower(model, this, vit);
            case ResNet resNet -> new ClipResNetTower(model, this, resNet.sizes());
            case Timm timm -> new TimmVit(model.at("vision_model"), "vision_model", timm.sizes(), projectionDim);
            case ConvNext convNext ->
                TimmConvNext.projected(model.at("vision_model"), "vision_model", convNext.sizes(), projectionDim);
            case Eva eva -> new EvaTower(model.at("vision_model"), eva.sizes(), projectionDim);
            case Vitamin vitamin -> new VitaminTower(model.at("vision_model"), vitamin.sizes(), projectionDim);
            case FastVit fastVit -> new FastVitTower(model.at("vision_model"), fastVit.sizes(), projectionDim);
        };
    }

    @Override
    public String design() {
        return switch (image) {
            case FastVit fastVit -> "mobileclip";
            case ResNet resNet -> "resnet";
            case null, default -> "clip";
        };
    }

    @Override
    public int dimension() {
        return projectionDim;
    }

    @Override
    public VisionShape vision() {
        return image instanceof Vit vit ? vit.sizes() : null;
    }

    @Override
    public String imageTowerInWords() {
        return switch (image) {
            case null -> null;
            case Vit vit -> vit.sizes().inWords();
            case ResNet resNet -> resNet.sizes().inWords();
            case Timm timm -> timm.sizes().sizes().inWords();
            case ConvNext convNext -> convNext.sizes().sizes().inWords();
            case Eva eva -> eva.sizes().sizes().inWords();
            case Vitamin vitamin -> vitamin.sizes().inWords();
            case FastVit fastVit -> fastVit.sizes().inWords();
        };
    }

    /** Returns whether the checkpoint holds one tower only. */
    public boolean isSingleTower() {
        return image == null || text == null;
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
            case "metaclip_2" -> both(config, 512, text(config.at("text_config"), false));
            case "chinese_clip" -> both(config, 512, chinese(config.at("text_config")));
            case "altclip" -> both(config, 768, alt(config.at("text_config")));
            case "clip_vision_model", "metaclip_2_vision_model", "chinese_clip_vision_model", "altclip_vision_model" ->
                new ClipConfig(config.size("projection_dim", 512), new Vit(vision(config)), null);
            case "clip_text_model" -> new ClipConfig(config.size("projection_dim", 512), null, text(config, true));
            case "metaclip_2_text_model" ->
                new ClipConfig(config.size("projection_dim", 512), null, text(config, false));
            default -> throw config.wrong("model_type", "\"clip\"; use a CLIP checkpoint here");
        };
    }

    private static ClipConfig clip(ConfigFile config) {
        ConfigFile vision = tower(config, "vision_config");
        ImageShape image = switch (vision.text("model_type", "")) {
            case ClipResNetShape.MODEL_TYPE -> new ResNet(ClipResNetShape.of(vision));
            case TimmVitShape.MODEL_TYPE -> new Timm(TimmVitShape.of(vision));
            case TimmConvNextShape.MODEL_TYPE -> new ConvNext(TimmConvNextShape.of(vision));
            case EvaShape.MODEL_TYPE -> new Eva(EvaShape.of(vision));
            case VitaminShape.MODEL_TYPE -> new Vitamin(VitaminShape.of(vision));
            case FastVitShape.MODEL_TYPE -> new FastVit(FastVitShape.of(vision));
            default -> new Vit(vision(vision), vision.flag("layer_scale", false), isPooled(vision, MEAN_POOLER));
        };
        ConfigFile text = tower(config, "text_config");
        boolean roberta = text.text("model_type", "").equals(ROBERTA);
        return new ClipConfig(config.size("projection_dim", 512), image, roberta ? roberta(text) : text(text, true));
    }

    private static ClipConfig both(ConfigFile config, int projectionDim, TextShape text) {
        return new ClipConfig(
                config.size("projection_dim", projectionDim), new Vit(vision(config.at("vision_config"))), text);
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

    /** Reads CLIP's own text tower, of which only OpenAI's first files name a wrong end token. */
    private static Text text(ConfigFile config, boolean mayBeLegacy) {
        int endToken = config.integer("eos_token_id", 49407);
        boolean causal = !config.flag("no_causal_mask", false);
        int vocabularySize = config.size("vocab_size", 49408);
        int padding = causal ? NO_PADDING : config.integer("pad_token_id", 0);
        if (!causal && (padding < 0 || padding >= vocabularySize)) {
            throw config.wrong("pad_token_id", "one of the " + vocabularySize + " tokens");
        }
        boolean last = isPooled(config, LAST_POOLER);
        if (last && causal) {
            throw config.wrong("no_causal_mask", "true, as in CLIPA, whose texts are read at their last position");
        }
        return new Text(
                transformer(config, 512, 2048, 8, causal ? Mask.CAUSAL : Mask.NONE),
                vocabularySize,
                config.size("max_position_embeddings", 77),
                last ? LAST_POSITION : mayBeLegacy && endToken == LEGACY_END_TOKEN ? LARGEST_ID : endToken,
                padding);
    }

    /** Returns whether a tower is read in a way that folders of Fovea's own name, else in CLIP's. */
    private static boolean isPooled(ConfigFile config, String pooler) {
        if (config.has("pooler") && !config.text("pooler", "").equals(pooler)) {
            throw config.wrong("pooler", pooler);
        }
        return config.has("pooler");
    }

    private static BertText chinese(ConfigFile config) {
        int rows = config.size("max_position_embeddings", 512);
        return new BertText(
                bert(config, 768, 3072, 12, 12, 1e-12f),
                config.size("vocab_size", 30522),
                rows,
                rows,
                0,
                config.size("type_vocab_size", 2),
                0,
                false,
                0);
    }

    /**
     * Reads a RoBERTa of open_clip ({@code HFTextEncoder} in {@code open_clip/hf_model.py}): RoBERTa's own fields, and
     * {@code max_text_length}, {@code pooler} and {@code projection_inner_size} of Fovea's folder.
     */
    private static BertText roberta(ConfigFile config) {
        int first = firstPosition(config);
        int rows = config.size("max_position_embeddings", 514);
        String pooler = config.text("pooler", MEAN_POOLER);
        if (!pooler.equals(MEAN_POOLER) && !pooler.equals(FIRST_POOLER)) {
            throw config.wrong("pooler", MEAN_POOLER + " or " + FIRST_POOLER);
        }
        return new BertText(
                bert(config, 768, 3072, 12, 12, 1e-5f),
                config.size("vocab_size", 250002),
                rows,
                Math.min(config.size("max_text_length", 77), rows - first),
                first,
                config.size("type_vocab_size", 1),
                0,
                pooler.equals(MEAN_POOLER),
                config.has("projection_inner_size") ? config.size("projection_inner_size", 0) : 0);
    }

    /** Returns the row of a text's first token in RoBERTa's table of positions. */
    private static int firstPosition(ConfigFile config) {
        int first = config.integer("pad_token_id", 1) + 1;
        int rows = config.size("max_position_embeddings", 514);
        if (first < 0 || first >= rows) {
            throw config.wrong("pad_token_id", "less than the " + rows + " positions");
        }
        return first;
    }

    private static BertText alt(ConfigFile config) {
        int first = firstPosition(config);
        int rows = config.size("max_position_embeddings", 514);
        return new BertText(
                bert(config, 1024, 4096, 24, 16, 1e-5f),
                config.size("vocab_size", 250002),
                rows,
                rows - first,
                first,
                config.size("type_vocab_size", 1),
                config.size("project_dim", 768),
                false,
                0);
    }

    private static TransformerShape bert(
            ConfigFile config, int hiddenSize, int intermediateSize, int layers, int heads, float epsilon) {
        return TransformerShape.of(
                config,
                new TransformerShape(
                        hiddenSize,
                        intermediateSize,
                        layers,
                        heads,
                        Activation.GELU,
                        epsilon,
                        NormPlacement.POST,
                        Mask.NONE));
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
