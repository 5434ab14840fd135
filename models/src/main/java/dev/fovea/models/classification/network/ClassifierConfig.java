package dev.fovea.models.classification.network;

import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.ModelConfig;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.ResNetShape;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A classifier's {@code config.json}: {@code ViTConfig}, {@code ResNetConfig} or {@code CLIPConfig} of transformers,
 * with their defaults.
 *
 * @param vit sizes of a vision transformer, or null
 * @param resNet sizes of a ResNet, or null
 * @param clip sizes of CLIP's vision transformer, whose patches are averaged and classified, or null
 * @param classes names of the classes, in the order of the outputs
 */
public record ClassifierConfig(VisionShape vit, ResNetShape resNet, VisionShape clip, List<String> classes)
        implements ModelConfig {

    /**
     * The architecture that tells a classifier with CLIP's vision tower from CLIP itself, whose {@code model_type} it
     * shares.
     */
    private static final String CLIP_CLASSIFIER = "CLIPForImageClassification";

    /** Returns whether {@code config.json} of a folder is of a kind that is known here. */
    public static boolean isKnown(Path folder) {
        ConfigFile config = ConfigFile.of(folder);
        return switch (config.text("model_type", "")) {
            case "vit", "resnet" -> true;
            case "clip" -> config.texts("architectures").contains(CLIP_CLASSIFIER);
            default -> false;
        };
    }

    /**
     * Reads a checkpoint folder's configuration.
     *
     * @throws FoveaException if it is missing, broken, or of another kind of model
     */
    public static ClassifierConfig load(Path folder) {
        ConfigFile config = ConfigFile.of(folder);
        return switch (config.text("model_type", "")) {
            case "vit" -> new ClassifierConfig(vit(config), null, null, classes(config));
            case "resnet" -> new ClassifierConfig(null, ResNetShape.of(config), null, classes(config));
            case "clip" -> new ClassifierConfig(null, null, clip(folder, config), classes(config));
            default -> throw config.wrong("model_type", "\"vit\" or \"resnet\"; use a classifier's checkpoint here");
        };
    }

    @Override
    public void requestTensors(Parameters model) {
        Network.of(model, this);
    }

    private static VisionShape vit(ConfigFile config) {
        if (!config.flag("qkv_bias", true)) {
            throw config.wrong("qkv_bias", "true: attention without these biases is not supported");
        }
        TransformerShape absent =
                new TransformerShape(768, 3072, 12, 12, Activation.GELU, 1e-12f, NormPlacement.PRE, Mask.NONE);
        return VisionShape.of(config, TransformerShape.of(config, absent), 224, 16);
    }

    private static VisionShape clip(Path folder, ConfigFile config) {
        VisionShape vision = ClipConfig.load(folder).vision();
        if (vision == null || !config.texts("architectures").contains(CLIP_CLASSIFIER)) {
            throw config.wrong(
                    "architectures", "[\"" + CLIP_CLASSIFIER + "\"]; CLIP itself has no classes, give it labels");
        }
        return vision;
    }

    /**
     * Returns the names of the classes. Without names transformers numbers two classes, or as many as {@code
     * num_labels} says.
     */
    private static List<String> classes(ConfigFile config) {
        List<String> names = config.numberedNames("id2label");
        return !names.isEmpty()
                ? names
                : IntStream.range(0, config.size("num_labels", 2))
                        .mapToObj(number -> "LABEL_" + number)
                        .toList();
    }
}
