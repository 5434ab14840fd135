package dev.fovea.models.adapter;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The fields of PEFT's {@code adapter_config.json} ({@code LoraConfig}) that decide what an adapter computes. What
 * would compute something else than LoRA's product of two matrices is refused by name; fields that only matter in
 * training are left alone.
 */
final class AdapterConfig {

    static final String FILE = "adapter_config.json";

    /** Fields that change the result when they are set, with the name that people know. */
    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("use_dora", "DoRA"),
            Map.entry("lora_bias", "biases of LoRA's own matrices"),
            Map.entry("use_qalora", "QALoRA"),
            Map.entry("use_bdlora", "block-diagonal LoRA"),
            Map.entry("velora_config", "VeLoRA"),
            Map.entry("monteclora_config", "MonteCLoRA"),
            Map.entry("arrow_config", "Arrow"),
            Map.entry("alora_invocation_tokens", "activated LoRA"),
            Map.entry("layer_replication", "replicated layers"),
            Map.entry("trainable_token_indices", "single trained tokens"),
            Map.entry("target_parameters", "LoRA on parameters without a module"));

    /** Ways to start that also change the base model, which is then no longer the one that it is merged into. */
    private static final List<String> CHANGED_BASES = List.of("pissa", "olora", "corda", "loftq", "lora_ga", "mica");

    private static final Set<String> KNOWN = Set.of(
            "alpha_pattern",
            "arrow_config",
            "auto_mapping",
            "base_model_name_or_path",
            "bias",
            "corda_config",
            "ensure_weight_tying",
            "eva_config",
            "exclude_modules",
            "fan_in_fan_out",
            "inference_mode",
            "init_lora_weights",
            "layers_pattern",
            "layers_to_transform",
            "loftq_config",
            "lora_alpha",
            "lora_dropout",
            "lora_ga_config",
            "megatron_config",
            "megatron_core",
            "modules_to_save",
            "peft_type",
            "peft_version",
            "qalora_group_size",
            "r",
            "rank_pattern",
            "revision",
            "runtime_config",
            "target_modules",
            "task_type",
            "use_rslora");

    private final Path file;
    private final JsonValue fields;

    private AdapterConfig(Path file, JsonValue fields) {
        this.file = file;
        this.fields = fields;
    }

    /**
     * Reads the configuration of an adapter.
     *
     * @throws FoveaException if there is none, or it asks for something else than LoRA
     */
    static AdapterConfig read(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw new ModelException(folder + ": no " + FILE + " here; expected the folder of a LoRA adapter as PEFT's"
                    + " save_pretrained writes it");
        }
        AdapterConfig config = new AdapterConfig(file, JsonReader.readObject(file));
        config.refuseOthers();
        config.warnOfUnknown();
        return config;
    }

    private void refuseOthers() {
        String type = fields.get("peft_type").text("");
        if (!type.equals("LORA")) {
            throw refused(type.isEmpty() ? "peft_type is missing" : "peft_type is " + type);
        }
        for (Map.Entry<String, JsonValue> field : fields.fields().entrySet()) {
            String name = REFUSED.get(field.getKey());
            if (name != null && isSet(field.getValue())) {
                throw refused(field.getKey() + " asks for " + name);
            }
        }
        String start = fields.get("init_lora_weights").text("");
        if (CHANGED_BASES.stream().anyMatch(start.toLowerCase(Locale.ROOT)::startsWith)) {
            throw new ModelException(file + ": init_lora_weights is " + start + ", which also changed the base model;"
                    + " save it with PEFT's path_initial_model_for_weight_conversion, which makes a plain LoRA of it");
        }
    }

    private ModelException refused(String what) {
        return new ModelException(file + ": " + what + ", and only LoRA can be merged here (peft_type LORA); merge it"
                + " into its base with PEFT's merge_and_unload and load the folder that is saved then");
    }

    private static boolean isSet(JsonValue value) {
        boolean empty = value.isMissing()
                || value.isFlag() && !value.flag(false)
                || value.isArray() && value.items().isEmpty()
                || value.isObject() && value.fields().isEmpty();
        return !empty;
    }

    private void warnOfUnknown() {
        Set<String> unknown = new TreeSet<>();
        fields.fields().forEach((name, value) -> {
            if (!KNOWN.contains(name) && !REFUSED.containsKey(name) && isSet(value)) {
                unknown.add(name);
            }
        });
        if (!unknown.isEmpty()) {
            System.getLogger("dev.fovea")
                    .log(
                            Level.WARNING,
                            file + ": not known here and left alone: " + String.join(", ", unknown)
                                    + "; compare an answer with PEFT's if it may change what the adapter computes");
        }
    }

    /** Returns the model that the adapter was made for, as PEFT noted it; empty where it did not. */
    String base() {
        return fields.get("base_model_name_or_path").text("");
    }

    /**
     * Returns the rank that a module's pair must have: that of the first matching entry of {@code rank_pattern}, or
     * {@code r}.
     *
     * @param module path in the model
     */
    int rank(String module) {
        JsonValue rank = patterned("rank_pattern", module, "r");
        if (rank.integer(0) < 1) {
            throw wrong("r", rank, "a whole number of at least 1");
        }
        return rank.integer(0);
    }

    /** Returns the factor of a module's product: alpha / rank, or alpha / sqrt(rank) with {@code use_rslora}. */
    float scale(String module) {
        JsonValue alpha = patterned("alpha_pattern", module, "lora_alpha");
        if (!alpha.isNumber() || !Float.isFinite((float) alpha.number(0))) {
            throw wrong("lora_alpha", alpha, "a number");
        }
        double rank = rank(module);
        return (float) (alpha.number(0) / (fields.get("use_rslora").flag(false) ? Math.sqrt(rank) : rank));
    }

    /** Looks a module up as {@code get_pattern_key} of PEFT does: a pattern matches the end of a path. */
    private JsonValue patterned(String patterns, String module, String otherwise) {
        for (Map.Entry<String, JsonValue> entry : fields.get(patterns).fields().entrySet()) {
            try {
                if (Pattern.matches("(.*\\.)?(" + entry.getKey() + ")", module)) {
                    return entry.getValue();
                }
            } catch (PatternSyntaxException e) {
                throw new ModelException(
                        file + ": " + patterns + " has \"" + entry.getKey() + "\", expected a path or a pattern", e);
            }
        }
        return fields.get(otherwise);
    }

    private ModelException wrong(String field, JsonValue found, String expected) {
        return new ModelException(file + ": " + field + " is " + found + ", expected " + expected);
    }
}
