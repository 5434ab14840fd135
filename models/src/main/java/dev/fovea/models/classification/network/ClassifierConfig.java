package dev.fovea.models.classification.network;

import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.models.convnext.network.ConvNextShape;
import dev.fovea.models.dinov2.network.Dinov2Config;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.ModelConfig;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.ResNetShape;
import dev.fovea.models.nn.SizeWords;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.models.timm.network.TimmConfig;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A classifier's {@code config.json}: {@code ViTConfig}, {@code ResNetConfig}, {@code ConvNextConfig}, {@code
 * CLIPConfig} or {@code Dinov2Config} of transformers, with their defaults, or timm's.
 *
 * @param network sizes of the network
 * @param classes names of the classes, in the order of the outputs
 */
public record ClassifierConfig(NetworkShape network, List<String> classes) implements ModelConfig {

    /** How the architectures end that tell a classifier from the tower alone, whose {@code model_type} it shares. */
    private static final String CLASSIFIER = "ForImageClassification";

    /** Returns whether {@code config.json} of a folder is of a kind that is known here. */
    public static boolean isKnown(Path folder) {
        ConfigFile config = ConfigFile.of(folder);
        return switch (config.text("model_type", "")) {
            case "vit", "resnet", "convnext" -> true;
            case "clip", "dinov2", "dinov2_with_registers" -> isClassifier(config);
            case "" -> TimmConfig.isKnown(config);
            default -> false;
        };
    }

    private static boolean isClassifier(ConfigFile config) {
        return config.texts("architectures").stream().anyMatch(name -> name.endsWith(CLASSIFIER));
    }

    /**
     * Reads a checkpoint folder's configuration.
     *
     * @throws FoveaException if it is missing, broken, or of another kind of model
     */
    public static ClassifierConfig load(Path folder) {
        ConfigFile config = ConfigFile.of(folder);
        if (TimmConfig.isOfTimm(config)) {
            NetworkShape ofTimm = TimmConfig.isConvNext(config)
                    ? new NetworkShape.ConvNextOfTimm(TimmConfig.convNext(config))
                    : new NetworkShape.VitOfTimm(TimmConfig.shape(config));
            return new ClassifierConfig(ofTimm, TimmConfig.classes(config));
        }
        NetworkShape network = switch (config.text("model_type", "")) {
            case "vit" -> new NetworkShape.Vit(vit(config));
            case "convnext" -> new NetworkShape.ConvNext(convNext(config));
            case "resnet" -> new NetworkShape.ResNet(ResNetShape.of(config));
            case "clip" -> new NetworkShape.Clip(clip(folder, config));
            case "dinov2", "dinov2_with_registers" -> new NetworkShape.Dinov2(dinov2(folder, config));
            default ->
                throw config.wrong(
                        "model_type",
                        "\"vit\", \"resnet\", \"convnext\", \"clip\", \"dinov2\" or \"dinov2_with_registers\", or a"
                                + " classifier of timm's; use a classifier's checkpoint here");
        };
        return new ClassifierConfig(network, classes(config));
    }

    @Override
    public void requestTensors(Parameters model) {
        network.network(model, classes.size());
    }

    @Override
    public Map<String, String> sizesInWords() {
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put(
                "picture tower",
                switch (network) {
                    case NetworkShape.Vit vit -> vit.vision().inWords();
                    case NetworkShape.Clip clip -> clip.vision().inWords();
                    case NetworkShape.VitOfTimm timm -> timm.sizes().sizes().inWords();
                    case NetworkShape.ConvNextOfTimm convNext ->
                        convNext.sizes().sizes().inWords();
                    case NetworkShape.ConvNext convNext -> convNext.sizes().inWords();
                    case NetworkShape.Dinov2 dinov2 -> dinov2.tower().vision().inWords();
                    case NetworkShape.ResNet resNet -> resNet.sizes().inWords();
                });
        lines.put("classes", SizeWords.count(classes.size()));
        return lines;
    }

    private static VisionShape vit(ConfigFile config) {
        if (!config.flag("qkv_bias", true)) {
            throw config.wrong("qkv_bias", "true: attention without these biases is not supported");
        }
        TransformerShape absent =
                new TransformerShape(768, 3072, 12, 12, Activation.GELU, 1e-12f, NormPlacement.PRE, Mask.NONE);
        return VisionShape.of(config, TransformerShape.of(config, absent), 224, 16);
    }

    /** Reads a ConvNeXt, of whose norms only the last has the configuration's epsilon. */
    private static ConvNextShape convNext(ConfigFile config) {
        if (config.size("num_channels", 3) != 3 || config.size("patch_size", 4) != 4) {
            throw config.wrong("patch_size", "4, and num_channels 3, as in every published ConvNeXt");
        }
        return new ConvNextShape(
                ConvNextShape.stages(config, "hidden_sizes", new int[] {96, 192, 384, 768}, new int[] {3, 3, 9, 3}),
                config.activation("hidden_act", Activation.GELU),
                1e-6f,
                ConvNextShape.epsilon(config, 1e-12f));
    }

    private static VisionShape clip(Path folder, ConfigFile config) {
        VisionShape vision = ClipConfig.load(folder).vision();
        if (vision == null || !isClassifier(config)) {
            throw config.wrong(
                    "architectures", "[\"CLIP" + CLASSIFIER + "\"]; CLIP itself has no classes, give it labels");
        }
        return vision;
    }

    private static Dinov2Config dinov2(Path folder, ConfigFile config) {
        if (!isClassifier(config)) {
            throw config.wrong(
                    "architectures", "[\"Dinov2" + CLASSIFIER + "\"]; DINOv2 itself has no classes, embed with it");
        }
        return Dinov2Config.load(folder);
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
