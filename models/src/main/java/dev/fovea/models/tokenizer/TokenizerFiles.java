package dev.fovea.models.tokenizer;

import dev.fovea.models.json.JsonScanner;
import dev.fovea.models.json.JsonValue;
import dev.fovea.models.tokenizer.AddedTokens.Added;
import dev.fovea.tensor.FoveaException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer.Form;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Builds a tokenizer from the files in a checkpoint's folder. */
final class TokenizerFiles {
    private TokenizerFiles() {}

    static Tokenizer load(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new FoveaException(folder + " is not a folder; a tokenizer is read from a checkpoint's folder");
        }
        JsonValue config = optional(folder.resolve("tokenizer_config.json"));
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
    private static Tokenizer bytePairs(Path vocabularyFile, Path mergesFile, JsonValue config) {
        Vocabulary vocabulary = new Vocabulary();
        JsonScanner scanner = new JsonScanner(JsonScanner.readBytes(vocabularyFile), vocabularyFile);
        readVocabulary(scanner, vocabulary, vocabularyFile);
        scanner.end();
        String kind = config.get("tokenizer_class").text("");
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
                PreTokenizers.byteLevel(config.get("add_prefix_space").flag(false), true);
        PreTokenizer split = clip
                ? PreTokenizer.sequence(List.of(WordSplits.clip(true), PreTokenizers.byteLevel(false, true)))
                : byteLevel;
        return new Tokenizer(
                new AddedTokens(added.values(), normalizer),
                normalizer,
                split,
                model,
                around,
                clip ? Decoders.endOfWords(Utf8Text::new, "</w>") : Utf8Text::new);
    }

    /** BERT's tokenizer from a list of words, one a line. */
    private static Tokenizer wordPieces(Path file, JsonValue config) {
        Vocabulary vocabulary = new Vocabulary();
        byte[] text = JsonScanner.readBytes(file);
        int id = 0;
        for (int start = 0; start < text.length; id++) {
            int end = lineEnd(text, start);
            vocabulary.add(text, start, trimmed(text, start, end), id, file);
            start = end + 1;
        }
        boolean lowercase = config.get("do_lower_case").flag(true);
        JsonValue accents = config.get("strip_accents");
        Normalizer normalizer = Normalizers.bert(
                true, config.get("tokenize_chinese_chars").flag(true), accents.flag(lowercase), lowercase);
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
                Decoders.wordPiece("##", true));
    }

    /** The text of a special token in {@code tokenizer_config.json}, which is a string or an object with its content. */
    static String special(JsonValue config, String name, String fallback) {
        JsonValue node = config.get(name);
        if (node.isObject()) node = node.get("content");
        return node.text(fallback);
    }

    private static void addSpecial(
            Map<Integer, Added> added, JsonValue config, String name, String token, Vocabulary vocabulary) {
        int id = vocabulary.idOf(token);
        if (id < 0) return;
        // One token may have several names, each with its own flags: the reference lets the last name win.
        added.put(id, added(config.get(name), token, id, true));
    }

    private static Added added(JsonValue node, String content, int id, boolean special) {
        return new Added(
                content,
                id,
                node.get("single_word").flag(false),
                node.get("lstrip").flag(false),
                node.get("rstrip").flag(false),
                node.get("normalized").flag(!special),
                special || node.get("special").flag(false));
    }

    /** Tokens of {@code added_tokens_decoder}: id to token. */
    static void addDeclared(Map<Integer, Added> added, JsonValue config) {
        config.get("added_tokens_decoder").fields().forEach((key, node) -> {
            int id;
            try {
                id = Integer.parseInt(key);
            } catch (NumberFormatException notAnId) {
                return;
            }
            if (!node.get("content").isText()) return;
            boolean special = node.get("special").flag(false);
            added.put(id, added(node, node.get("content").text(""), id, special));
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

    /** Reads an object of {@code "token": id} pairs. */
    static void readVocabulary(JsonScanner scanner, Vocabulary vocabulary, Path file) {
        scanner.expect('{');
        for (boolean first = true; scanner.hasNext(first, '}'); first = false) {
            int length = scanner.string();
            scanner.expect(':');
            int id = scanner.naturalNumber();
            if (id < 0) {
                throw new FoveaException(file + ": token '"
                        + new String(scanner.text(), 0, length, StandardCharsets.UTF_8)
                        + "' has no whole number as its id; the file is damaged, fetch it again");
            }
            vocabulary.add(scanner.text(), 0, length, id, file);
        }
    }

    /** Reads {@code merges.txt}: one merge a line, two tokens with a space between, a version comment at the top. */
    private static void readMerges(Path file, Merges merges) {
        byte[] text = JsonScanner.readBytes(file);
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

    private static JsonValue optional(Path file) {
        return Files.exists(file) ? JsonScanner.readObject(file) : JsonValue.MISSING;
    }
}
