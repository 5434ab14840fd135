package dev.fovea.models.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fovea.models.tokenizer.AddedTokens.Added;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.text.Normalizer.Form;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Builds a tokenizer from the files in a checkpoint's folder. */
final class TokenizerFiles {
    private static final ObjectMapper JSON = new ObjectMapper();

    private TokenizerFiles() {}

    static Tokenizer load(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new FoveaException(folder + " is not a folder; a tokenizer is read from a checkpoint's folder");
        }
        JsonNode config = optional(folder.resolve("tokenizer_config.json"));
        Path json = folder.resolve("tokenizer.json");
        if (Files.exists(json)) return TokenizerJson.read(json, config);
        Path vocabulary = folder.resolve("vocab.json");
        Path merges = folder.resolve("merges.txt");
        if (Files.exists(vocabulary) && Files.exists(merges)) return bytePairs(vocabulary, merges, config);
        Path words = folder.resolve("vocab.txt");
        if (Files.exists(words)) return wordPieces(words, config);
        String missing = Files.exists(vocabulary)
                ? "merges.txt beside vocab.json"
                : Files.exists(merges)
                        ? "vocab.json beside merges.txt"
                        : "tokenizer.json, or vocab.json with merges.txt, or vocab.txt";
        throw new FoveaException(folder + " has no tokenizer: expected " + missing + "; fetch the missing file");
    }

    /** CLIP's tokenizer, or BART's, whichever the files are for. */
    private static Tokenizer bytePairs(Path vocabularyFile, Path mergesFile, JsonNode config) {
        Vocabulary vocabulary = new Vocabulary();
        try (JsonParser parser = new JsonFactory().createParser(bytes(vocabularyFile))) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new FoveaException(vocabularyFile + " is not a JSON object of token to id; fetch it again");
            }
            readVocabulary(parser, vocabulary, vocabularyFile);
        } catch (IOException broken) {
            throw broken(vocabularyFile, broken);
        }
        String kind = config.path("tokenizer_class").asText("");
        boolean clip = kind.startsWith("CLIP") || kind.isEmpty() && vocabulary.idOf("<|startoftext|>") >= 0;
        Merges merges = new Merges(vocabulary, "", mergesFile);
        readMerges(mergesFile, merges);
        String end = special(config, "eos_token", clip ? "<|endoftext|>" : "</s>");
        String start = special(config, "bos_token", clip ? "<|startoftext|>" : "<s>");
        String unknown = special(config, "unk_token", clip ? end : "<unk>");
        var rules = new BytePairEncoding.Rules(unknown, "", clip ? "</w>" : "", false, false, false);
        Model model = new BytePairEncoding(vocabulary, merges, rules, vocabularyFile);
        Map<Integer, Added> added = new LinkedHashMap<>();
        addSpecial(added, config, "bos_token", start, vocabulary);
        addSpecial(added, config, "eos_token", end, vocabulary);
        addSpecial(added, config, "unk_token", unknown, vocabulary);
        addSpecial(added, config, "pad_token", special(config, "pad_token", clip ? end : "<pad>"), vocabulary);
        addSpecial(added, config, "mask_token", special(config, "mask_token", "<mask>"), vocabulary);
        addDeclared(added, config);
        PostProcessor around = new PostProcessor(
                new int[] {required(vocabulary, start, vocabularyFile)},
                new int[] {required(vocabulary, end, vocabularyFile)});
        Normalizer normalizer = clip
                ? Normalizer.sequence(
                        List.of(Normalizers.form(Form.NFC), Normalizers.replaceSpaces(" "), Normalizers::lowercase))
                : Normalizer.none();
        PreTokenizer byteLevel =
                PreTokenizers.byteLevel(config.path("add_prefix_space").asBoolean(false), true);
        PreTokenizer split = clip
                ? PreTokenizer.sequence(List.of(WordSplits.clip(true), PreTokenizers.byteLevel(false, true)))
                : byteLevel;
        return new Tokenizer(
                new AddedTokens(added.values(), normalizer),
                normalizer,
                split,
                model,
                around,
                ByteAlphabet::decode,
                clip ? endOfWords("</w>") : UnaryOperator.identity());
    }

    /** BERT's tokenizer from a list of words, one a line. */
    private static Tokenizer wordPieces(Path file, JsonNode config) {
        Vocabulary vocabulary = new Vocabulary();
        byte[] text = bytes(file);
        int id = 0;
        for (int start = 0; start < text.length; id++) {
            int end = lineEnd(text, start);
            vocabulary.add(text, start, trimmed(text, start, end), id, file);
            start = end + 1;
        }
        boolean lowercase = config.path("do_lower_case").asBoolean(true);
        JsonNode accents = config.path("strip_accents");
        Normalizer normalizer = Normalizers.bert(
                true,
                config.path("tokenize_chinese_chars").asBoolean(true),
                accents.isBoolean() ? accents.asBoolean() : lowercase,
                lowercase);
        String unknown = special(config, "unk_token", "[UNK]");
        Model model = new WordPiece(vocabulary, unknown, "##", 100, file);
        Map<Integer, Added> added = new LinkedHashMap<>();
        for (String name : List.of("unk", "sep", "pad", "cls", "mask")) {
            String token = special(config, name + "_token", "[" + name.toUpperCase(java.util.Locale.ROOT) + "]");
            addSpecial(added, config, name + "_token", token, vocabulary);
        }
        addDeclared(added, config);
        PostProcessor around = new PostProcessor(
                new int[] {required(vocabulary, special(config, "cls_token", "[CLS]"), file)},
                new int[] {required(vocabulary, special(config, "sep_token", "[SEP]"), file)});
        return new Tokenizer(
                new AddedTokens(added.values(), normalizer),
                normalizer,
                WordSplits.bert(),
                model,
                around,
                Decoders.wordPiece("##", true),
                UnaryOperator.identity());
    }

    /** What transformers does to the decoded text of a vocabulary with an end-of-word suffix. */
    static UnaryOperator<String> endOfWords(String suffix) {
        return text -> Decoders.stripPython(text.replace(suffix, " "));
    }

    /** The text of a special token in {@code tokenizer_config.json}, which is a string or an object with its content. */
    static String special(JsonNode config, String name, String fallback) {
        JsonNode node = config.path(name);
        if (node.isObject()) node = node.path("content");
        return node.isTextual() ? node.asText() : fallback;
    }

    private static void addSpecial(
            Map<Integer, Added> added, JsonNode config, String name, String token, Vocabulary vocabulary) {
        int id = vocabulary.idOf(token);
        if (id < 0 || added.containsKey(id)) return;
        added.put(id, added(config.path(name), token, id, true));
    }

    private static Added added(JsonNode node, String content, int id, boolean special) {
        return new Added(
                content,
                id,
                node.path("single_word").asBoolean(false),
                node.path("lstrip").asBoolean(false),
                node.path("rstrip").asBoolean(false),
                node.path("normalized").asBoolean(!special),
                special || node.path("special").asBoolean(false));
    }

    /** Tokens of {@code added_tokens_decoder}: id to token. */
    static void addDeclared(Map<Integer, Added> added, JsonNode config) {
        config.path("added_tokens_decoder").properties().forEach(entry -> {
            JsonNode node = entry.getValue();
            int id;
            try {
                id = Integer.parseInt(entry.getKey());
            } catch (NumberFormatException notAnId) {
                return;
            }
            if (!node.path("content").isTextual()) return;
            boolean special = node.path("special").asBoolean(false);
            added.put(id, added(node, node.path("content").asText(), id, special));
        });
    }

    private static int required(Vocabulary vocabulary, String token, Path file) {
        int id = vocabulary.idOf(token);
        if (id < 0) {
            throw new FoveaException(file + " lacks the token '" + token
                    + "'; it is not the vocabulary of a model we know, or it is damaged: fetch it again");
        }
        return id;
    }

    /** Reads {@code "token": id} pairs up to the end of the object that the parser stands in. */
    static void readVocabulary(JsonParser parser, Vocabulary vocabulary, Path file) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String token = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_NUMBER_INT) {
                throw new FoveaException(file + ": token '" + token
                        + "' has no whole number as its id; the file is damaged, fetch it again");
            }
            vocabulary.add(token, parser.getIntValue(), file);
        }
    }

    /** Reads {@code merges.txt}: one merge a line, two tokens with a space between, a version comment at the top. */
    private static void readMerges(Path file, Merges merges) {
        byte[] text = bytes(file);
        byte[] version = "#version".getBytes(StandardCharsets.UTF_8);
        for (int start = 0; start < text.length; ) {
            int end = lineEnd(text, start);
            int last = trimmed(text, start, end);
            int space = start;
            while (space < last && text[space] != ' ') space++;
            boolean comment = last - start >= version.length
                    && java.util.Arrays.equals(text, start, start + version.length, version, 0, version.length);
            if (!comment && last > start) {
                if (space == start || space + 1 >= last) {
                    throw new FoveaException(file + ": the line '"
                            + new String(text, start, last - start, StandardCharsets.UTF_8)
                            + "' is not two tokens with a space between; the file is damaged, fetch it again");
                }
                merges.add(text, start, space, space + 1, last);
            }
            start = end + 1;
        }
    }

    private static int lineEnd(byte[] text, int start) {
        int end = start;
        while (end < text.length && text[end] != '\n') end++;
        return end;
    }

    private static int trimmed(byte[] text, int start, int end) {
        return end > start && text[end - 1] == '\r' ? end - 1 : end;
    }

    private static JsonNode optional(Path file) {
        if (!Files.exists(file)) return JSON.createObjectNode();
        return tree(file);
    }

    static JsonNode tree(Path file) {
        try {
            JsonNode node = JSON.readTree(bytes(file));
            if (!node.isObject()) throw new FoveaException(file + " is not a JSON object; fetch it again");
            return node;
        } catch (IOException broken) {
            throw broken(file, broken);
        }
    }

    static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException missing) {
            throw new FoveaException(file + " does not exist; fetch it", missing);
        } catch (IOException unreadable) {
            throw new FoveaException(file + " cannot be read (" + unreadable.getMessage() + "); check its permissions");
        }
    }

    /** One line about JSON that is none. */
    static FoveaException broken(Path file, IOException cause) {
        String what = cause instanceof JsonProcessingException json
                ? json.getOriginalMessage().lines().findFirst().orElse("broken") + where(json)
                : cause.getMessage();
        return new FoveaException(file + " is not valid JSON: " + what + "; fetch it again", cause);
    }

    private static String where(JsonProcessingException json) {
        return json.getLocation() == null
                ? ""
                : " at line " + json.getLocation().getLineNr();
    }
}
