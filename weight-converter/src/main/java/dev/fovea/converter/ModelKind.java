package dev.fovea.converter;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.blip.Blip;
import dev.fovea.models.classification.ClassifierConfig;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.safetensors.Text;
import java.nio.file.Path;
import java.util.List;

/** The kinds of models that Fovea runs, as config.json names them. */
enum ModelKind {
    CLIP,
    CLASSIFIER,
    BLIP,
    FLORENCE;

    /**
     * Reads a folder's kind.
     *
     * @throws FoveaException if it is none that Fovea runs
     */
    static ModelKind of(Path folder) {
        String type = ConfigFile.of(folder).text("model_type", "");
        if (ClassifierConfig.isKnown(folder)) {
            return CLASSIFIER;
        }
        if (type.startsWith("clip")) {
            return CLIP;
        }
        return switch (type) {
            case "blip" -> BLIP;
            case "florence2" -> FLORENCE;
            default ->
                throw new FoveaException(
                        folder + ": a model of type " + Text.quote(type)
                                + ", which Fovea does not run; pass a CLIP, a BLIP, a Florence-2 or a ViT or ResNet classifier");
        };
    }

    /**
     * Loads a folder and closes it again.
     *
     * @return the tensors that the model does not use
     * @throws FoveaException if it cannot be loaded
     */
    static List<String> load(Path folder, Backend backend) {
        return switch (of(folder)) {
            case CLIP -> {
                try (Clip clip = Clip.load(folder, backend)) {
                    yield clip.unusedTensors();
                }
            }
            case CLASSIFIER -> {
                try (ImageClassifier classifier = ImageClassifier.load(folder, backend)) {
                    yield classifier.unusedTensors();
                }
            }
            case BLIP -> {
                try (Blip blip = Blip.loadAnyKind(folder, LoadOptions.on(backend))) {
                    yield blip.unusedTensors();
                }
            }
            case FLORENCE -> {
                try (Florence2 florence = Florence2.load(folder, backend)) {
                    yield florence.unusedTensors();
                }
            }
        };
    }
}
