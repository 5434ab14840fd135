package dev.fovea.converter;

import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the sizes of MobileCLIP's vision tower off the names and shapes of its tensors ({@code
 * timm/models/fastvit.py}). Their names stay, with {@code vision_model.} in front instead of {@code visual.trunk.}.
 */
final class FastVitLayout {

    /** What the names of the tower begin with. */
    static final String FROM = "visual.trunk.";

    /** timm's names of the towers: of the other FastViTs, which are classifiers, activations differ. */
    static final String MODELS = "fastvit_mci\\d+";

    private FastVitLayout() {}

    /**
     * Returns the tower's configuration.
     *
     * @param imageSize rows and columns of a picture, which no tensor tells
     */
    static Map<String, Object> sizes(SourceTensors source, int imageSize) {
        List<Integer> layers = new ArrayList<>();
        List<Integer> channels = new ArrayList<>();
        List<Integer> intermediate = new ArrayList<>();
        List<Boolean> attention = new ArrayList<>();
        List<Boolean> positions = new ArrayList<>();
        List<Boolean> squeezes = new ArrayList<>();
        boolean layerNorm = false;
        int stages = Math.max(1, source.count(FROM + "stages."));
        for (int number = 0; number < stages; number++) {
            String stage = FROM + "stages." + number + ".";
            Shape expand = source.shape(stage + "blocks.0.mlp.fc1.weight", 4);
            boolean attends = source.has(stage + "blocks.0.token_mixer.qkv.weight");
            layers.add(source.count(stage + "blocks."));
            intermediate.add(Math.toIntExact(expand.extent(0)));
            channels.add(Math.toIntExact(expand.extent(1)));
            attention.add(attends);
            positions.add(source.hasAny(stage + "pos_emb."));
            squeezes.add(source.hasAny(stage + "downsample.proj.0.se."));
            layerNorm |= attends && !source.has(stage + "blocks.0.norm.running_mean");
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("model_type", "fastvit_vision_model");
        config.put("layers", layers);
        config.put("embed_dims", channels);
        config.put("intermediate_sizes", intermediate);
        config.put("attention", attention);
        config.put("pos_embs", positions);
        config.put("se_downsamples", squeezes);
        config.put("layer_norm", layerNorm);
        config.put("image_size", imageSize);
        return config;
    }
}
