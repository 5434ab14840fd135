package dev.fovea.models.timm.network;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.FoveaException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Reads {@code config.json} of timm's own folders, which names an architecture instead of its sizes ({@code
 * timm/models/vision_transformer.py}). {@code model_args} may change some of them.
 */
public final class TimmConfig {

    private static final Pattern ARCHITECTURE = Pattern.compile(
            "(?:vit|deit)_(tiny|small|base|large|huge)_patch(\\d{1,3})_(clip_)?(quickgelu_)?(\\d{1,4})(\\..*)?");

    /** Channels, blocks and heads. */
    private static final Map<String, List<Integer>> SIZES = Map.of(
            "tiny", List.of(192, 12, 3),
            "small", List.of(384, 12, 6),
            "base", List.of(768, 12, 12),
            "large", List.of(1024, 24, 16),
            "huge", List.of(1280, 32, 16));

    private static final Set<String> ARGUMENTS = Set.of(
            "img_size",
            "patch_size",
            "embed_dim",
            "depth",
            "num_heads",
            "mlp_ratio",
            "num_classes",
            "in_chans",
            "global_pool");

    private TimmConfig() {}

    /** Returns whether a configuration is timm's, of an architecture that is known here. */
    public static boolean isKnown(ConfigFile config) {
        return isOfTimm(config)
                && (isConvNext(config)
                        || ARCHITECTURE.matcher(config.text("architecture", "")).matches());
    }

    /** Returns whether a configuration is timm's. */
    public static boolean isOfTimm(ConfigFile config) {
        return config.isText("architecture") && config.has("pretrained_cfg");
    }

    /** Returns whether a configuration of timm's is that of a ConvNeXt. */
    public static boolean isConvNext(ConfigFile config) {
        return TimmConvNextShape.isOne(config.text("architecture", ""));
    }

    /**
     * Reads the sizes of a ConvNeXt.
     *
     * @throws FoveaException if it has parts that Fovea does not run
     */
    public static TimmConvNextShape convNext(ConfigFile config) {
        return TimmConvNextShape.ofFolder(config);
    }

    /**
     * Reads the sizes of a vision transformer.
     *
     * @throws FoveaException if the architecture is another, or has parts that Fovea does not run
     */
    public static TimmVitShape shape(ConfigFile config) {
        Matcher name = ARCHITECTURE.matcher(config.text("architecture", ""));
        if (!name.matches()) {
            throw config.wrong(
                    "architecture",
                    "a vision transformer or a ConvNeXt, such as vit_base_patch16_224, deit_small_patch16_224 or"
                            + " convnext_tiny");
        }
        ConfigFile arguments = config.at("model_args");
        requirePooling(config, "token");
        requirePooling(arguments, "token");
        refuseOthers(arguments, ARGUMENTS, "vision transformers");
        boolean clip = name.group(3) != null;
        List<Integer> sizes = SIZES.get(name.group(1));
        int hidden = arguments.size("embed_dim", sizes.get(0));
        TransformerShape transformer = new TransformerShape(
                hidden,
                (int) (hidden * arguments.number("mlp_ratio", 4)),
                arguments.size("depth", sizes.get(1)),
                arguments.size("num_heads", sizes.get(2)),
                name.group(4) == null ? Activation.GELU : Activation.QUICK_GELU,
                clip ? 1e-5f : 1e-6f,
                NormPlacement.PRE,
                Mask.NONE);
        if (hidden % transformer.heads() != 0) {
            throw arguments.wrong("num_heads", "a divisor of embed_dim " + hidden);
        }
        int patch = arguments.size("patch_size", Integer.parseInt(name.group(2)));
        int image = imageSize(config, arguments, Integer.parseInt(name.group(5)));
        if (patch < 1 || patch > image) {
            throw config.wrong("architecture", "patches from 1 pixel to the size of a picture, " + image);
        }
        return new TimmVitShape(new VisionShape(transformer, 3, image, patch), List.of(), !clip, clip);
    }

    /** Refuses arguments that ask for parts that only some models have. */
    static void refuseOthers(ConfigFile arguments, Set<String> known, String kind) {
        arguments.names().stream()
                .filter(argument -> !known.contains(argument))
                .findFirst()
                .ifPresent(argument -> {
                    throw arguments.wrong(argument, "nothing: Fovea runs timm's plain " + kind + " only");
                });
    }

    /** Refuses another way of pooling than one. */
    static void requirePooling(ConfigFile config, String pooling) {
        if (!config.text("global_pool", pooling).equals(pooling)) {
            throw config.wrong("global_pool", "\"" + pooling + "\", as this architecture has it in Fovea");
        }
    }

    static int imageSize(ConfigFile config, ConfigFile arguments, int named) {
        ConfigFile pretrained = config.at("pretrained_cfg");
        int[] input = pretrained.sizes("input_size", 3, 3, named, named);
        if (input[0] != 3 || input[1] != input[2] || input[1] < 1) {
            throw pretrained.wrong("input_size", "[3, size, size]: three colours and a square");
        }
        if (arguments.size("in_chans", 3) != 3) {
            throw arguments.wrong("in_chans", "3: pictures have red, green and blue");
        }
        int[] sides = arguments.sides("img_size", input[1]);
        if (sides[0] != sides[1]) {
            throw arguments.wrong("img_size", "a square");
        }
        return sides[0];
    }

    /** Returns the names of the classes; without names they are numbered, since timm keeps those of ImageNet itself. */
    public static List<String> classes(ConfigFile config) {
        int count = config.size("num_classes", 1000);
        ConfigFile holder = config.has("label_names") ? config : config.at("pretrained_cfg");
        List<String> names = holder.texts("label_names");
        if (!names.isEmpty() && names.size() != count) {
            throw holder.wrong("label_names", count + " names, as num_classes says");
        }
        return !names.isEmpty()
                ? names
                : IntStream.range(0, count)
                        .mapToObj(number -> "LABEL_" + number)
                        .toList();
    }
}
