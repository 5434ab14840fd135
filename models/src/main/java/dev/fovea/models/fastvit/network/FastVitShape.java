package dev.fovea.models.fastvit.network;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.SizeWords;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The sizes of a FastViT: {@code vision_config} of the folders that {@code fovea convert} makes of MobileCLIPs.
 *
 * @param stages the stages, first to last; each but the first halves the map
 * @param layerNorm whether what attention reads is normalised by a layer norm, as in MobileCLIP 2's large encoders,
 *     else by a batch norm
 * @param imageSize height and width of the pictures that it was trained on
 */
public record FastVitShape(List<Stage> stages, boolean layerNorm, int imageSize) {

    /** {@code model_type} of {@code vision_config}. */
    public static final String MODEL_TYPE = "fastvit_vision_model";

    /** Channels of a head of attention. */
    static final int HEAD_SIZE = 32;

    /** The last convolution has twice as many channels as the last stage. */
    private static final int EXPANSION = 2;

    /** The stem halves the picture twice. */
    private static final int SHRINKING = 4;

    /**
     * A stage: blocks with maps of one size.
     *
     * @param channels of its maps
     * @param depth number of blocks
     * @param intermediateSize channels inside of the MLPs
     * @param attends whether its tokens are mixed by attention, else by a convolution
     * @param positions whether a convolution adds positions before the first block (Chu et al. 2021)
     * @param squeezes whether the convolution that halves the map ends with squeeze and excitation
     */
    public record Stage(
            int channels, int depth, int intermediateSize, boolean attends, boolean positions, boolean squeezes) {

        /** Returns the number of heads of attention. */
        public int heads() {
            return channels / HEAD_SIZE;
        }
    }

    /**
     * Reads lists with one entry for each stage: {@code embed_dims}, {@code layers}, {@code intermediate_sizes}, {@code
     * attention}, {@code pos_embs} and {@code se_downsamples}; and {@code layer_norm} and {@code image_size}.
     *
     * @throws FoveaException if one is missing or cannot be
     */
    public static FastVitShape of(ConfigFile config) {
        int[] channels = config.anyNumberOfSizes("embed_dims");
        int count = channels.length;
        int[] depths = config.sizes("layers", count);
        int[] intermediate = config.sizes("intermediate_sizes", count);
        boolean[] attention = config.flags("attention", count);
        boolean[] positions = config.flags("pos_embs", count);
        boolean[] squeezes = config.flags("se_downsamples", count);
        if (count == 0 || IntStream.of(channels).anyMatch(size -> size < 1)) {
            throw config.wrong("embed_dims", "whole numbers from 1, one for each stage");
        }
        if (IntStream.of(intermediate).anyMatch(size -> size < 1)) {
            throw config.wrong("intermediate_sizes", count + " whole numbers from 1");
        }
        List<Stage> stages = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (attention[i] && channels[i] % HEAD_SIZE != 0) {
                throw config.wrong("embed_dims", "multiples of " + HEAD_SIZE + " in stages with attention");
            }
            if (i > 0 && channels[i] % channels[i - 1] != 0) {
                throw config.wrong("embed_dims", "sizes of which each is a multiple of the one before");
            }
            stages.add(new Stage(
                    channels[i], depths[i], intermediate[i], attention[i], positions[i], i > 0 && squeezes[i]));
        }
        return new FastVitShape(stages, config.flag("layer_norm", false), config.size("image_size", 256));
    }

    /** Describes the sizes for people. */
    public String inWords() {
        return "FastViT, " + SizeWords.each(stages, Stage::depth) + " blocks, "
                + SizeWords.each(stages, Stage::channels) + " wide, "
                + stages.stream().filter(Stage::attends).count() + " stages with attention, pictures of " + imageSize
                + " x " + imageSize;
    }

    /** Returns the number of channels of what is pooled. */
    public int features() {
        return EXPANSION * stages.getLast().channels();
    }

    /** Returns the side of the square of pixels of a picture that becomes one pixel of the last map. */
    public int shrinking() {
        return SHRINKING << (stages.size() - 1);
    }
}
