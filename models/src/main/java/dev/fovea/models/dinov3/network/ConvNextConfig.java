package dev.fovea.models.dinov3.network;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.towers.PairScore;
import dev.fovea.models.towers.Towers;
import dev.fovea.models.towers.TowersConfig;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The {@code config.json} of a DINOv3 with a ConvNeXt, with the defaults of transformers' {@code DINOv3ConvNextConfig}.
 *
 * @param stages the stages, first to last
 * @param activation of the MLPs
 * @param epsilon of the layer norms
 */
public record ConvNextConfig(List<Stage> stages, Activation activation, float epsilon) implements TowersConfig {

    /**
     * A stage: blocks with maps of one size.
     *
     * @param channels of a pixel
     * @param depth number of blocks
     */
    public record Stage(int channels, int depth) {}

    @Override
    public Towers towers(Parameters model) {
        return new Towers(new ConvNextTower(model, this), null, PairScore.COSINE);
    }

    /**
     * Reads a checkpoint folder's configuration.
     *
     * @throws FoveaException if it is missing, broken, or asks for something that is not supported
     */
    public static ConvNextConfig load(Path folder) {
        ConfigFile config = ConfigFile.of(folder);
        int[] channels = config.anyNumberOfSizes("hidden_sizes", 96, 192, 384, 768);
        int[] depths = config.anyNumberOfSizes("depths", 3, 3, 9, 3);
        if (depths.length != channels.length) {
            throw config.wrong("depths", channels.length + " whole numbers, one for each of hidden_sizes");
        }
        if (IntStream.of(channels).anyMatch(size -> size < 1)) {
            throw config.wrong("hidden_sizes", "whole numbers from 1");
        }
        if (config.size("num_channels", 3) != 3) {
            throw config.wrong("num_channels", "3: pictures have red, green and blue");
        }
        float epsilon = config.number("layer_norm_eps", 1e-6f);
        if (!(epsilon >= 0 && epsilon <= 1)) {
            throw config.wrong("layer_norm_eps", "a number from 0 to 1");
        }
        List<Stage> stages = IntStream.range(0, channels.length)
                .mapToObj(stage -> new Stage(channels[stage], depths[stage]))
                .toList();
        Activation activation = config.activation("hidden_act", Activation.GELU);
        config.refuseUnknown("image_size"); // any size will do
        return new ConvNextConfig(stages, activation, epsilon);
    }
}
