package dev.fovea.app.inspect;

import dev.fovea.models.florence.FlorenceConfig;
import dev.fovea.models.florence.FlorenceConfig.Stage;
import dev.fovea.models.florence.FlorenceNames;
import dev.fovea.models.nn.BlockNames;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Which tensors a Florence-2 checkpoint has and of what shape, from its configuration and from whose layout it has: that of transformers
 * ({@code Florence2ForConditionalGeneration}) or that of Microsoft's repositories.
 */
final class FlorenceLayout {

    private final FlorenceConfig config;
    private final Map<String, Shape> found;
    private final FlorenceNames names;
    private final Map<String, Shape> expected = new LinkedHashMap<>();

    /** What all parts but the output layer are below. */
    private final String model;

    private FlorenceLayout(FlorenceConfig config, Map<String, Shape> found) {
        this.config = config;
        this.found = found;
        model = has("model.") ? "model." : "";
        names = FlorenceNames.of(name -> found.containsKey(model + name));
    }

    /**
     * The expected tensors; those that a checkpoint may leave out are expected if it has them.
     *
     * @param found what the checkpoint has: any number of tokens is fine, if it is the same everywhere
     */
    static Map<String, Shape> of(FlorenceConfig config, Map<String, Shape> found) {
        FlorenceLayout layout = new FlorenceLayout(config, found);
        layout.vision();
        layout.projector();
        layout.language();
        return layout.expected;
    }

    /** Whether the checkpoint has the layout of Microsoft's repositories. */
    static boolean isMicrosofts(FlorenceConfig config, Map<String, Shape> found) {
        return new FlorenceLayout(config, found).names.isMicrosofts();
    }

    private boolean has(String prefix) {
        return found.keySet().stream().anyMatch(name -> name.startsWith(prefix));
    }

    /** A configuration may claim any number of layers; one that is missing is enough to show that. */
    private int atMost(int layers) {
        return Math.min(layers, found.size() + 1);
    }

    private void linear(String name, long outputs, long inputs) {
        expected.put(name + ".weight", Shape.of(outputs, inputs));
        expected.put(name + ".bias", Shape.of(outputs));
    }

    private void norm(String name, int size) {
        expected.put(name + ".weight", Shape.of(size));
        expected.put(name + ".bias", Shape.of(size));
    }

    private void convolution(String name, long outputs, long inputs, long size) {
        expected.put(name + ".weight", Shape.of(outputs, inputs, size, size));
        expected.put(name + ".bias", Shape.of(outputs));
    }

    private void vision() {
        String tower = model + "vision_tower.";
        int channels = 3;
        List<Stage> stages = config.vision().stages();
        for (int number = 0; number < stages.size(); number++) {
            Stage stage = stages.get(number);
            String embedding = tower + "convs." + number + ".";
            convolution(embedding + names.convolution(), stage.channels(), channels, stage.kernel());
            norm(embedding + "norm", stage.normFirst() ? channels : stage.channels());
            for (int depth = 0; depth < atMost(stage.depth()); depth++) {
                String block = tower + "blocks." + number + "." + depth + ".";
                block(block + "spatial_block.", "window_attn", stage);
                block(block + "channel_block.", "channel_attn", stage);
            }
            channels = stage.channels();
        }
    }

    private void block(String block, String attention, Stage stage) {
        int channels = stage.channels();
        convolution(block + "conv1" + names.depthwise(), channels, 1, 3);
        norm(block + names.normOf(attention), channels);
        String queriesKeysValues = block + attention + names.attention() + ".qkv";
        linear(queriesKeysValues, 3L * channels, channels);
        if (!config.vision().biased()) {
            expected.remove(queriesKeysValues + ".bias");
        }
        linear(block + attention + names.attention() + ".proj", channels, channels);
        convolution(block + "conv2" + names.depthwise(), channels, 1, 3);
        norm(block + names.mlpNorm(), channels);
        linear(block + names.mlp() + ".fc1", stage.intermediateSize(), channels);
        linear(block + names.mlp() + ".fc2", channels, stage.intermediateSize());
    }

    private void projector() {
        boolean microsoft = names.isMicrosofts();
        String projector = microsoft ? model : model + "multi_modal_projector.";
        int channels = config.vision().channels();
        int positions = config.vision().positions();
        int hidden = config.text().hiddenSize();
        String places = projector + (microsoft ? "image_pos_embed" : "image_position_embed");
        expected.put(places + ".row_embeddings.weight", Shape.of(positions, channels / 2));
        expected.put(places + ".column_embeddings.weight", Shape.of(positions, channels - channels / 2));
        String moments = projector + "visual_temporal_embed.pos_idx_to_embed";
        if (found.containsKey(moments)) {
            expected.put(moments, Shape.of(entries(moments), channels));
        }
        if (microsoft) {
            expected.put(projector + "image_projection", Shape.of(channels, hidden));
        } else {
            expected.put(projector + "image_projection.weight", Shape.of(hidden, channels));
        }
        norm(projector + "image_proj_norm", hidden);
    }

    private void language() {
        String language = model + "language_model.";
        String inner = has(language + "model.") ? language + "model." : language;
        words(language, inner);
        stack(inner + "encoder.", config.text().encoder(), false);
        stack(inner + "decoder.", config.text().decoder(), true);
    }

    /** The table of words lies under any of the names of those that share it; the output layer may be a matrix of its own. */
    private void words(String language, String inner) {
        String shared = inner + "shared.weight";
        List<String> tables = Stream.of(
                        shared,
                        inner + "encoder.embed_tokens.weight",
                        inner + "decoder.embed_tokens.weight",
                        "lm_head.weight",
                        language + "lm_head.weight")
                .filter(found::containsKey)
                .toList();
        long words = tables.isEmpty() ? 0 : entries(tables.getFirst());
        Shape table = Shape.of(words, config.text().hiddenSize());
        expected.put(tables.isEmpty() ? shared : tables.getFirst(), table);
        tables.forEach(name -> expected.put(name, table));
        String bias = language + "final_logits_bias";
        if (found.containsKey(bias)) {
            expected.put(bias, Shape.of(1, words));
        }
    }

    /** The first extent of a tensor, which no configuration says. */
    private long entries(String name) {
        Shape shape = found.get(name);
        return shape.rank() == 0 ? 0 : shape.extent(0);
    }

    private void stack(String stack, TransformerShape blocks, boolean crossAttention) {
        BlockNames bart = FlorenceNames.LANGUAGE_BLOCK;
        int hidden = blocks.hiddenSize();
        expected.put(stack + "embed_positions.weight", Shape.of(config.text().positionRows(), hidden));
        norm(stack + "layernorm_embedding", hidden);
        for (int layer = 0; layer < atMost(blocks.layers()); layer++) {
            String block = stack + "layers." + layer + ".";
            attention(block, bart.selfAttention(), hidden);
            if (crossAttention) {
                attention(block, bart.crossAttention(), hidden);
            }
            linear(block + bart.mlp().expand(), blocks.intermediateSize(), hidden);
            linear(block + bart.mlp().reduce(), hidden, blocks.intermediateSize());
            norm(block + bart.mlp().norm(), hidden);
        }
    }

    private void attention(String block, BlockNames.Attention attention, int hidden) {
        linear(block + attention.queries(), hidden, hidden);
        attention.keysValues().forEach(name -> linear(block + name, hidden, hidden));
        linear(block + attention.out(), hidden, hidden);
        norm(block + attention.norm(), hidden);
    }
}
