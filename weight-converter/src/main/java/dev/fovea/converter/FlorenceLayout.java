package dev.fovea.converter;

import dev.fovea.converter.views.TensorView;
import dev.fovea.models.florence.network.FlorenceConfig;
import dev.fovea.models.florence.network.MicrosoftNames;
import dev.fovea.models.florence.network.SpecialTokens;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import dev.fovea.tensor.json.JsonWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Converts Florence-2 as Microsoft's repositories have it into transformers' own layout ({@code
 * convert_florence2_original_pytorch_to_hf.py}): names, configuration, the tokens that Microsoft's code adds to the
 * tokenizer, and one more, {@code <image>}. The row of that token in the table of words, which no text reads, is a copy
 * of the unknown token's, so that it is never likelier than that.
 */
final class FlorenceLayout {

    private static final String TABLE = "model.language_model.shared.weight";
    private static final String BIAS = "language_model.final_logits_bias";
    private static final List<String> FEATURES = List.of("spatial_avg_pool", "temporal_avg_pool");
    private static final int UNKNOWN_TOKEN = 3;
    private static final int MOST_NEW_ROWS = 64;

    private static final List<String> TABLES = List.of(
            "language_model.model.shared.weight",
            "language_model.model.encoder.embed_tokens.weight",
            "language_model.model.decoder.embed_tokens.weight",
            "language_model.lm_head.weight");

    private final Path folder;
    private final SourceTensors source;
    private final ConfigFile config;
    private final Draft draft;

    private FlorenceLayout(Path folder, SourceTensors source) {
        this.folder = folder;
        this.source = source;
        this.config = ConfigFile.of(folder);
        this.draft = new Draft(new LinkedHashMap<>());
    }

    /**
     * Returns whether tensors have Microsoft's names and all that they mean has a place in transformers' layout. A bias
     * of the logits, which no published checkpoint has, has no place there; nor has an output layer beside the table of
     * words.
     */
    static boolean isOne(SourceTensors source) {
        return source.has("vision_tower.convs.0.proj.weight")
                && (!source.has(BIAS) || source.isZero(BIAS))
                && TABLES.stream().filter(source::has).allMatch(name -> source.isSame(name, table(source)));
    }

    private static String table(SourceTensors source) {
        return TABLES.stream()
                .filter(source::has)
                .findFirst()
                .orElseThrow(() -> new ModelException(source.file() + ": tensor \"" + TABLES.getFirst()
                        + "\" is missing; is the file whole, and a Florence-2?"));
    }

    /**
     * Converts the model into transformers' layout.
     *
     * @throws FoveaException if a tensor is missing, or files of the folder are
     */
    static Draft convert(Path folder, SourceTensors source) {
        return new FlorenceLayout(folder, source).convert();
    }

    private Draft convert() {
        refuseOthers();
        String tableName = table(source);
        source.shape(tableName, 2);
        TensorView table = source.take(tableName);
        source.drop(name -> TABLES.contains(name) || name.equals(BIAS));
        source.shape("image_projection", 2); // complains about any other
        TensorView projection = source.take("image_projection");
        draft.add("model.multi_modal_projector.image_projection.weight", projection.transposed());
        source.takeAll().forEach((name, tensor) -> draft.add(MicrosoftNames.toTransformers(name), tensor));
        int image = tokenizer();
        long rows = words(table, image);
        configure(image, rows);
        draft.files().put("processor_config.json", Tokenizers.resource("florence-processor_config.json"));
        return draft;
    }

    /** Refuses what the configuration can ask for beside the published design; transformers has no field for it. */
    private void refuseOthers() {
        FlorenceConfig.load(folder);
        ConfigFile vision = config.at("vision_config");
        require(vision.at("image_pos_embed"), "type", "learned_abs_2d");
        require(vision.at("visual_temporal_embedding"), "type", "COSINE");
        JsonValue features =
                JsonReader.readObject(config.file()).get("vision_config").get("image_feature_source");
        List<String> names =
                features.items().stream().map(name -> name.text("")).toList();
        if (!features.isMissing() && !names.equals(FEATURES)) {
            throw vision.wrong("image_feature_source", String.join(", ", FEATURES) + ", as in every Florence-2");
        }
    }

    private static void require(ConfigFile part, String name, String value) {
        if (!part.text(name, value).equals(value)) {
            throw part.wrong(name, "\"" + value + "\", as in every Florence-2");
        }
    }

    /** Adds the table of words with a row for each token; returns how many rows it has. */
    private long words(TensorView table, int image) {
        long rows = table.shape().extent(0);
        long missing = 1L + image - rows;
        if (image < 0 || missing > MOST_NEW_ROWS || rows <= UNKNOWN_TOKEN) {
            throw new ModelException(source.file() + ": its table of words has " + rows
                    + " rows, but the tokenizer has " + (1L + image) + " tokens; do the files belong together?");
        }
        List<TensorView> parts = new ArrayList<>(List.of(table));
        for (long row = 0; row < missing; row++) {
            parts.add(table.rows(UNKNOWN_TOKEN, 1));
        }
        draft.add(TABLE, new JoinedViews(parts));
        return Math.max(rows, image + 1);
    }

    /** Adds the tokens that are not in the folder's tokenizer yet; returns the id of {@code <image>}. */
    private int tokenizer() {
        Path file = folder.resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            throw new ModelException(
                    folder + ": no tokenizer.json, which Microsoft's checkpoints come with; download it");
        }
        JsonValue tokenizer = JsonReader.readObject(file);
        List<Object> added = new ArrayList<>(tokenizer.get("added_tokens").items());
        Map<String, Integer> known = new LinkedHashMap<>();
        tokenizer.get("model").get("vocab").fields().forEach((token, id) -> known.put(token, id.integer(0)));
        tokenizer
                .get("added_tokens")
                .items()
                .forEach(token ->
                        known.put(token.get("content").text(""), token.get("id").integer(0)));
        int next = known.values().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
        List<String> wanted = new ArrayList<>(SpecialTokens.all());
        wanted.add("<image>");
        for (String token : wanted) {
            if (!known.containsKey(token)) {
                Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("id", next);
                entry.put("content", token);
                entry.put("single_word", false);
                entry.put("lstrip", false);
                entry.put("rstrip", false);
                entry.put("normalized", false);
                entry.put("special", true);
                added.add(entry);
                known.put(token, next++);
            }
        }
        Map<String, Object> extended = new LinkedHashMap<>(tokenizer.fields());
        extended.put("added_tokens", added);
        draft.addJson("tokenizer.json", extended);
        describeTokenizer();
        return known.get("<image>");
    }

    private void describeTokenizer() {
        Map<String, Object> description = new LinkedHashMap<>(
                ConfigFile.optional(folder, "tokenizer_config.json")
                                .file()
                                .toFile()
                                .exists()
                        ? JsonReader.readObject(folder.resolve("tokenizer_config.json"))
                                .fields()
                        : JsonWriter.object("model_max_length", 1024));
        description.put("tokenizer_class", "BartTokenizer");
        description.put("bos_token", "<s>");
        description.put("eos_token", "</s>");
        description.put("cls_token", "<s>");
        description.put("sep_token", "</s>");
        description.put("unk_token", "<unk>");
        description.put("pad_token", "<pad>");
        description.put("mask_token", "<mask>");
        description.put("add_prefix_space", false);
        description.put("extra_special_tokens", JsonWriter.object("image_token", "<image>"));
        draft.addJson("tokenizer_config.json", description);
    }

    private void configure(int image, long rows) {
        JsonValue original = JsonReader.readObject(config.file());
        Map<String, Object> target = draft.config();
        target.put("architectures", List.of("Florence2ForConditionalGeneration"));
        target.put("model_type", "florence2");
        target.put("is_encoder_decoder", true);
        target.put("image_token_id", image);
        target.put("tie_word_embeddings", true);
        target.put("text_config", text(original.get("text_config"), rows));
        target.put("vision_config", vision(original));
        generation(original.get("text_config"));
    }

    private static Map<String, Object> text(JsonValue original, long rows) {
        Map<String, Object> text = new LinkedHashMap<>();
        original.fields().forEach((name, value) -> {
            if (!List.of("add_bias_logits", "add_final_layer_norm", "normalize_before", "num_hidden_layers")
                    .contains(name)) {
                text.put(name, value);
            }
        });
        text.put("model_type", "bart");
        text.put("vocab_size", rows);
        text.put("tie_word_embeddings", true);
        return text;
    }

    private static Map<String, Object> vision(JsonValue original) {
        JsonValue from = original.get("vision_config");
        Map<String, Object> vision = new LinkedHashMap<>();
        from.fields().forEach((name, value) -> {
            if (!List.of(
                            "dim_embed",
                            "visual_temporal_embedding",
                            "image_pos_embed",
                            "image_feature_source",
                            "enable_checkpoint")
                    .contains(name)) {
                vision.put(name, value);
            }
        });
        vision.put("model_type", "florence_vision");
        vision.put("embed_dim", from.get("dim_embed"));
        vision.put(
                "max_position_embeddings",
                from.get("image_pos_embed").get("max_pos_embeddings").integer(50));
        vision.put(
                "max_temporal_embeddings",
                from.get("visual_temporal_embedding")
                        .get("max_temporal_embeddings")
                        .integer(100));
        return vision;
    }

    /** Adds the settings of generation: Microsoft's code generates as the text's configuration says. */
    private void generation(JsonValue text) {
        Map<String, Object> generation = new LinkedHashMap<>();
        for (String name : List.of(
                "bos_token_id",
                "pad_token_id",
                "eos_token_id",
                "decoder_start_token_id",
                "num_beams",
                "no_repeat_ngram_size",
                "early_stopping",
                "forced_bos_token_id",
                "forced_eos_token_id")) {
            if (!text.get(name).isMissing()) {
                generation.put(name, text.get(name));
            }
        }
        draft.addJson("generation_config.json", generation);
    }
}
