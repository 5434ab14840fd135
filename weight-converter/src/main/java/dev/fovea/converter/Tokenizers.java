package dev.fovea.converter;

import dev.fovea.tensor.json.JsonWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * Provides the tokenizers that files of weights come without, since their authors' code brings them: CLIP's byte pairs
 * (OpenAI, MIT License) and the words of bert-base-uncased (Google, Apache License 2.0).
 */
final class Tokenizers {

    /** Token ids of CLIP's vocabulary. */
    static final int CLIP_TOKENS = 49_408;

    /** Words of BERT's vocabulary; BLIP adds a start token for the decoder and one for the encoder. */
    static final int BERT_TOKENS = 30_522;

    private static final String START = "<|startoftext|>";
    private static final String END = "<|endoftext|>";

    private Tokenizers() {}

    /** Adds CLIP's tokenizer, in the files of transformers. */
    static void addClip(Draft draft, int positions) {
        byte[] merges = resource("clip-merges.txt.gz");
        draft.files().put("merges.txt", merges);
        draft.addJson("vocab.json", clipVocabulary(new String(merges, StandardCharsets.UTF_8)));
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("tokenizer_class", "CLIPTokenizer");
        config.put("model_max_length", positions);
        config.put("bos_token", START);
        config.put("eos_token", END);
        config.put("pad_token", END);
        config.put("unk_token", END);
        config.put("errors", "replace");
        config.put("do_lower_case", true);
        draft.addJson("tokenizer_config.json", config);
        draft.addJson(
                "special_tokens_map.json",
                JsonWriter.object("bos_token", START, "eos_token", END, "pad_token", END, "unk_token", END));
    }

    /**
     * Returns the vocabulary, whose ids follow from the merges ({@code clip/simple_tokenizer.py}): the characters that
     * represent bytes, the same at a word's end, what each merge makes, start and end.
     */
    private static Map<String, Object> clipVocabulary(String merges) {
        List<String> tokens = new ArrayList<>();
        for (char c = '!'; c <= 0xFF; c++) {
            if (c <= '~' || c >= 0xA1 && c != 0xAD) {
                tokens.add(String.valueOf(c));
            }
        }
        for (char c = 0x100; tokens.size() < 256; c++) {
            tokens.add(String.valueOf(c));
        }
        tokens.addAll(tokens.stream().map(token -> token + "</w>").toList());
        merges.lines().skip(1).forEach(pair -> tokens.add(pair.replace(" ", "")));
        tokens.add(START);
        tokens.add(END);
        Map<String, Object> vocabulary = LinkedHashMap.newLinkedHashMap(tokens.size());
        tokens.forEach(token -> vocabulary.put(token, vocabulary.size()));
        return vocabulary;
    }

    /** Adds BERT's tokenizer without capitals. */
    static void addBert(Draft draft, int positions) {
        draft.files().put("vocab.txt", resource("bert-vocab.txt.gz"));
        Map<String, Object> special = new LinkedHashMap<>();
        special.put("pad_token", "[PAD]");
        special.put("unk_token", "[UNK]");
        special.put("cls_token", "[CLS]");
        special.put("sep_token", "[SEP]");
        special.put("mask_token", "[MASK]");
        draft.addJson("special_tokens_map.json", special);
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("tokenizer_class", "BertTokenizer");
        config.put("model_max_length", positions);
        config.put("do_lower_case", true);
        config.put("strip_accents", null);
        config.put("tokenize_chinese_chars", true);
        config.putAll(special);
        draft.addJson("tokenizer_config.json", config);
    }

    /** Returns a file that comes with this module, unpacked. */
    static byte[] resource(String name) {
        try (InputStream file = Tokenizers.class.getResourceAsStream(name);
                InputStream unpacked = name.endsWith(".gz") ? new GZIPInputStream(file) : file) {
            return unpacked.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
