package dev.fovea.models.tokenizer;

import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.nio.file.Files;
import java.nio.file.Path;

/** Names the class of transformers' tokenizers that reads a folder. */
enum TokenizerKind {
    CLIP,
    BERT,
    BART,
    /** SigLIP's, of {@code spiece.model}. */
    SIGLIP,
    /** As {@code tokenizer.json} says, and padded on the left unless the configuration says otherwise. */
    GEMMA,
    /** Gemma's with lower case. */
    SIGLIP2,
    /** XLM-RoBERTa's, of the pieces in {@code tokenizer.json}. */
    XLM_ROBERTA,
    /** T5's, of the pieces in {@code tokenizer.json}. */
    T5,
    /** The tokenizer that {@code tokenizer.json} describes. */
    AS_WRITTEN;

    /**
     * Returns the class that {@code AutoTokenizer} takes: the one that {@code tokenizer_config.json} names, else the
     * one that {@code config.json} names, else the one that belongs to the model.
     */
    static TokenizerKind of(Path folder, TokenizerSettings settings) {
        Path file = folder.resolve("config.json");
        JsonValue config = Files.exists(file) ? JsonReader.readObject(file) : JsonValue.MISSING;
        if (config.get("model_type").text("").equals("siglip2")) {
            return SIGLIP2; // published files name Gemma's class, which transformers overrides
        }
        String name = settings.kind();
        if (name.isEmpty()) name = config.get("tokenizer_class").text("");
        if (name.isEmpty()) {
            return switch (config.get("model_type").text("")) {
                case "clip" -> CLIP;
                case "blip", "chinese_clip" -> BERT;
                case "metaclip_2" -> XLM_ROBERTA;
                case "florence2" -> BART;
                case "siglip" -> SIGLIP;
                default -> AS_WRITTEN;
            };
        }
        return switch (name) {
            case "CLIPTokenizer", "CLIPTokenizerFast" -> CLIP;
            case "BertTokenizer", "BertTokenizerFast" -> BERT;
            case "BartTokenizer", "BartTokenizerFast", "RobertaTokenizer", "RobertaTokenizerFast" -> BART;
            case "SiglipTokenizer" -> SIGLIP;
            case "GemmaTokenizer", "GemmaTokenizerFast" -> GEMMA;
            case "Siglip2Tokenizer" -> SIGLIP2;
            case "XLMRobertaTokenizer", "XLMRobertaTokenizerFast" -> XLM_ROBERTA;
            case "T5Tokenizer", "T5TokenizerFast" -> T5;
            default -> AS_WRITTEN;
        };
    }
}
