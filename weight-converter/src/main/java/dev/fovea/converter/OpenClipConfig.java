package dev.fovea.converter;

import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads {@code open_clip_config.json} ({@code CLIPVisionCfg}, {@code CLIPTextCfg} in {@code open_clip/model.py}; {@code
 * PreprocessCfg} in {@code open_clip/transform.py}). What it can ask for beside the original design, such as other
 * poolings, norms or towers, is refused by its name: a field that is not known here counts as such unless it is off.
 */
final class OpenClipConfig {

    static final String NAME = "open_clip_config.json";

    /**
     * Fields that are accepted: they are read here, follow from shapes, matter in training alone, or mean nothing as
     * long as others are off.
     */
    private static final Set<String> MODEL = Set.of(
            "embed_dim",
            "vision_cfg",
            "text_cfg",
            "quick_gelu",
            "custom_text",
            "cast_dtype",
            "init_logit_bias", // a start of training; the tensor counts
            "init_logit_scale",
            "nonscalar_logit_scale");

    private static final int IMAGE = 224;
    private static final int CONTEXT = 77;

    private static final Set<String> VISION = Set.of(
            "layers",
            "width",
            "head_width",
            "mlp_ratio",
            "patch_size",
            "image_size",
            "patch_dropout",
            "ls_init_value",
            "attn_pooler_queries",
            "attn_pooler_heads",
            "pos_embed_type",
            "final_ln_after_pool",
            "pool_type",
            "output_tokens",
            "norm_kwargs",
            "block_type",
            "act_kwargs",
            "timm_model_name",
            "timm_model_pretrained",
            "timm_pool",
            "timm_proj",
            "timm_proj_bias",
            "timm_drop",
            "timm_drop_path");

    private static final Set<String> CLIPA_VISION =
            Stream.concat(VISION.stream(), Stream.of("no_ln_pre")).collect(Collectors.toUnmodifiableSet());

    /** Whether padding takes the place of the tokenizer's end token. */
    private static final String STRIPPED = "strip_sep_token";

    private static final Set<String> TEXT = Set.of(
            "context_length",
            "vocab_size",
            "hf_tokenizer_name",
            "tokenizer_kwargs",
            "width",
            "heads",
            "layers",
            "mlp_ratio",
            "pad_id",
            "no_causal_mask",
            "eos_id",
            "final_ln_after_pool",
            "pool_type",
            "proj_type",
            "proj_bias",
            "act_kwargs",
            "output_tokens",
            "norm_kwargs",
            "block_type",
            "hf_model_name",
            "hf_model_pretrained",
            "hf_proj_type",
            "hf_pooler_type");

    private static final String MEAN_POOLER = "mean_pooler";
    private static final String FIRST_POOLER = "cls_last_hidden_state_pooler";

    /** The tower of MobileCLIP-B and MobileCLIP2-B. */
    private static final String MOBILE_CLIP_B = "vit_base_mci_224";

    /** What open_clip does with texts before a tokenizer of transformers reads them ({@code get_clean_fn}). */
    private static final Set<String> CLEANINGS = new TreeSet<>(Set.of("canonicalize", "lower", "whitespace"));

    /** Tokenizers of transformers that are CLIP's own. */
    private static final String CLIPS_OWN = "openai/clip-vit-.*";

    private final Path folder;
    private final ConfigFile model;
    private final ConfigFile preprocess;
    private final JsonValue root;

    private OpenClipConfig(Path folder) {
        this.folder = folder;
        Path file = folder.resolve(NAME);
        root = JsonReader.readObject(file);
        ConfigFile config = ConfigFile.optional(folder, NAME);
        model = config.at("model_cfg");
        preprocess = config.at("preprocess_cfg");
        if (!config.has("model_cfg")) {
            throw config.wrong("model_cfg", "an object");
        }
    }

    /**
     * Reads what the weights' shapes do not tell.
     *
     * @throws FoveaException if the file is broken, or the model is not of CLIP's original design
     */
    static ClipTraits read(Path folder) {
        return new OpenClipConfig(folder).traits();
    }

    private ClipTraits traits() {
        ConfigFile vision = model.at("vision_cfg");
        ConfigFile text = model.at("text_cfg");
        JsonValue fields = root.get("model_cfg");
        refuseOtherFamilies();
        refuseUnknown(model, fields, MODEL);
        boolean clipa = isClipa(vision, text);
        refuseUnknown(vision, fields.get("vision_cfg"), clipa ? CLIPA_VISION : VISION);
        refuseUnknown(text, fields.get("text_cfg"), TEXT);
        require(vision, "pool_type", clipa ? "avg" : "tok", "tok");
        String pooler = pooler(text);
        String timm = timm(vision);
        require(vision, "block_type", "default");
        require(text, "block_type", "default");
        if (timm.matches(SiglipLayout.MODELS)
                && !text.text("proj_type", "linear").equals("linear")) {
            throw text.wrong(
                    "proj_type",
                    "linear; take the same weights in Hugging Face's layout, google/siglip-so400m-patch16-256-i18n");
        }
        require(text, "proj_type", "linear");
        String cleaning = cleaning(text, fields.get("text_cfg"), clipa);
        boolean siglip = timm.matches(SiglipLayout.MODELS);
        requireFlag(text, "proj_bias", siglip);
        int end = ClipTraits.LARGEST_ID;
        if (siglip) {
            require(text, "pool_type", "last", "argmax");
            requireFlag(text, "no_causal_mask", true);
        } else if (clipa) {
            end = ClipTraits.LAST_POSITION;
        } else if (!text.text("pool_type", "argmax").equals("argmax")) {
            require(text, "pool_type", "eos");
            end = text.integer("eos_id", ClipConfig.LEGACY_END_TOKEN);
            if (end == ClipConfig.LEGACY_END_TOKEN && cleaning.isEmpty()) {
                throw text.wrong("eos_id", "another token than 2, which CLIP's own tokenizer does not end texts with");
            }
            if (end == ClipConfig.LEGACY_END_TOKEN && text.flag("no_causal_mask", false)) {
                throw text.wrong("no_causal_mask", "false, as in MetaCLIP 2, whose end token is 2");
            }
        }
        requireOnlyEpsilon(vision, fields.get("vision_cfg"));
        requireOnlyEpsilon(text, fields.get("text_cfg"));
        ClipTraits.Sizes sizes = new ClipTraits.Sizes(
                model.size("embed_dim", 0),
                imageSize(vision, fields.get("vision_cfg").get("image_size")),
                text.size("vocab_size", Tokenizers.CLIP_TOKENS),
                text.size("context_length", CONTEXT));
        return new ClipTraits(
                activation(vision, fields.get("vision_cfg")),
                activation(text, fields.get("text_cfg")),
                vision.size("head_width", ClipTraits.HEAD_WIDTH),
                text.size("heads", 8),
                vision.at("norm_kwargs").exactNumber("eps", timm.equals(MOBILE_CLIP_B) ? 1e-6 : ClipTraits.EPSILON),
                text.at("norm_kwargs").exactNumber("eps", ClipTraits.EPSILON),
                end,
                text.flag("no_causal_mask", false) ? text.integer("pad_id", 0) : ClipTraits.CAUSAL,
                cleaning,
                pooler,
                timm,
                sizes,
                pictures());
    }

    /** Returns whether a configuration has all that makes a CLIPA, parts of which are refused by themselves. */
    private static boolean isClipa(ConfigFile vision, ConfigFile text) {
        return vision.flag("no_ln_pre", false)
                && vision.text("pool_type", "").equals("avg")
                && vision.flag("final_ln_after_pool", false)
                && !vision.has("timm_model_name")
                && text.text("pool_type", "").equals("last")
                && text.flag("no_causal_mask", false)
                && text.integer("pad_id", 0) == 0
                && text.at("tokenizer_kwargs").flag(STRIPPED, false)
                && !text.text("hf_tokenizer_name", "openai/clip-vit-").matches(CLIPS_OWN);
    }

    /** Returns the activation of a tower's MLPs: GELU may be computed by the hyperbolic tangent. */
    private String activation(ConfigFile tower, JsonValue fields) {
        boolean quick = model.flag("quick_gelu", false);
        ConfigFile options = tower.at("act_kwargs");
        fields.get("act_kwargs").fields().forEach((option, value) -> {
            if (quick || !option.equals("approximate") && !isOff(value)) {
                throw options.wrong(option, "nothing: " + (quick ? "quick_gelu" : "GELU") + " has no such option");
            }
        });
        return switch (options.text("approximate", "none")) {
            case "tanh" -> ClipTraits.GELU_TANH;
            case "none" -> quick ? ClipTraits.QUICK_GELU : ClipTraits.GELU;
            default -> throw options.wrong("approximate", "tanh or none");
        };
    }

    /**
     * Returns how texts are cleaned before the tokenizer whose files must be beside the weights reads them; an empty
     * text for CLIP's own, which comes with this module.
     */
    private String cleaning(ConfigFile text, JsonValue fields, boolean clipa) {
        String name = text.text("hf_tokenizer_name", "");
        boolean other = !name.isEmpty() && !name.matches(CLIPS_OWN);
        if (other && !SourceTokenizer.areThere(folder)) {
            throw text.wrong(
                    "hf_tokenizer_name",
                    "that tokenizer's files in the same folder: tokenizer.json, or vocab.json and merges.txt");
        }
        ConfigFile options = text.at("tokenizer_kwargs");
        Set<String> known = other ? CLEANINGS : Set.of(name.isEmpty() ? "lower" : "whitespace");
        String cleaning = options.text("clean", "whitespace");
        fields.get("tokenizer_kwargs").fields().forEach((option, value) -> {
            boolean usual = isOff(value)
                    || clipa && option.equals(STRIPPED)
                    || option.equals("clean") && known.contains(cleaning);
            if (!usual) {
                throw options.wrong(
                        option,
                        other
                                ? "nothing, or one of " + String.join(", ", CLEANINGS) + " as clean"
                                : "nothing: Fovea prepares texts as CLIP's own tokenizer does");
            }
        });
        return other ? cleaning : "";
    }

    /** Refuses what is no CLIP, with what to take instead. */
    private void refuseOtherFamilies() {
        if (model.has("multimodal_cfg")) {
            throw model.wrong(
                    "multimodal_cfg",
                    "nothing: this is a CoCa, whose decoder Fovea does not run; take a CLIP or a BLIP");
        }
    }

    /** Returns how a text tower of transformers is read, an empty text if there is none. */
    private static String pooler(ConfigFile text) {
        String name = text.text("hf_model_name", "");
        if (name.isEmpty()) {
            return "";
        }
        if (!name.matches(RobertaLayout.MODELS)) {
            throw text.wrong(
                    "hf_model_name",
                    "roberta-base, roberta-large, xlm-roberta-base or xlm-roberta-large; Fovea runs no other text"
                            + " towers of transformers in open_clip");
        }
        String pooler = text.text("hf_pooler_type", MEAN_POOLER);
        if (!pooler.equals(MEAN_POOLER) && !pooler.equals(FIRST_POOLER)) {
            throw text.wrong("hf_pooler_type", MEAN_POOLER + " or " + FIRST_POOLER);
        }
        return pooler;
    }

    /** Returns the name of the vision tower if timm has it, else an empty text. */
    private static String timm(ConfigFile vision) {
        String name = vision.text("timm_model_name", "");
        if (name.isEmpty()) {
            return name;
        }
        boolean fastVit = name.matches(FastVitLayout.MODELS);
        boolean siglip = name.matches(SiglipLayout.MODELS);
        boolean convNext = name.matches(TimmConvNextLayout.MODELS);
        boolean vitamin = name.matches(VitaminLayout.MODELS);
        boolean vit = name.matches(TimmVitLayout.MODELS) || name.matches(EvaLayout.MODELS);
        if (!fastVit && !siglip && !convNext && !vitamin && !vit) {
            throw vision.wrong(
                    "timm_model_name",
                    "fastvit_mci0 to 4, " + MOBILE_CLIP_B
                            + ", a vit_..._clip_..., a vit_..._siglip_..., a vit_pe_core_..., a convnext_...,"
                            + " a vitamin_..., an eva02_..._clip_... or eva_giant_patch14_224; Fovea runs no other"
                            + " towers of timm");
        }
        String pooling = vision.text("timm_pool", "avg");
        boolean projected = convNext || vitamin; // by a layer of open_clip
        if (!(projected && pooling.isEmpty())) { // which leaves it to the tower
            boolean map = siglip || name.matches(EvaLayout.POOLED);
            require(vision, "timm_pool", map ? "map" : fastVit || projected ? "avg" : "token", "avg");
        }
        String projection = vision.text("timm_proj", projected ? "linear" : "");
        if (projected) {
            if (!projection.equals("linear") && !(convNext && projection.equals("mlp"))) {
                throw vision.wrong(
                        "timm_proj",
                        convNext ? "linear or mlp, as in every ConvNeXt of open_clip" : "linear, as in every ViTamin");
            }
            requireFlag(vision, "timm_proj_bias", false);
        } else if (!projection.isEmpty() && !(siglip && projection.equals("none"))) {
            throw vision.wrong("timm_proj", "nothing: the tower projects by its own last layer");
        }
        return name;
    }

    private static void requireOnlyEpsilon(ConfigFile tower, JsonValue fields) {
        ConfigFile norms = tower.at("norm_kwargs");
        fields.get("norm_kwargs").fields().forEach((option, value) -> {
            if (!option.equals("eps") && !isOff(value)) {
                throw norms.wrong(option, "nothing: Fovea runs plain layer norms");
            }
        });
    }

    /** Reads a size: a number, or a height and a width that are equal. */
    private static int imageSize(ConfigFile vision, JsonValue size) {
        if (!size.isArray()) {
            return vision.size("image_size", IMAGE);
        }
        int[] sides = vision.sizes("image_size", 2);
        if (sides[0] != sides[1]) {
            throw vision.wrong("image_size", "a square, as in CLIP's original design");
        }
        return sides[0];
    }

    /** Returns whether a value means the same as an absent field. */
    private static boolean isOff(JsonValue value) {
        return value.isMissing()
                || value.isFlag() && !value.flag(true)
                || value.isNumber() && value.number(1) == 0
                || value.isText() && value.text("x").isEmpty()
                || value.isObject() && value.fields().isEmpty()
                || value.isArray() && value.items().isEmpty();
    }

    private static void refuseUnknown(ConfigFile config, JsonValue fields, Set<String> known) {
        for (Map.Entry<String, JsonValue> field : fields.fields().entrySet()) {
            if (!known.contains(field.getKey()) && !isOff(field.getValue())) {
                throw config.wrong(
                        field.getKey(), "nothing: Fovea runs CLIP's original ViT and ResNet with its text tower only");
            }
        }
    }

    private static void requireFlag(ConfigFile config, String name, boolean value) {
        if (config.flag(name, false) != value) {
            throw config.wrong(name, value + ", as in " + (value ? "SigLIP" : "CLIP's original design"));
        }
    }

    private static void require(ConfigFile config, String name, String value) {
        require(config, name, value, value);
    }

    private static void require(ConfigFile config, String name, String value, String absent) {
        if (!config.text(name, absent).equals(value)) {
            throw config.wrong(name, "\"" + value + "\", as in CLIP's original design");
        }
    }

    private ClipTraits.ClipPictures pictures() {
        String filter = preprocess.text("interpolation", "bicubic");
        if (!filter.equals("bicubic") && !filter.equals("bilinear") && !filter.equals("random")) {
            throw preprocess.wrong("interpolation", "bicubic or bilinear");
        }
        String mode = preprocess.text("resize_mode", "shortest");
        if (!mode.equals("shortest") && !mode.equals("squash")) {
            throw preprocess.wrong("resize_mode", "shortest or squash");
        }
        return new ClipTraits.ClipPictures(
                colours("mean", ClipTraits.ClipPictures.MEAN),
                colours("std", ClipTraits.ClipPictures.DEVIATION),
                filter.equals("bilinear") ? 2 : ClipTraits.ClipPictures.BICUBIC, // "random" is for training
                mode.equals("squash"));
    }

    private List<Double> colours(String name, List<Double> absent) {
        JsonValue value = root.get("preprocess_cfg").get(name);
        if (value.isMissing()) {
            return absent;
        }
        List<Double> colours = new ArrayList<>();
        value.items().stream().filter(JsonValue::isNumber).forEach(number -> colours.add(number.number(0)));
        if (colours.size() != 3 || value.items().size() != 3) {
            throw preprocess.wrong(name, "three numbers");
        }
        return colours;
    }
}
