package dev.fovea.models.florence.network;

import dev.fovea.models.decoding.GenerationDefaults;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.ModelConfig;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.SizeWords;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.safetensors.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A Florence-2 checkpoint's {@code config.json}: transformers' own ({@code Florence2Config}), or Microsoft's with its
 * other names for the image encoder. Absent fields have the classes' defaults.
 *
 * @param vision the image encoder and the projection that follows it
 * @param text encoder and decoder
 */
public record FlorenceConfig(Vision vision, Text text) implements ModelConfig {

    /**
     * Sizes of DaViT, the image encoder.
     *
     * @param stages from fine to coarse
     * @param windowSize pixels of a map, both ways, that attend to each other
     * @param activation of the MLPs
     * @param biased whether queries, keys and values have a bias
     * @param positions the largest height and width of the last map
     */
    public record Vision(List<Stage> stages, int windowSize, Activation activation, boolean biased, int positions) {

        /** Returns the number of channels of the last map. */
        public int channels() {
            return stages.getLast().channels();
        }
    }

    /**
     * A stage of DaViT: a convolution that shrinks the map, then blocks.
     *
     * @param channels of its map
     * @param intermediateSize channels inside the MLPs
     * @param depth number of blocks
     * @param heads of the attention in windows
     * @param groups of the attention among channels
     * @param kernel size of the convolution
     * @param stride its step
     * @param padding zeros around the map
     * @param normFirst whether the layer norm is before the convolution
     */
    public record Stage(
            int channels,
            int intermediateSize,
            int depth,
            int heads,
            int groups,
            int kernel,
            int stride,
            int padding,
            boolean normFirst) {}

    /**
     * Sizes of BART, the language model.
     *
     * @param encoder sizes of the encoder's blocks
     * @param decoder sizes of the decoder's
     * @param positions the most tokens that each can read
     * @param embeddingScale factor of the token embeddings
     * @param startToken what the decoder begins with
     * @param endTokens any of which ends a text
     */
    public record Text(
            TransformerShape encoder,
            TransformerShape decoder,
            int positions,
            float embeddingScale,
            int startToken,
            List<Integer> endTokens) {

        /** Number of rows of a position table before that of the first position. */
        static final int POSITION_OFFSET = 2;

        /** Returns the number of rows of each position table. */
        public int positionRows() {
            return positions + POSITION_OFFSET;
        }

        /** Returns the number of channels of a token. */
        public int hiddenSize() {
            return encoder.hiddenSize();
        }
    }

    private static final float EPSILON = 1e-5f;

    /**
     * Reads a checkpoint folder's configuration.
     *
     * @throws FoveaException if it is missing, broken, or of another kind of model
     */
    public static FlorenceConfig load(Path folder) {
        ConfigFile config = ConfigFile.of(folder);
        if (!config.text("model_type", "").equals("florence2")) {
            throw config.wrong("model_type", "\"florence2\"; use a Florence-2 checkpoint here");
        }
        ConfigFile vision = config.at("vision_config");
        ConfigFile generation =
                isMicrosofts(vision) ? config.at("text_config") : ConfigFile.optional(folder, GenerationDefaults.FILE);
        return new FlorenceConfig(vision(vision), text(config.at("text_config"), config, generation));
    }

    @Override
    public void requestTensors(Parameters model) {
        new FlorenceNetwork(model, this);
    }

    @Override
    public Map<String, String> sizesInWords() {
        List<Stage> stages = vision.stages;
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put(
                "picture tower",
                stages.size() + " stages, " + SizeWords.each(stages, Stage::depth) + " pairs of blocks, "
                        + SizeWords.each(stages, Stage::channels) + " wide, " + SizeWords.each(stages, Stage::heads)
                        + " heads, " + SizeWords.each(stages, Stage::groups) + " groups of channels, windows of "
                        + vision.windowSize + " x " + vision.windowSize);
        lines.put("encoder", text.encoder().inWords());
        lines.put("decoder", text.decoder().inWords());
        lines.put("reads", text.positions() + " tokens of picture and text together");
        return lines;
    }

    @Override
    public String layout(Weights checkpoint) {
        return FlorenceNames.isMicrosofts(checkpoint) ? "Microsoft's" : "transformers'";
    }

    private static boolean isMicrosofts(ConfigFile vision) {
        return vision.has("dim_embed");
    }

    private static Vision vision(ConfigFile config) {
        boolean microsoft = isMicrosofts(config);
        String channelsName = microsoft ? "dim_embed" : "embed_dim";
        int count = config.has(channelsName) ? config.length(channelsName) : 4;
        int[] channels = config.sizes(channelsName, count, 128, 256, 512, 1024);
        int[] depths = config.sizes("depths", count, 1, 1, 9, 1);
        int[] heads = config.sizes("num_heads", count, 4, 8, 16, 32);
        int[] groups = config.sizes("num_groups", count, 4, 8, 16, 32);
        int[] kernels = config.sizes("patch_size", count, 7, 3, 3, 3);
        int[] strides = config.sizes("patch_stride", count, 4, 2, 2, 2);
        int[] paddings = config.sizes("patch_padding", count, 3, 1, 1, 1);
        boolean[] normsFirst = config.flags("patch_prenorm", count, false, true, true, true);
        double ratio = config.exactNumber("mlp_ratio", 4);
        List<Stage> stages = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            require(config, channelsName, channels[i] > 0, "positive sizes");
            require(config, "num_heads", heads[i] > 0 && channels[i] % heads[i] == 0, "divisors of " + channelsName);
            require(config, "num_groups", groups[i] > 0 && channels[i] % groups[i] == 0, "divisors of " + channelsName);
            require(config, "patch_size", kernels[i] > 0, "positive sizes");
            require(config, "patch_stride", strides[i] > 0, "positive sizes");
            int intermediate = (int) (channels[i] * ratio);
            require(config, "mlp_ratio", intermediate > 0 && ratio < 1000, "a factor such as 4");
            stages.add(new Stage(
                    channels[i],
                    intermediate,
                    depths[i],
                    heads[i],
                    groups[i],
                    kernels[i],
                    strides[i],
                    paddings[i],
                    normsFirst[i]));
        }
        require(config, channelsName, !stages.isEmpty(), "a size for each stage");
        ConfigFile positions = microsoft ? config.at("image_pos_embed") : config;
        return new Vision(
                stages,
                config.size("window_size", 12),
                config.activation("activation_function", Activation.GELU),
                config.flag("qkv_bias", true),
                positions.size(microsoft ? "max_pos_embeddings" : "max_position_embeddings", 50));
    }

    /**
     * Reads the sizes of the language model.
     *
     * @param generation the first place to say what starts and ends a text
     */
    private static Text text(ConfigFile config, ConfigFile whole, ConfigFile generation) {
        for (String name : List.of("normalize_before", "add_final_layer_norm", "add_bias_logits")) {
            require(config, name, !config.flag(name, false), "false, as in every Florence-2 checkpoint");
        }
        int hidden = config.size("d_model", 1024);
        Activation activation = config.activation("activation_function", Activation.GELU);
        ConfigFile start = Stream.of(generation, config, whole)
                .filter(place -> place.has("decoder_start_token_id"))
                .findFirst()
                .orElse(whole);
        ConfigFile end = generation.has("eos_token_id") ? generation : config;
        return new Text(
                blocks(config, "encoder", hidden, activation, Mask.NONE),
                blocks(config, "decoder", hidden, activation, Mask.CAUSAL),
                config.size("max_position_embeddings", 1024),
                config.flag("scale_embedding", false) ? (float) Math.sqrt(hidden) : 1,
                start.integer("decoder_start_token_id", 2),
                end.integerOrMore("eos_token_id", 2));
    }

    private static TransformerShape blocks(
            ConfigFile config, String which, int hidden, Activation activation, Mask mask) {
        int heads = config.size(which + "_attention_heads", 16);
        require(config, which + "_attention_heads", hidden % heads == 0, "a divisor of d_model " + hidden);
        return new TransformerShape(
                hidden,
                config.size(which + "_ffn_dim", 4096),
                config.size(which + "_layers", 12),
                heads,
                activation,
                EPSILON,
                NormPlacement.POST,
                mask);
    }

    private static void require(ConfigFile config, String name, boolean holds, String expected) {
        if (!holds) {
            throw config.wrong(name, expected);
        }
    }
}
