package dev.fovea.models.kind;

import dev.fovea.models.blip.network.BlipConfig;
import dev.fovea.models.classification.network.ClassifierConfig;
import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.models.dinov2.network.Dinov2Config;
import dev.fovea.models.dinov3.network.ConvNextConfig;
import dev.fovea.models.dinov3.network.Dinov3Config;
import dev.fovea.models.florence.network.FlorenceConfig;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.ModelConfig;
import dev.fovea.models.siglip.network.SiglipConfig;
import dev.fovea.models.timm.network.TimmConfig;
import dev.fovea.models.timm.network.TimmTowers;
import dev.fovea.models.towers.TowerFamily;
import dev.fovea.models.towers.TowersConfig;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The kind of model that a folder holds, by its {@code config.json}.
 *
 * @param family the family of models that loads it
 * @param type {@code model_type}, or an empty string where it is absent
 * @param architecture the first of {@code architectures}, or an empty string
 */
public record ModelKind(Family family, String type, String architecture) {

    /** The models that Fovea runs. */
    public enum Family {
        /** Loaded by {@link dev.fovea.models.clip.Clip}: CLIP, SigLIP, DINOv2, DINOv3. */
        CLIP,
        /** Loaded by {@link dev.fovea.models.classification.ImageClassifier}: a model with a fixed list of classes. */
        CLASSIFIER,
        /** Loaded by one of the classes below {@link dev.fovea.models.blip.Blip}. */
        BLIP,
        /** Loaded by {@link dev.fovea.models.florence.Florence2}. */
        FLORENCE,
        /** Not run by Fovea. */
        OTHER
    }

    /** The families of towers: all that a new one needs outside of its package (docs/add-a-model.md). */
    private static final List<TowerFamily> FAMILIES = List.of(
            ClipConfig.FAMILY, SiglipConfig.FAMILY, Dinov2Config.FAMILY, Dinov3Config.FAMILY, ConvNextConfig.FAMILY);

    private static final String OF_MANY_LANGUAGES =
            " for many languages take google/siglip2-base-patch16-224 or facebook/metaclip-2-worldwide-huge-quickgelu";

    /** What people take for a CLIP that runs, by {@code model_type} or the class in {@code architectures}. */
    private static final Map<String, String> NOT_RUN = Map.of(
            "jina_clip", "a jina-clip, whose EVA and BERT towers Fovea does not run;" + OF_MANY_LANGUAGES,
            "JinaCLIPModel", "a jina-clip, whose EVA and BERT towers Fovea does not run;" + OF_MANY_LANGUAGES,
            "M-CLIP",
                    "an M-CLIP, a text tower for another model's pictures, which Fovea does not run;"
                            + OF_MANY_LANGUAGES,
            "MultilingualCLIP",
                    "an M-CLIP, a text tower for another model's pictures, which Fovea does not run;"
                            + OF_MANY_LANGUAGES,
            "NLLBCLIPModel", "an NLLB-CLIP, whose text tower Fovea does not run;" + OF_MANY_LANGUAGES);

    /** Classifiers that are no embedders, by {@code model_type}. */
    private static final Set<String> CLASSIFIERS_ALONE = Set.of("vit", "resnet", "convnext", "clip");

    private static final String CAPTIONER = "BlipForConditionalGeneration";
    private static final String ANSWERER = "BlipForQuestionAnswering";
    private static final String MATCHER = "BlipForImageTextRetrieval";
    private static final Map<String, String> TASKS =
            Map.of(CAPTIONER, " for captions", ANSWERER, " for questions", MATCHER, " for matching");

    /**
     * Reads the configuration of a folder or, of a folder of several models, that of the first.
     *
     * @throws dev.fovea.tensor.FoveaException if the configuration is broken
     */
    public static ModelKind of(Path folder) {
        if (!Files.exists(folder.resolve("config.json")) && Files.isDirectory(folder)) {
            try (DirectoryStream<Path> children = Files.newDirectoryStream(folder, Files::isDirectory)) {
                for (Path child : children) {
                    if (Files.exists(child.resolve("config.json"))) {
                        String type = ConfigFile.of(child).text("model_type", "");
                        return new ModelKind(family(type), type, "");
                    }
                }
            } catch (IOException unreadable) {
                // the loader will report it
            }
            return new ModelKind(Family.OTHER, "", "");
        }
        ConfigFile config = ConfigFile.of(folder);
        String type = TimmConfig.isOfTimm(config) ? config.text("architecture", "") : config.text("model_type", "");
        String architecture = architecture(config);
        Family family = NOT_RUN.containsKey(architecture)
                ? Family.OTHER
                : ClassifierConfig.isKnown(folder) ? Family.CLASSIFIER : family(type);
        return new ModelKind(family, type, architecture);
    }

    private static String architecture(ConfigFile config) {
        return config.texts("architectures").stream().findFirst().orElse("");
    }

    private static Family family(String type) {
        return switch (type) {
            case "blip" -> Family.BLIP;
            case "florence2" -> Family.FLORENCE;
            default -> towerFamily(type).isPresent() ? Family.CLIP : Family.OTHER;
        };
    }

    private static Optional<TowerFamily> towerFamily(String type) {
        return FAMILIES.stream().filter(family -> family.types().contains(type)).findFirst();
    }

    /** Reads the configuration of a folder of this kind; null of {@link Family#OTHER}. */
    public ModelConfig config(Path folder) {
        return switch (family) {
            case CLIP -> towers(folder);
            case CLASSIFIER -> ClassifierConfig.load(folder);
            case BLIP -> BlipConfig.load(folder);
            case FLORENCE -> FlorenceConfig.load(folder);
            case OTHER -> null;
        };
    }

    /**
     * Reads the configuration of a model of the CLIP family.
     *
     * @throws dev.fovea.tensor.FoveaException if it is missing, broken, or of another kind of model
     */
    public static TowersConfig towers(Path folder) {
        ConfigFile config = ConfigFile.of(folder);
        String type = config.text("model_type", "");
        ModelKind kind = new ModelKind(Family.OTHER, type, architecture(config));
        if (NOT_RUN.containsKey(type) || NOT_RUN.containsKey(kind.architecture)) {
            throw new ModelException(folder + " is " + kind.label());
        }
        if (TimmConfig.isOfTimm(config)) {
            return TimmTowers.of(config);
        }
        return towerFamily(type).orElse(ClipConfig.FAMILY).load().apply(folder);
    }

    /** Returns whether the kind is unknown because the configuration names none. */
    public boolean isUnknown() {
        return type.isEmpty();
    }

    /** Returns whether Fovea runs models of this kind. */
    public boolean isRun() {
        return family != Family.OTHER;
    }

    /** Returns whether the model is a CLIP, with both towers or one. */
    public boolean isClip() {
        return family == Family.CLIP;
    }

    /**
     * Returns whether {@link dev.fovea.models.clip.Clip} loads the model: one of the CLIP family, or a classifier of
     * DINOv2 or timm, whose features are embeddings.
     */
    public boolean isEmbedder() {
        return isClip() || isClassifier() && !CLASSIFIERS_ALONE.contains(type);
    }

    /** Returns whether the model is of the CLIP family and reads texts: not a DINO, nor a single tower for pictures. */
    public boolean isClipOfTexts() {
        return isClip()
                && !type.endsWith("_vision_model")
                && towerFamily(type).orElseThrow().readsTexts();
    }

    /** Returns whether the model is of the CLIP family and reads pictures: not a single tower for texts. */
    public boolean isClipOfPictures() {
        return isClip() && !type.endsWith("_text_model");
    }

    /** Returns whether the model is a classifier with a fixed list of classes. */
    public boolean isClassifier() {
        return family == Family.CLASSIFIER;
    }

    /** Returns whether the model may be a BLIP that writes captions. */
    public boolean isCaptioner() {
        return isBlip(CAPTIONER);
    }

    /** Returns whether the model may be a BLIP that answers questions. */
    public boolean isAnswerer() {
        return isBlip(ANSWERER);
    }

    /** Returns whether the model may be a BLIP that scores how well a text fits a picture. */
    public boolean isMatcher() {
        return isBlip(MATCHER);
    }

    /** Returns whether the model is a Florence-2. */
    public boolean isFlorence() {
        return family == Family.FLORENCE;
    }

    /**
     * Returns whether the model is a BLIP that may be of this architecture. One that names none of the three may be of
     * any.
     */
    private boolean isBlip(String wanted) {
        return family == Family.BLIP && (architecture.equals(wanted) || !TASKS.containsKey(architecture));
    }

    /** Returns a description in everyday words, such as {@code a CLIP}. */
    public String label() {
        return switch (family) {
            case CLIP -> "a CLIP";
            case CLASSIFIER -> "a classifier with classes of its own (" + type + ")";
            case BLIP -> "a BLIP" + TASKS.getOrDefault(architecture, "");
            case FLORENCE -> "a Florence-2";
            case OTHER ->
                NOT_RUN.getOrDefault(
                        type,
                        NOT_RUN.getOrDefault(architecture, "a model of type " + type + ", which Fovea does not run"));
        };
    }
}
