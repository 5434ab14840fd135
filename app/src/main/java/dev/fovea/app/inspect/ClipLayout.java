package dev.fovea.app.inspect;

import dev.fovea.models.clip.ClipConfig;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which tensors a CLIP checkpoint has and of what shape, from its configuration alone ({@code CLIPModel}, {@code CLIPTextModel} and
 * {@code CLIPVisionModel} of transformers; of ResNets {@link ResNetLayout}).
 */
public final class ClipLayout {

    private final Set<String> found;
    private final Map<String, Shape> expected = new LinkedHashMap<>();

    private ClipLayout(Set<String> found) {
        this.found = found;
    }

    /**
     * The expected tensors.
     *
     * @param found the names in the checkpoint: files of a single tower may leave out the level with the tower's name, and the
     *     projection
     */
    public static Map<String, Shape> of(ClipConfig config, Set<String> found) {
        ClipLayout layout = new ClipLayout(found);
        boolean both = !config.isSingleTower();
        if (config.text() != null) {
            layout.text(layout.prefix("text_model.", both), config.text());
            layout.projection(
                    "text_projection.weight", both, config, config.text().transformer());
        }
        if (config.vision() != null) {
            layout.vision(layout.prefix("vision_model.", both), config.vision());
            layout.projection(
                    "visual_projection.weight", both, config, config.vision().transformer());
        }
        if (config.resNet() != null) {
            layout.expected.putAll(ResNetLayout.ofClip(config.resNet(), config.projectionDim(), found.size() + 1));
        }
        if (both) {
            layout.expected.put("logit_scale", Shape.of());
        }
        return layout.expected;
    }

    /** The tensors of a vision tower alone, under its usual name. */
    static Map<String, Shape> ofVision(VisionShape vision, Set<String> found) {
        ClipLayout layout = new ClipLayout(found);
        layout.vision("vision_model.", vision);
        return layout.expected;
    }

    private String prefix(String tower, boolean both) {
        return both || found.stream().anyMatch(name -> name.startsWith(tower)) ? tower : "";
    }

    private void projection(String name, boolean both, ClipConfig config, TransformerShape tower) {
        if (both || found.contains(name)) {
            expected.put(name, Shape.of(config.projectionDim(), tower.hiddenSize()));
        }
    }

    private void text(String tower, ClipConfig.Text text) {
        int hidden = text.transformer().hiddenSize();
        String embeddings = tower + "embeddings.";
        expected.put(embeddings + "token_embedding.weight", Shape.of(text.vocabularySize(), hidden));
        expected.put(embeddings + "position_embedding.weight", Shape.of(text.positions(), hidden));
        blocks(tower, text.transformer());
        weightAndBias(tower + "final_layer_norm", hidden);
    }

    private void vision(String tower, VisionShape vision) {
        int hidden = vision.transformer().hiddenSize();
        String embeddings = tower + "embeddings.";
        expected.put(embeddings + "class_embedding", Shape.of(hidden));
        expected.put(
                embeddings + "patch_embedding.weight",
                Shape.of(hidden, vision.channels(), vision.patchHeight(), vision.patchWidth()));
        expected.put(embeddings + "position_embedding.weight", Shape.of(vision.positions(), hidden));
        weightAndBias(tower + "pre_layrnorm", hidden); // misspelt in every checkpoint
        blocks(tower, vision.transformer());
        weightAndBias(tower + "post_layernorm", hidden);
    }

    private void blocks(String tower, TransformerShape shape) {
        int hidden = shape.hiddenSize();
        // A configuration may claim any number of layers; one that is missing is enough to show that.
        int layers = Math.min(shape.layers(), found.size() + 1);
        for (int layer = 0; layer < layers; layer++) {
            String block = tower + "encoder.layers." + layer + ".";
            for (String part : new String[] {"q_proj", "k_proj", "v_proj", "out_proj"}) {
                weightAndBias(block + "self_attn." + part, hidden, hidden);
            }
            weightAndBias(block + "mlp.fc1", shape.intermediateSize(), hidden);
            weightAndBias(block + "mlp.fc2", hidden, shape.intermediateSize());
            weightAndBias(block + "layer_norm1", hidden);
            weightAndBias(block + "layer_norm2", hidden);
        }
    }

    /** A weight of this shape and a bias as long as its first extent. */
    private void weightAndBias(String name, long... shape) {
        expected.put(name + ".weight", Shape.of(shape));
        expected.put(name + ".bias", Shape.of(shape[0]));
    }
}
