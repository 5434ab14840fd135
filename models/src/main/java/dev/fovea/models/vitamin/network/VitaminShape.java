package dev.fovea.models.vitamin.network;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.List;

/**
 * The sizes of a ViTamin: {@code vision_config} of the folders that {@code fovea convert} makes of them.
 *
 * @param transformer sizes of the blocks with attention
 * @param stem channels of the first two convolutions
 * @param stages the stages of convolutions before the blocks; each halves the map
 * @param positions whether learned positions are added to the tokens
 * @param imageSize height and width of the pictures that it was trained on
 */
public record VitaminShape(
        TransformerShape transformer, int stem, List<Stage> stages, boolean positions, int imageSize) {

    /** {@code model_type} of {@code vision_config}. */
    public static final String MODEL_TYPE = "vitamin_vision_model";

    private static final String STAGES = "stage_sizes";

    /**
     * A stage of convolutions.
     *
     * @param channels of its maps
     * @param innerChannels between the two convolutions over single pixels of a block
     * @param depth number of blocks
     */
    public record Stage(int channels, int innerChannels, int depth) {}

    /**
     * Reads the sizes by the names of transformers' vision transformers, {@code stem_size}, {@code stage_sizes}, {@code
     * stage_inner_sizes}, {@code stage_depths}, {@code positions} and {@code image_size}.
     *
     * @throws FoveaException if one is missing or cannot be
     */
    public static VitaminShape of(ConfigFile config) {
        TransformerShape absent =
                new TransformerShape(384, 768, 14, 6, Activation.GELU, 1e-6f, NormPlacement.PRE, Mask.NONE);
        TransformerShape transformer = TransformerShape.of(config, absent);
        int[] channels = config.anyNumberOfSizes(STAGES, 64, 128);
        int count = channels.length;
        int[] inner = config.sizes("stage_inner_sizes", count);
        int[] depths = config.sizes("stage_depths", count);
        List<Stage> stages = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            if (channels[number] < 1 || inner[number] < 1 || depths[number] < 1) {
                throw config.wrong(STAGES, "sizes and depths from 1 for each stage");
            }
            stages.add(new Stage(channels[number], inner[number], depths[number]));
        }
        if (stages.isEmpty()) {
            throw config.wrong(STAGES, "a size for each stage of convolutions");
        }
        VitaminShape shape = new VitaminShape(
                transformer,
                config.size("stem_size", 64),
                List.copyOf(stages),
                config.flag("positions", true),
                config.size("image_size", 224));
        if (shape.imageSize < shape.patchSize()) {
            throw config.wrong("image_size", "at least the " + shape.patchSize() + " pixels of a patch");
        }
        return shape;
    }

    /** Returns the side of what one token stands for in a picture: each convolution with a stride halves the map. */
    public int patchSize() {
        return 4 << stages.size();
    }

    /** Returns the number of tokens of a picture; every convolution with a stride rounds up. */
    public int tokens(int height, int width) {
        return Math.ceilDiv(height, patchSize()) * Math.ceilDiv(width, patchSize());
    }

    /** Describes the sizes for people. */
    public String inWords() {
        return transformer.inWords() + " after " + stages.size() + " stages of convolutions, pictures of " + imageSize
                + " x " + imageSize;
    }
}
