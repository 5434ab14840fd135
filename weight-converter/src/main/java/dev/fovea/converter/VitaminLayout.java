package dev.fovea.converter;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the sizes of a ViTamin off the names and shapes of its tensors ({@code timm/models/vitamin.py}). Their names
 * stay, with {@code vision_model.} in front instead of {@code visual.trunk.} and {@code visual.}.
 */
final class VitaminLayout {

    /** timm's names of the towers. */
    static final String MODELS = "vitamin_(small|base|large|large2|xlarge)_\\d+";

    private static final String FROM = FastVitLayout.FROM;
    private static final String BACKBONE = FROM + "patch_embed.backbone.";
    private static final double EPSILON = 1e-6;

    private VitaminLayout() {}

    /** Returns whether a source has such a tower. */
    static boolean isOne(SourceTensors source) {
        return source.has(BACKBONE + "stem.conv1.weight");
    }

    /** Returns the tower's configuration. */
    static Map<String, Object> sizes(SourceTensors source, ClipTraits traits) {
        String name = traits.requireTimm(source.file());
        List<Integer> channels = new ArrayList<>();
        List<Integer> inner = new ArrayList<>();
        List<Integer> depths = new ArrayList<>();
        for (int number = 0; number < source.count(BACKBONE + "stages."); number++) {
            String blocks = BACKBONE + "stages." + number + ".";
            channels.add(size(source, blocks + "0.conv3_1x1.weight", 4, 0));
            inner.add(size(source, blocks + "0.conv3_1x1.weight", 4, 1));
            depths.add(source.count(blocks));
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("model_type", "vitamin_vision_model");
        config.put("hidden_size", size(source, BACKBONE + "pool.proj.weight", 4, 0));
        config.put("intermediate_size", size(source, FROM + "blocks.0.mlp.w0.weight", 2, 0));
        config.put("num_hidden_layers", source.count(FROM + "blocks."));
        config.put("num_attention_heads", EvaLayout.heads(name));
        config.put("hidden_act", ClipTraits.GELU);
        config.put("layer_norm_eps", EPSILON);
        config.put("stem_size", size(source, BACKBONE + "stem.conv1.weight", 4, 0));
        config.put("stage_sizes", channels);
        config.put("stage_inner_sizes", inner);
        config.put("stage_depths", depths);
        config.put("positions", source.has(FROM + "pos_embed"));
        config.put("image_size", traits.sizes().image());
        return config;
    }

    private static int size(SourceTensors source, String name, int rank, int axis) {
        return Math.toIntExact(source.shape(name, rank).extent(axis));
    }
}
