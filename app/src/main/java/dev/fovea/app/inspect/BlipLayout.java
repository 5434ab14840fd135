package dev.fovea.app.inspect;

import dev.fovea.models.blip.BlipConfig;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which tensors a BLIP checkpoint has and of what shape, from its configuration and from what kind it is ({@code
 * BlipForConditionalGeneration}, {@code BlipForQuestionAnswering}, {@code BlipForImageTextRetrieval} and {@code BlipModel} of
 * transformers).
 */
final class BlipLayout {

    private final BlipConfig config;
    private final Set<String> found;
    private final Map<String, Shape> expected = new LinkedHashMap<>();

    private BlipLayout(BlipConfig config, Set<String> found) {
        this.config = config;
        this.found = found;
    }

    /** The expected tensors; those that a checkpoint may leave out are expected if it has them. */
    static Map<String, Shape> of(BlipConfig config, Set<String> found) {
        BlipLayout layout = new BlipLayout(config, found);
        layout.vision();
        if (layout.has("text_decoder.")) {
            layout.text("text_decoder.bert.", true);
            layout.head();
        }
        if (layout.has("text_encoder.")) {
            layout.text("text_encoder.", true);
        }
        int text = config.text().transformer().hiddenSize();
        int vision = config.vision().transformer().hiddenSize();
        if (layout.has("itm_head.")) {
            layout.linear("vision_proj", config.matchingDim(), vision);
            layout.linear("text_proj", config.matchingDim(), text);
            layout.linear("itm_head", 2, text);
        }
        if (layout.has("text_model.")) {
            layout.text("text_model.", layout.has("text_model.encoder.layer.0.crossattention."));
            layout.linear("text_model.pooler.dense", text, text);
            layout.expected.put("visual_projection.weight", Shape.of(config.projectionDim(), vision));
            layout.expected.put("text_projection.weight", Shape.of(config.projectionDim(), text));
            layout.expected.put("logit_scale", Shape.of());
        }
        return layout.expected;
    }

    private boolean has(String prefix) {
        return found.stream().anyMatch(name -> name.startsWith(prefix));
    }

    /** A configuration may claim any number of layers; one that is missing is enough to show that. */
    private int mostLayers() {
        return found.size() + 1;
    }

    private void linear(String name, long outputs, long inputs) {
        expected.put(name + ".weight", Shape.of(outputs, inputs));
        expected.put(name + ".bias", Shape.of(outputs));
    }

    private void norm(String name, int size) {
        expected.put(name + ".weight", Shape.of(size));
        expected.put(name + ".bias", Shape.of(size));
    }

    private void vision() {
        VisionShape shape = config.vision();
        TransformerShape blocks = shape.transformer();
        int hidden = blocks.hiddenSize();
        String embeddings = "vision_model.embeddings.";
        expected.put(embeddings + "class_embedding", Shape.of(1, 1, hidden));
        expected.put(embeddings + "position_embedding", Shape.of(1, shape.positions(), hidden));
        expected.put(
                embeddings + "patch_embedding.weight",
                Shape.of(hidden, shape.channels(), shape.patchHeight(), shape.patchWidth()));
        expected.put(embeddings + "patch_embedding.bias", Shape.of(hidden));
        for (int layer = 0; layer < Math.min(blocks.layers(), mostLayers()); layer++) {
            String block = "vision_model.encoder.layers." + layer + ".";
            norm(block + "layer_norm1", hidden);
            norm(block + "layer_norm2", hidden);
            linear(block + "self_attn.qkv", 3L * hidden, hidden);
            linear(block + "self_attn.projection", hidden, hidden);
            linear(block + "mlp.fc1", blocks.intermediateSize(), hidden);
            linear(block + "mlp.fc2", hidden, blocks.intermediateSize());
        }
        norm("vision_model.post_layernorm", hidden);
    }

    private void text(String tower, boolean crossAttention) {
        TransformerShape blocks = config.text().transformer();
        int hidden = blocks.hiddenSize();
        expected.put(
                tower + "embeddings.word_embeddings.weight",
                Shape.of(config.text().vocabularySize(), hidden));
        expected.put(
                tower + "embeddings.position_embeddings.weight",
                Shape.of(config.text().positions(), hidden));
        norm(tower + "embeddings.LayerNorm", hidden);
        for (int layer = 0; layer < Math.min(blocks.layers(), mostLayers()); layer++) {
            String block = tower + "encoder.layer." + layer + ".";
            attention(block + "attention.", hidden, hidden);
            if (crossAttention) {
                attention(
                        block + "crossattention.",
                        hidden,
                        config.vision().transformer().hiddenSize());
            }
            linear(block + "intermediate.dense", blocks.intermediateSize(), hidden);
            linear(block + "output.dense", hidden, blocks.intermediateSize());
            norm(block + "output.LayerNorm", hidden);
        }
    }

    private void attention(String name, int hidden, int encoded) {
        linear(name + "self.query", hidden, hidden);
        linear(name + "self.key", hidden, encoded);
        linear(name + "self.value", hidden, encoded);
        linear(name + "output.dense", hidden, hidden);
        norm(name + "output.LayerNorm", hidden);
    }

    /** The output layer is usually the table of words, and one of its bias' two names is enough. */
    private void head() {
        int hidden = config.text().transformer().hiddenSize();
        int words = config.text().vocabularySize();
        String head = "text_decoder.cls.predictions.";
        linear(head + "transform.dense", hidden, hidden);
        norm(head + "transform.LayerNorm", hidden);
        boolean own = found.contains(head + "decoder.bias");
        if (!own || found.contains(head + "bias")) {
            expected.put(head + "bias", Shape.of(words));
        }
        if (own) {
            expected.put(head + "decoder.bias", Shape.of(words));
        }
        if (found.contains(head + "decoder.weight")) {
            expected.put(head + "decoder.weight", Shape.of(words, hidden));
        }
    }
}
