package dev.fovea.converter;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.blip.Blip;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.image.Preprocessing;
import java.nio.file.Path;
import java.util.List;

/**
 * Holds what a model answers about {@link SamplePictures}.
 *
 * @param what it is called
 * @param values for each picture all elements of its answer
 */
record ModelOutputs(String what, List<float[]> values) {

    /**
     * Loads a model, asks it, and closes it.
     *
     * @throws dev.fovea.tensor.FoveaException if the model cannot be loaded, does not read pictures, or is of a kind
     *     that Fovea does not run
     */
    static ModelOutputs of(Path folder, LoadOptions options) {
        List<Picture> pictures = SamplePictures.all();
        return switch (Trials.family(folder)) {
            case CLIP -> {
                try (Clip clip = Clip.load(folder, options)) {
                    yield new ModelOutputs("image embeddings", clip.embedAll(pictures));
                }
            }
            case CLASSIFIER -> {
                try (ImageClassifier classifier = ImageClassifier.load(folder, options)) {
                    Preprocessing steps = classifier.preprocessing();
                    float[] pixels = steps.applyAll(pictures);
                    yield new ModelOutputs(
                            "logits", classifier.logits(pixels, pictures.size(), steps.height(), steps.width()));
                }
            }
            case BLIP -> {
                try (Blip blip = Blip.loadAnyKind(folder, options)) {
                    yield new ModelOutputs(
                            "image tokens",
                            pictures.stream()
                                    .map(picture -> blip.imageTokens(Pixels.of(blip.preprocessing(), List.of(picture))))
                                    .toList());
                }
            }
            case FLORENCE, OTHER -> {
                try (Florence2 florence = Florence2.load(folder, options)) {
                    yield new ModelOutputs(
                            "image tokens",
                            pictures.stream()
                                    .map(picture ->
                                            florence.imageTokens(Pixels.of(florence.preprocessing(), List.of(picture))))
                                    .toList());
                }
            }
        };
    }
}
