package dev.fovea.app.inspect;

import dev.fovea.models.classification.ClassifierConfig;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which tensors a classifier has and of what shape, from its configuration alone ({@code ViTForImageClassification}, {@code
 * ResNetForImageClassification} and {@code CLIPForImageClassification} of transformers).
 */
public final class ClassifierLayout {

    private final Map<String, Shape> expected = new LinkedHashMap<>();

    private ClassifierLayout() {}

    /**
     * The expected tensors.
     *
     * @param found the names in the checkpoint
     */
    public static Map<String, Shape> of(ClassifierConfig config, Set<String> found) {
        // A configuration may claim any number of layers; one that is missing is enough to show that.
        int mostLayers = found.size() + 1;
        int classes = config.classes().size();
        if (config.resNet() != null) {
            return ResNetLayout.ofClassifier(config.resNet(), classes, mostLayers);
        }
        ClassifierLayout layout = new ClassifierLayout();
        if (config.vit() != null) {
            layout.vit(config.vit(), classes, mostLayers);
        } else {
            layout.expected.putAll(ClipLayout.ofVision(config.clip(), found));
            layout.weightAndBias(
                    "classifier", classes, config.clip().transformer().hiddenSize());
        }
        return layout.expected;
    }

    private void vit(VisionShape shape, int classes, int mostLayers) {
        int hidden = shape.transformer().hiddenSize();
        int intermediate = shape.transformer().intermediateSize();
        String embeddings = "vit.embeddings.";
        expected.put(embeddings + "cls_token", Shape.of(1, 1, hidden));
        expected.put(embeddings + "position_embeddings", Shape.of(1, shape.positions(), hidden));
        weightAndBias(
                embeddings + "patch_embeddings.projection",
                hidden,
                shape.channels(),
                shape.patchHeight(),
                shape.patchWidth());
        for (int layer = 0; layer < Math.min(shape.transformer().layers(), mostLayers); layer++) {
            String block = "vit.encoder.layer." + layer + ".";
            for (String part : new String[] {"attention.query", "attention.key", "attention.value", "output.dense"}) {
                weightAndBias(block + "attention." + part, hidden, hidden);
            }
            weightAndBias(block + "intermediate.dense", intermediate, hidden);
            weightAndBias(block + "output.dense", hidden, intermediate);
            weightAndBias(block + "layernorm_before", hidden);
            weightAndBias(block + "layernorm_after", hidden);
        }
        weightAndBias("vit.layernorm", hidden);
        weightAndBias("classifier", classes, hidden);
    }

    /** A weight of this shape and a bias as long as its first extent. */
    private void weightAndBias(String name, long... shape) {
        expected.put(name + ".weight", Shape.of(shape));
        expected.put(name + ".bias", Shape.of(shape[0]));
    }
}
