package dev.fovea.models.dinov3.network;

import dev.fovea.models.convnext.network.ConvNextNames;
import dev.fovea.models.convnext.network.ConvNextShape;
import dev.fovea.models.convnext.network.ConvNextTower;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.towers.PairScore;
import dev.fovea.models.towers.TowerFamily;
import dev.fovea.models.towers.Towers;
import dev.fovea.models.towers.TowersConfig;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.Set;

/**
 * The {@code config.json} of a DINOv3 with a ConvNeXt, with the defaults of transformers' {@code DINOv3ConvNextConfig}.
 *
 * @param sizes of the tower
 */
public record ConvNextConfig(ConvNextShape sizes) implements TowersConfig {

    /** What this package tells of these models. */
    public static final TowerFamily FAMILY = new TowerFamily(Set.of("dinov3_convnext"), false, ConvNextConfig::load);

    @Override
    public String design() {
        return "convnext";
    }

    @Override
    public int dimension() {
        return sizes.channels();
    }

    @Override
    public String imageTowerInWords() {
        return sizes.inWords();
    }

    @Override
    public Towers towers(Parameters model) {
        return new Towers(new ConvNextTower(model, ConvNextNames.DINOV3, sizes, "dinov3"), null, PairScore.COSINE);
    }

    /**
     * Reads a checkpoint folder's configuration.
     *
     * @throws FoveaException if it is missing, broken, or asks for something that is not supported
     */
    public static ConvNextConfig load(Path folder) {
        ConfigFile config = ConfigFile.of(folder);
        if (config.size("num_channels", 3) != 3) {
            throw config.wrong("num_channels", "3: pictures have red, green and blue");
        }
        float epsilon = ConvNextShape.epsilon(config, 1e-6f);
        ConvNextShape sizes = new ConvNextShape(
                ConvNextShape.stages(config, "hidden_sizes", new int[] {96, 192, 384, 768}, new int[] {3, 3, 9, 3}),
                config.activation("hidden_act", Activation.GELU),
                epsilon,
                epsilon);
        config.refuseUnknown("image_size"); // any size will do
        return new ConvNextConfig(sizes);
    }
}
