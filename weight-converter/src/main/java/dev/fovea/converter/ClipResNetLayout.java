package dev.fovea.converter;

import dev.fovea.tensor.ModelException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Reads the sizes of a CLIP ResNet's vision tower off the shapes of its tensors ({@code ModifiedResNet} in {@code
 * clip/model.py}). Their names stay, with {@code vision_model.} in front instead of {@code visual.}.
 */
final class ClipResNetLayout {

    private static final String FROM = "visual.";

    /** The stem halves a picture twice, three of the four stages once. */
    private static final int SHRINKING = 32;

    private ClipResNetLayout() {}

    /** Returns the tower's configuration. */
    static Map<String, Object> sizes(SourceTensors source, int embedding, int headWidth) {
        int width = Math.toIntExact(source.shape(FROM + "conv3.weight", 4).extent(0));
        List<Integer> layers = IntStream.rangeClosed(1, 4)
                .mapToObj(stage -> source.count(FROM + "layer" + stage + "."))
                .toList();
        long rows = source.shape(FROM + "attnpool.positional_embedding", 2).extent(0);
        if (SHRINKING * width % headWidth != 0) {
            throw new ModelException(
                    source.file() + ": a pool of width " + SHRINKING * width + " cannot be split into heads of "
                            + headWidth + "; do the weights and the configuration belong together?");
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("model_type", "clip_resnet_vision_model");
        config.put("layers", layers);
        config.put("width", width);
        config.put("num_attention_heads", SHRINKING * width / headWidth);
        config.put("image_size", SHRINKING * ClipLayout.grid(source.file(), rows - 1));
        config.put("projection_dim", embedding);
        return config;
    }
}
