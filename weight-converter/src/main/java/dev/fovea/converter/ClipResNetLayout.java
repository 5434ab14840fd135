package dev.fovea.converter;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Converts the vision tower of a CLIP ResNet. Names stay as OpenAI's code has them ({@code ModifiedResNet} in {@code
 * clip/model.py}), with {@code vision_model.} in front instead of {@code visual.}. Sizes follow from shapes.
 */
final class ClipResNetLayout {

    private static final String FROM = "visual.";
    private static final String TO = "vision_model.";

    /** The stem halves a picture twice, three of the four stages once. */
    private static final int SHRINKING = 32;

    /** Output channels of a bottleneck for each channel inside. */
    private static final int EXPANSION = 4;

    private static final List<String> NORM = List.of("weight", "bias", "running_mean", "running_var");

    private final SourceTensors source;
    private final Draft draft;

    ClipResNetLayout(SourceTensors source, Draft draft) {
        this.source = source;
        this.draft = draft;
    }

    /** Takes the tower's tensors; returns its configuration. */
    Map<String, Object> convert(int embedding, int headWidth) {
        Shape stem = source.shape(FROM + "conv1.weight", 4);
        int width = Math.toIntExact(source.shape(FROM + "conv3.weight", 4).extent(0));
        long half = stem.extent(0);
        convolution("conv1", half, stem.extent(1), 3);
        norm("bn1", half);
        convolution("conv2", half, half, 3);
        norm("bn2", half);
        convolution("conv3", width, half, 3);
        norm("bn3", width);
        int[] layers = new int[4];
        long inputs = width;
        for (int stage = 0; stage < layers.length; stage++) {
            String name = "layer" + (stage + 1) + ".";
            layers[stage] = source.count(FROM + name);
            long channels = (long) width << stage;
            for (int block = 0; block < layers[stage]; block++) {
                bottleneck(name + block + ".", inputs, channels);
                inputs = EXPANSION * channels;
            }
        }
        long rows = pool(inputs, embedding);
        if (SHRINKING * width % headWidth != 0) {
            throw new ModelException(
                    source.file() + ": a pool of width " + SHRINKING * width + " cannot be split into heads of "
                            + headWidth + "; do the weights and the configuration belong together?");
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("model_type", "clip_resnet_vision_model");
        config.put("layers", List.of(layers[0], layers[1], layers[2], layers[3]));
        config.put("width", width);
        config.put("num_attention_heads", SHRINKING * width / headWidth);
        config.put("image_size", SHRINKING * ClipLayout.grid(source.file(), rows - 1));
        config.put("projection_dim", embedding);
        return config;
    }

    private void bottleneck(String block, long inputs, long channels) {
        convolution(block + "conv1", channels, inputs, 1);
        norm(block + "bn1", channels);
        convolution(block + "conv2", channels, channels, 3);
        norm(block + "bn2", channels);
        convolution(block + "conv3", EXPANSION * channels, channels, 1);
        norm(block + "bn3", EXPANSION * channels);
        if (source.hasAny(FROM + block + "downsample.")) {
            convolution(block + "downsample.0", EXPANSION * channels, inputs, 1);
            norm(block + "downsample.1", EXPANSION * channels);
        }
    }

    private long pool(long channels, int embedding) {
        long rows = source.shape(FROM + "attnpool.positional_embedding", 2).extent(0);
        move("attnpool.positional_embedding", rows, channels);
        for (String part : List.of("q_proj", "k_proj", "v_proj")) {
            move("attnpool." + part + ".weight", channels, channels);
            move("attnpool." + part + ".bias", channels);
        }
        move("attnpool.c_proj.weight", embedding, channels);
        move("attnpool.c_proj.bias", embedding);
        return rows;
    }

    private void convolution(String name, long outputs, long inputs, long kernel) {
        move(name + ".weight", outputs, inputs, kernel, kernel);
    }

    private void norm(String name, long channels) {
        NORM.forEach(part -> move(name + "." + part, channels));
    }

    private void move(String name, long... shape) {
        draft.add(TO + name, source.take(FROM + name, shape));
    }
}
