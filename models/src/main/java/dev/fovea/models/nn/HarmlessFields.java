package dev.fovea.models.nn;

import dev.fovea.tensor.json.JsonValue;
import java.util.Set;

/**
 * Lists the fields of a {@code config.json} that have no effect on what a trained tower computes: those that
 * transformers writes for every kind of model, past versions included, and those of training.
 */
final class HarmlessFields {

    private static final Set<String> NAMES = Set.of(
            // what the file is
            "_name_or_path",
            "_commit_hash",
            "_attn_implementation_autoset",
            "attn_implementation",
            "architectures",
            "auto_map",
            "dtype",
            "model_type",
            "torch_dtype",
            "transformers_version",
            "transformers.js_config",
            // training
            "attention_dropout",
            "attention_probs_dropout_prob",
            "drop_path_rate",
            "dropout",
            "gradient_checkpointing",
            "hidden_dropout_prob",
            "initializer_factor",
            "initializer_range",
            "layer_scale_init_value",
            "layerscale_value",
            "logit_scale_init_value",
            // classes and tasks
            "finetuning_task",
            "id2label",
            "label2id",
            "num_labels",
            "problem_type",
            "task_specific_params",
            // forms of the output
            "apply_layernorm",
            "chunk_size_feed_forward",
            "out_features",
            "out_indices",
            "output_attentions",
            "output_hidden_states",
            "reshape_hidden_states",
            "return_dict",
            "stage_names",
            "tie_word_embeddings",
            "use_cache",
            // tokens and generated text, which towers do not generate
            "begin_suppress_tokens",
            "bos_token_id",
            "decoder_start_token_id",
            "diversity_penalty",
            "encoder_no_repeat_ngram_size",
            "eos_token_id",
            "length_penalty",
            "max_length",
            "min_length",
            "no_repeat_ngram_size",
            "num_beam_groups",
            "num_beams",
            "num_return_sequences",
            "pad_token_id",
            "prefix",
            "repetition_penalty",
            "sep_token_id",
            "temperature",
            "tokenizer_class",
            "top_k",
            "top_p",
            "typical_p");

    /** Fields that would change much, were they not false. */
    private static final Set<String> IF_FALSE = Set.of(
            "add_cross_attention",
            "do_sample",
            "early_stopping",
            "is_decoder",
            "is_encoder_decoder",
            "output_scores",
            "remove_invalid_values",
            "return_dict_in_generate",
            "tf_legacy_loss",
            "tie_encoder_decoder",
            "torchscript",
            "use_bfloat16");

    private HarmlessFields() {}

    /** Returns whether a field with this value has no effect. */
    static boolean has(String name, JsonValue value) {
        return NAMES.contains(name) || IF_FALSE.contains(name) && !value.flag(true);
    }
}
