package dev.fovea.app.session;

import dev.fovea.models.classification.ClassifierConfig;
import dev.fovea.models.nn.ConfigFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What kind of model a folder holds, by its configuration.
 *
 * @param type {@code model_type}, or an empty string where nothing says
 * @param architecture the first of {@code architectures}, or an empty string
 * @param isClassifier whether it has classes of its own
 */
record ModelKind(String type, String architecture, boolean isClassifier) {

    private static final String BLIP = "blip";
    private static final String CAPTIONER = "BlipForConditionalGeneration";
    private static final String ANSWERER = "BlipForQuestionAnswering";
    private static final String MATCHER = "BlipForImageTextRetrieval";
    private static final Map<String, String> TASKS =
            Map.of(CAPTIONER, " for captions", ANSWERER, " for questions", MATCHER, " for matching");

    /** Reads the configuration of a folder or, of a folder of several models, that of the first. */
    static ModelKind of(Path folder) {
        if (!Files.exists(folder.resolve("config.json")) && Files.isDirectory(folder)) {
            try (DirectoryStream<Path> children = Files.newDirectoryStream(folder, Files::isDirectory)) {
                for (Path child : children) {
                    if (Files.exists(child.resolve("config.json"))) {
                        return new ModelKind(ConfigFile.of(child).text("model_type", ""), "", false);
                    }
                }
            } catch (IOException unreadable) {
                // the loader will say so
            }
            return new ModelKind("", "", false);
        }
        ConfigFile config = ConfigFile.of(folder);
        return new ModelKind(
                config.text("model_type", ""),
                config.texts("architectures").stream().findFirst().orElse(""),
                ClassifierConfig.isKnown(folder));
    }

    /** Whether nothing says what it is. */
    boolean isUnknown() {
        return type.isEmpty();
    }

    boolean isClip() {
        return !isClassifier && type.matches("clip|clip_text_model|clip_vision_model");
    }

    boolean isCaptioner() {
        return isBlip(CAPTIONER);
    }

    boolean isAnswerer() {
        return isBlip(ANSWERER);
    }

    boolean isMatcher() {
        return isBlip(MATCHER);
    }

    boolean isFlorence() {
        return type.equals("florence2");
    }

    /** Whether it is a BLIP that may be of this architecture; one that names none of the three is given the benefit of the doubt. */
    private boolean isBlip(String wanted) {
        return type.equals(BLIP) && (architecture.equals(wanted) || !TASKS.containsKey(architecture));
    }

    /** As people call it: {@code a CLIP}. */
    String label() {
        if (isClip()) {
            return "a CLIP";
        }
        if (isFlorence()) {
            return "a Florence-2";
        }
        if (isClassifier()) {
            return "a classifier with classes of its own (" + type + ")";
        }
        return type.equals(BLIP)
                ? "a BLIP" + TASKS.getOrDefault(architecture, "")
                : "a model of type " + type + ", which Fovea does not run";
    }
}
