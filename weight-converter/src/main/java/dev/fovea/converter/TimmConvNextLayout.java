package dev.fovea.converter;

import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the sizes of a ConvNeXt of timm in a CLIP off the names and shapes of its tensors ({@code
 * timm/models/convnext.py}), and of the projection that open_clip puts behind it ({@code open_clip/timm_model.py}).
 * Their names stay, with {@code vision_model.} in front instead of {@code visual.trunk.} and {@code visual.}.
 */
final class TimmConvNextLayout {

    /** timm's names of the towers. */
    static final String MODELS = "convnext_(tiny|small|base|large|xlarge|xxlarge)";

    private static final String FROM = FastVitLayout.FROM;
    private static final String HEAD = "visual.head.";
    private static final double EPSILON = 1e-6;
    private static final double LARGEST_EPSILON = 1e-5;

    private TimmConvNextLayout() {}

    /** Returns whether a source has such a tower. */
    static boolean isOne(SourceTensors source) {
        return source.has(FROM + "stages.0.blocks.0.conv_dw.weight");
    }

    /** Returns the tower's configuration. */
    static Map<String, Object> sizes(SourceTensors source, ClipTraits traits) {
        String name = traits.requireTimm(source.file());
        List<Integer> depths = new ArrayList<>();
        List<Integer> channels = new ArrayList<>();
        for (int number = 0; number < source.count(FROM + "stages."); number++) {
            String blocks = FROM + "stages." + number + ".blocks.";
            Shape norm = source.shape(blocks + "0.norm.weight", 1);
            depths.add(source.count(blocks));
            channels.add(Math.toIntExact(norm.extent(0)));
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("model_type", "timm_convnext_vision_model");
        config.put("depths", depths);
        config.put("hidden_sizes", channels);
        config.put("layer_norm_eps", name.equals("convnext_xxlarge") ? LARGEST_EPSILON : EPSILON);
        if (source.has(HEAD + "mlp.fc1.weight")) {
            Shape inner = source.shape(HEAD + "mlp.fc1.weight", 2);
            config.put("projection_inner_size", Math.toIntExact(inner.extent(0)));
        }
        config.put("image_size", traits.sizes().image());
        return config;
    }

    /** Adds the names of the tower. */
    static Renamings add(Renamings names) {
        return names.add(FROM + "*", "vision_model.*").add(HEAD + "*", "vision_model.head.*");
    }
}
