package dev.fovea.models.convnext.network;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.SizeWords;
import dev.fovea.tensor.Activation;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The sizes of a ConvNeXt.
 *
 * @param stages the stages, first to last
 * @param activation of the MLPs
 * @param epsilon of the layer norms
 * @param lastEpsilon of the layer norm behind the last stage
 */
public record ConvNextShape(List<Stage> stages, Activation activation, float epsilon, float lastEpsilon) {

    /**
     * A stage: blocks with maps of one size.
     *
     * @param channels of a pixel
     * @param depth number of blocks
     */
    public record Stage(int channels, int depth) {}

    /** Copies the list. */
    public ConvNextShape {
        stages = List.copyOf(stages);
    }

    /** Describes the sizes for people. */
    public String inWords() {
        return "ConvNeXt, " + SizeWords.each(stages, Stage::depth) + " blocks, "
                + SizeWords.each(stages, Stage::channels) + " wide";
    }

    /** Returns the channels of the last stage. */
    public int channels() {
        return stages.getLast().channels();
    }

    /**
     * Reads the stages.
     *
     * @param channels name of the field with the channels of each stage
     * @param absentChannels of a file without them
     * @param absentDepths of a file without {@code depths}
     * @throws dev.fovea.tensor.FoveaException if they cannot be
     */
    public static List<Stage> stages(ConfigFile config, String channels, int[] absentChannels, int[] absentDepths) {
        int[] widths = config.anyNumberOfSizes(channels, absentChannels);
        int[] depths = config.anyNumberOfSizes("depths", absentDepths);
        if (widths.length == 0 || IntStream.of(widths).anyMatch(size -> size < 1)) {
            throw config.wrong(channels, "whole numbers from 1");
        }
        if (depths.length != widths.length) {
            throw config.wrong("depths", widths.length + " whole numbers, one for each of " + channels);
        }
        return IntStream.range(0, widths.length)
                .mapToObj(stage -> new Stage(widths[stage], depths[stage]))
                .toList();
    }

    /**
     * Reads the epsilon of layer norms, {@code layer_norm_eps}.
     *
     * @throws dev.fovea.tensor.FoveaException if it cannot be one
     */
    public static float epsilon(ConfigFile config, float absent) {
        float epsilon = config.number("layer_norm_eps", absent);
        if (!(epsilon >= 0 && epsilon <= 1)) {
            throw config.wrong("layer_norm_eps", "a number from 0 to 1");
        }
        return epsilon;
    }
}
