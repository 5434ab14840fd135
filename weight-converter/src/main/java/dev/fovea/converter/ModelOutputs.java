package dev.fovea.converter;

import dev.fovea.models.blip.Blip;
import dev.fovea.models.classification.ClassifierConfig;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.safetensors.Text;
import java.nio.file.Path;
import java.util.List;

/**
 * What a model makes of {@link SamplePictures}.
 *
 * @param what it is called
 * @param values for each picture all of its numbers
 */
record ModelOutputs(String what, List<float[]> values) {

    /**
     * Loads a model, asks it, and closes it.
     *
     * @throws FoveaException if the model cannot be loaded, does not read pictures, or is of a kind that Fovea does not run
     */
    static ModelOutputs of(Path folder, Backend backend) {
        List<Picture> pictures = SamplePictures.all();
        String type = ConfigFile.of(folder).text("model_type", "");
        if (type.startsWith("clip")) {
            try (Clip clip = Clip.load(folder, backend)) {
                return new ModelOutputs("image embeddings", clip.embedPictures(pictures));
            }
        }
        if (ClassifierConfig.isKnown(type)) {
            try (ImageClassifier classifier = ImageClassifier.load(folder, backend, null)) {
                Preprocessing steps = classifier.preprocessing();
                float[] pixels = steps.applyAll(pictures);
                return new ModelOutputs(
                        "logits", classifier.logits(pixels, pictures.size(), steps.height(), steps.width()));
            }
        }
        if (type.equals("blip")) {
            try (Blip blip = Blip.loadAnyKind(folder, backend)) {
                return new ModelOutputs(
                        "image tokens",
                        pictures.stream()
                                .map(picture -> blip.imageTokens(Pixels.of(blip.preprocessing(), List.of(picture))))
                                .toList());
            }
        }
        if (type.equals("florence2")) {
            try (Florence2 florence = Florence2.load(folder, backend, null)) {
                return new ModelOutputs(
                        "image tokens",
                        pictures.stream()
                                .map(picture ->
                                        florence.imageTokens(Pixels.of(florence.preprocessing(), List.of(picture))))
                                .toList());
            }
        }
        throw new FoveaException(folder + ": a model of type " + Text.quote(type) + ", which Fovea does not run");
    }
}
