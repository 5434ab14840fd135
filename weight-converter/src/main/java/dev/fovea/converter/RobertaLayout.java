package dev.fovea.converter;

import dev.fovea.tensor.ModelException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads the sizes of a RoBERTa in the place of CLIP's own text tower ({@code HFTextEncoder} in {@code
 * open_clip/hf_model.py}). Its tensors have transformers' names below {@code text.transformer.}, and the one or two
 * layers of the projection stand below {@code text.proj.}.
 */
final class RobertaLayout {

    /** Names of the models on the hub: those whose sizes the weights tell. */
    static final String MODELS = "(FacebookAI/)?(xlm-)?roberta-(base|large)";

    private static final String FROM = "text.transformer.";
    private static final String WORDS = FROM + "embeddings.word_embeddings.weight";
    private static final String SECOND = "text.proj.2.weight";
    private static final int HEAD_WIDTH = 64;

    private RobertaLayout() {}

    /** Returns whether a source has such a tower. */
    static boolean isOne(SourceTensors source) {
        return source.has(WORDS);
    }

    /** Returns the length of an embedding. */
    static int embedding(SourceTensors source) {
        return size(source, source.has(SECOND) ? SECOND : "text.proj.weight", 0);
    }

    /** Returns the tower's configuration. */
    static Map<String, Object> sizes(SourceTensors source, ClipTraits traits) {
        if (traits.pooler().isEmpty()) {
            throw new ModelException(
                    source.file() + ": has a text tower of transformers, whose weights do not tell all of"
                            + " it; put the " + OpenClipConfig.NAME + " that names it (hf_model_name) beside them");
        }
        int width = size(source, WORDS, 1);
        if (width % HEAD_WIDTH != 0) {
            throw new ModelException(source.file() + ": a text tower of width " + width + " has no heads of "
                    + HEAD_WIDTH + " channels, as RoBERTa has; do the weights and the configuration belong together?");
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("model_type", "xlm-roberta");
        config.put("hidden_size", width);
        config.put("intermediate_size", size(source, FROM + "encoder.layer.0.intermediate.dense.weight", 0));
        config.put("num_hidden_layers", source.count(FROM + "encoder.layer."));
        config.put("num_attention_heads", width / HEAD_WIDTH);
        config.put("hidden_act", ClipTraits.GELU);
        config.put("layer_norm_eps", ClipTraits.EPSILON);
        config.put("vocab_size", size(source, WORDS, 0));
        config.put("max_position_embeddings", size(source, FROM + "embeddings.position_embeddings.weight", 0));
        config.put("type_vocab_size", size(source, FROM + "embeddings.token_type_embeddings.weight", 0));
        config.put("pad_token_id", 1);
        config.put("max_text_length", traits.sizes().context());
        config.put("pooler", traits.pooler());
        if (source.has(SECOND)) {
            config.put("projection_inner_size", size(source, SECOND, 1));
        }
        return config;
    }

    private static int size(SourceTensors source, String name, int axis) {
        return Math.toIntExact(source.shape(name, 2).extent(axis));
    }

    /** Adds the names of the tower. */
    static Renamings add(Renamings names) {
        return names.add(FROM + "*", "text_model.*").add("text.proj.*", "text_projection.*");
    }
}
