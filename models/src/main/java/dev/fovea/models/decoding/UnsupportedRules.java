package dev.fovea.models.decoding;

import dev.fovea.models.nn.ConfigFile;
import dev.fovea.tensor.FoveaException;
import java.util.Map;

/**
 * The settings of transformers' {@code GenerationConfig} (version 5) that change what is written and that this package
 * does not follow. A checkpoint that asks for one is refused, since its texts would be others than those it was
 * published with.
 */
final class UnsupportedRules {

    /** Each setting with the value that turns it off; so do null, false and what is empty. */
    private static final Map<String, Double> OFF = Map.ofEntries(
            Map.entry("constraints", 0.0),
            Map.entry("diversity_penalty", 0.0),
            Map.entry("dola_layers", 0.0),
            Map.entry("encoder_no_repeat_ngram_size", 0.0),
            Map.entry("encoder_repetition_penalty", 1.0),
            Map.entry("epsilon_cutoff", 0.0),
            Map.entry("eta_cutoff", 0.0),
            Map.entry("exponential_decay_length_penalty", 0.0),
            Map.entry("force_words_ids", 0.0),
            Map.entry("forced_decoder_ids", 0.0),
            Map.entry("guidance_scale", 1.0),
            Map.entry("max_time", 0.0),
            Map.entry("num_beam_groups", 1.0),
            Map.entry("penalty_alpha", 0.0),
            Map.entry("prompt_lookup_num_tokens", 0.0),
            Map.entry("remove_invalid_values", 0.0),
            Map.entry("renormalize_logits", 0.0),
            Map.entry("sequence_bias", 0.0),
            Map.entry("stop_strings", 0.0),
            Map.entry("token_healing", 0.0),
            Map.entry("top_h", 0.0),
            Map.entry("use_mtp", 0.0),
            Map.entry("watermarking_config", 0.0));

    private UnsupportedRules() {}

    /**
     * Refuses settings that are turned on.
     *
     * @throws FoveaException if there is one; the message names it
     */
    static void refuse(ConfigFile... places) {
        for (ConfigFile place : places) {
            OFF.forEach((name, off) -> {
                if (!place.isOff(name, off)) {
                    throw place.wrong(
                            name,
                            "no such setting: it changes what is written, and Fovea does not support it; remove it");
                }
            });
        }
    }
}
