package dev.fovea.models.clip.network;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.ResNetShape;
import dev.fovea.models.nn.SizeWords;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The sizes of CLIP's ResNet: {@code vision_config} of Fovea's own folder format for OpenAI's ResNet checkpoints, which
 * come without a configuration.
 *
 * @param network the stem's channels and the four stages of bottlenecks; the last map has 32 times as many channels as
 *     the stem makes
 * @param heads of the attention that pools
 * @param imageSize height and width of the pictures, a multiple of 32
 */
public record ClipResNetShape(ResNetShape network, int heads, int imageSize) {

    /** {@code model_type} of {@code vision_config}. */
    public static final String MODEL_TYPE = "clip_resnet_vision_model";

    /** Number of stages; each but the first halves the map. */
    private static final int STAGES = 4;

    /** Side of a picture divided by that of the last map: the stem takes a quarter, three stages half each. */
    private static final int SHRINKING = 32;

    /** Reads {@code layers}, {@code width}, {@code num_attention_heads} and {@code image_size}. */
    static ClipResNetShape of(ConfigFile config) {
        int[] layers = config.sizes("layers", STAGES);
        int width = config.size("width", 64);
        ClipResNetShape shape = new ClipResNetShape(
                network(layers, width),
                config.size("num_attention_heads", Math.max(1, width / 2)),
                config.size("image_size", 224));
        if (Arrays.stream(layers).anyMatch(count -> count < 1)) {
            throw config.wrong("layers", STAGES + " whole numbers from 1");
        }
        if (width % 2 != 0) {
            throw config.wrong("width", "an even number");
        }
        if (shape.imageSize % SHRINKING != 0) {
            throw config.wrong("image_size", "a multiple of " + SHRINKING);
        }
        if (shape.features() % shape.heads != 0) {
            throw config.wrong("num_attention_heads", "a divisor of " + shape.features() + ", 32 times width");
        }
        return shape;
    }

    private static ResNetShape network(int[] layers, int width) {
        List<ResNetShape.Stage> stages = new ArrayList<>();
        for (int stage = 0; stage < STAGES; stage++) {
            int channels = (width << stage) * ResNetShape.REDUCTION;
            stages.add(new ResNetShape.Stage(channels, layers[stage], stage == 0 ? 1 : 2));
        }
        return new ResNetShape(width, stages, true, false, Activation.RELU);
    }

    /** Describes the sizes for people. */
    String inWords() {
        return "ResNet, " + SizeWords.each(network.stages(), ResNetShape.Stage::depth) + " bottlenecks, "
                + network.embeddingSize() + " wide after the stem, " + heads + " heads that pool, pictures of "
                + imageSize + " x " + imageSize;
    }

    /** Returns the number of channels of the last map. */
    public int features() {
        return network.features();
    }

    /** Returns the number of tokens that attention pooling reads: the pixels of the last map and their mean. */
    public int positions() {
        int side = imageSize / SHRINKING;
        return 1 + side * side;
    }

    /**
     * Refuses pictures of another size: there are no positions for them.
     *
     * @throws FoveaException if height or width is not {@link #imageSize}
     */
    void requireSize(int height, int width) {
        if (height != imageSize || width != imageSize) {
            throw new ModelException("pictures of " + width + " x " + height + " pixels; this model reads " + imageSize
                    + " x " + imageSize);
        }
    }
}
