package dev.fovea.models.clip;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.tensor.FoveaException;
import java.util.Arrays;
import java.util.List;

/**
 * The sizes of a CLIP ResNet: {@code vision_config} of Fovea's own folder format for OpenAI's ResNet checkpoints, which have none of their
 * own.
 *
 * @param layers blocks of each of the four stages
 * @param width channels after the stem; the last map has 32 times as many
 * @param heads of the attention that pools
 * @param imageSize height and width of the pictures, a multiple of 32
 */
public record ResNetShape(List<Integer> layers, int width, int heads, int imageSize) {

    /** {@code model_type} of {@code vision_config}. */
    public static final String MODEL_TYPE = "clip_resnet_vision_model";

    /** How many stages there are; each but the first halves the map. */
    public static final int STAGES = 4;

    /** A picture's side by that of the last map: the stem takes a quarter, three stages half each. */
    static final int REDUCTION = 32;

    /** A bottleneck's output channels by its inner ones. */
    public static final int EXPANSION = 4;

    /** Reads {@code layers}, {@code width}, {@code num_attention_heads} and {@code image_size}. */
    static ResNetShape of(ConfigFile config) {
        int[] layers = config.sizes("layers", STAGES);
        int width = config.size("width", 64);
        ResNetShape shape = new ResNetShape(
                Arrays.stream(layers).boxed().toList(),
                width,
                config.size("num_attention_heads", Math.max(1, width / 2)),
                config.size("image_size", 224));
        if (Arrays.stream(layers).anyMatch(count -> count < 1)) {
            throw config.wrong("layers", STAGES + " whole numbers from 1");
        }
        if (width % 2 != 0) {
            throw config.wrong("width", "an even number");
        }
        if (shape.imageSize % REDUCTION != 0) {
            throw config.wrong("image_size", "a multiple of " + REDUCTION);
        }
        if (shape.features() % shape.heads != 0) {
            throw config.wrong("num_attention_heads", "a divisor of " + shape.features() + ", 32 times width");
        }
        return shape;
    }

    /** Channels inside the blocks of a stage. */
    public int planes(int stage) {
        return width << stage;
    }

    /** Channels of the last map. */
    public int features() {
        return planes(STAGES - 1) * EXPANSION;
    }

    /** Tokens that attention pooling sees: the pixels of the last map and their mean. */
    public int positions() {
        int side = imageSize / REDUCTION;
        return 1 + side * side;
    }

    /**
     * Refuses pictures of another size: there are no positions for them.
     *
     * @throws FoveaException if height or width is not {@link #imageSize}
     */
    void requireSize(int height, int width) {
        if (height != imageSize || width != imageSize) {
            throw new FoveaException("pictures of " + width + " x " + height + " pixels; this model reads " + imageSize
                    + " x " + imageSize);
        }
    }
}
