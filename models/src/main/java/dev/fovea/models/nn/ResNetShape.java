package dev.fovea.models.nn;

import dev.fovea.tensor.Activation;
import java.util.Arrays;
import java.util.List;

/**
 * The sizes of a residual network (He et al. 2016): those of transformers' {@code ResNetConfig}, and of CLIP's image
 * encoders.
 *
 * @param embeddingSize channels after the stem
 * @param stages the stages, first to last
 * @param bottleneck whether a block has three convolutions with few channels inside, else two
 * @param strideFirst whether a bottleneck that halves the map does so in its first convolution (He et al. 2016), not in
 *     its second
 * @param activation of the stem and at the end of every block; inside of blocks it is always ReLU
 */
public record ResNetShape(
        int embeddingSize, List<Stage> stages, boolean bottleneck, boolean strideFirst, Activation activation) {

    /** Ratio of a bottleneck's output channels to its inner ones. */
    public static final int REDUCTION = 4;

    /**
     * A stage: blocks with maps of one size.
     *
     * @param channels of the maps between blocks
     * @param depth number of blocks
     * @param stride of the first one
     */
    public record Stage(int channels, int depth, int stride) {}

    /**
     * Reads the sizes by the names of transformers' {@code ResNetConfig}.
     *
     * @throws dev.fovea.tensor.FoveaException if they do not fit together
     */
    public static ResNetShape of(ConfigFile config) {
        int[] channels = config.anyNumberOfSizes("hidden_sizes", 256, 512, 1024, 2048);
        int[] depths = config.anyNumberOfSizes("depths", 3, 4, 6, 3);
        String layerType = config.text("layer_type", "bottleneck");
        boolean bottleneck = layerType.equals("bottleneck");
        if (!bottleneck && !layerType.equals("basic")) {
            throw config.wrong("layer_type", "\"basic\" or \"bottleneck\"");
        }
        if (config.size("num_channels", 3) != 3) {
            throw config.wrong("num_channels", "3: pictures have red, green and blue");
        }
        if (depths.length != channels.length || Arrays.stream(depths).anyMatch(depth -> depth < 1)) {
            throw config.wrong("depths", channels.length + " whole numbers from 1, as many as hidden_sizes has");
        }
        int least = bottleneck ? REDUCTION : 1;
        if (Arrays.stream(channels).anyMatch(size -> size < least)) {
            throw config.wrong("hidden_sizes", "whole numbers from " + least);
        }
        boolean shrinksFirst = config.flag("downsample_in_first_stage", false);
        Stage[] stages = new Stage[channels.length];
        Arrays.setAll(stages, stage -> new Stage(channels[stage], depths[stage], stage > 0 || shrinksFirst ? 2 : 1));
        return new ResNetShape(
                config.size("embedding_size", 64),
                List.of(stages),
                bottleneck,
                config.flag("downsample_in_bottleneck", false),
                config.activation("hidden_act", Activation.RELU));
    }

    /** Describes the sizes for people. */
    public String inWords() {
        return "ResNet, " + SizeWords.each(stages, Stage::depth)
                + (bottleneck ? " bottlenecks, " : " blocks of two convolutions, ")
                + SizeWords.each(stages, Stage::channels) + " wide";
    }

    /** Returns the number of channels of the last map. */
    public int features() {
        return stages.getLast().channels();
    }
}
