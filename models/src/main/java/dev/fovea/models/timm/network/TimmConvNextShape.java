package dev.fovea.models.timm.network;

import dev.fovea.models.convnext.network.ConvNextShape;
import dev.fovea.models.convnext.network.ConvNextShape.Stage;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.FoveaException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The sizes of a ConvNeXt of timm, which has a layer with GELU before the last one in some models.
 *
 * @param sizes of the tower
 * @param innerSize channels between the two last layers, 0 where there is one
 * @param imageSize rows and columns of a picture
 */
public record TimmConvNextShape(ConvNextShape sizes, int innerSize, int imageSize) {

    /** {@code model_type} of {@code vision_config} in the folders that {@code fovea convert} makes. */
    public static final String MODEL_TYPE = "timm_convnext_vision_model";

    private static final Pattern ARCHITECTURE =
            Pattern.compile("convnext_(tiny|small|base|large|large_mlp|xlarge|xxlarge)(\\..*)?");

    /** Depths and channels of the four stages. */
    private static final Map<String, List<int[]>> SIZES = Map.of(
            "tiny", List.of(new int[] {3, 3, 9, 3}, new int[] {96, 192, 384, 768}),
            "small", List.of(new int[] {3, 3, 27, 3}, new int[] {96, 192, 384, 768}),
            "base", List.of(new int[] {3, 3, 27, 3}, new int[] {128, 256, 512, 1024}),
            "large", List.of(new int[] {3, 3, 27, 3}, new int[] {192, 384, 768, 1536}),
            "large_mlp", List.of(new int[] {3, 3, 27, 3}, new int[] {192, 384, 768, 1536}),
            "xlarge", List.of(new int[] {3, 3, 27, 3}, new int[] {256, 512, 1024, 2048}),
            "xxlarge", List.of(new int[] {3, 4, 30, 3}, new int[] {384, 768, 1536, 3072}));

    private static final Set<String> ARGUMENTS =
            Set.of("depths", "dims", "num_classes", "in_chans", "global_pool", "head_hidden_size");

    private static final float EPSILON = 1e-6f;
    private static final float LARGEST_EPSILON = 1e-5f;

    /** Returns whether timm's name of an architecture is that of one that is read here. */
    static boolean isOne(String architecture) {
        return ARCHITECTURE.matcher(architecture).matches();
    }

    /**
     * Reads {@code config.json} of timm's own folders.
     *
     * @throws FoveaException if it asks for something that Fovea does not run
     */
    static TimmConvNextShape ofFolder(ConfigFile config) {
        Matcher name = ARCHITECTURE.matcher(config.text("architecture", ""));
        if (!name.matches()) {
            throw config.wrong("architecture", "a ConvNeXt such as convnext_tiny");
        }
        String size = name.group(1);
        ConfigFile arguments = config.at("model_args");
        TimmConfig.requirePooling(config, "avg");
        TimmConfig.requirePooling(arguments, "avg");
        TimmConfig.refuseOthers(arguments, ARGUMENTS, "ConvNeXts");
        int[] absentDepths = SIZES.get(size).get(0);
        int[] absentChannels = SIZES.get(size).get(1);
        List<Stage> stages = ConvNextShape.stages(arguments, "dims", absentChannels, absentDepths);
        float epsilon = size.equals("xxlarge") ? LARGEST_EPSILON : EPSILON;
        boolean hasInner = size.equals("large_mlp") || arguments.has("head_hidden_size");
        return new TimmConvNextShape(
                new ConvNextShape(stages, Activation.GELU, epsilon, epsilon),
                hasInner ? arguments.size("head_hidden_size", absentChannels[absentChannels.length - 1]) : 0,
                TimmConfig.imageSize(config, arguments, 224));
    }

    /**
     * Reads {@code vision_config} of a converted CLIP: {@code depths}, {@code hidden_sizes}, {@code layer_norm_eps},
     * {@code projection_inner_size} and {@code image_size}.
     *
     * @throws FoveaException if one cannot be
     */
    public static TimmConvNextShape of(ConfigFile config) {
        float epsilon = ConvNextShape.epsilon(config, EPSILON);
        return new TimmConvNextShape(
                new ConvNextShape(
                        ConvNextShape.stages(config, "hidden_sizes", new int[0], new int[0]),
                        Activation.GELU,
                        epsilon,
                        epsilon),
                config.has("projection_inner_size") ? config.size("projection_inner_size", 0) : 0,
                config.size("image_size", 224));
    }
}
