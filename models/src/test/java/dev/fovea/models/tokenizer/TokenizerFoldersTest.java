package dev.fovea.models.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The small files beside a vocabulary count as they do in transformers ({@code oracle/tokenizer_folders.py}). */
class TokenizerFoldersTest {
    private static final Map<String, String> MODEL_TYPES =
            Map.of("clip", "clip", "small-byte-level", "florence2", "small-word-piece", "blip");

    @TempDir
    Path folder;

    @Test
    void idsAndTextsAreThoseOfTheReference() throws IOException {
        List<JsonValue> folders = TokenizerCases.lines("folders.jsonl.gz");
        assertEquals(150, folders.size());
        for (int i = 0; i < folders.size(); i++) {
            JsonValue recorded = folders.get(i);
            String name = "folder " + i + " " + recorded.get("files");
            Tokenizer tokenizer = Tokenizer.load(unpack(recorded, Files.createDirectory(folder.resolve("" + i))));
            for (JsonValue text : recorded.get("cases").items()) {
                int[] ids = text.get("ids").items().stream()
                        .mapToInt(id -> id.integer(-1))
                        .toArray();
                assertArrayEquals(ids, tokenizer.encode(text.get("text").text(null)), () -> name + ": " + text);
                assertEquals(text.get("plain").text(null), tokenizer.decode(ids, true), () -> name + ": " + text);
                assertEquals(text.get("decoded").text(null), tokenizer.decode(ids, false), () -> name + ": " + text);
            }
        }
    }

    private static Path unpack(JsonValue recorded, Path path) throws IOException {
        String vocabulary = recorded.get("vocabulary").text(null);
        if (vocabulary.equals("clip")) TokenizerCases.unpack("clip", path);
        else if (recorded.get("layout").text(null).equals("json")) writeJson(vocabulary, recorded, path);
        else writeSlow(vocabulary, path);
        for (var file : recorded.get("files").fields().entrySet()) {
            Files.writeString(path.resolve(file.getKey()), file.getValue().text(null));
        }
        Files.writeString(path.resolve("config.json"), "{\"model_type\": \"" + MODEL_TYPES.get(vocabulary) + "\"}");
        return path;
    }

    /** Of a field that comes twice the last one counts. */
    private static void writeJson(String vocabulary, JsonValue recorded, Path path) throws IOException {
        String json = json(vocabulary).strip();
        StringBuilder changed = new StringBuilder(json.substring(0, json.length() - 1));
        recorded.get("changes")
                .fields()
                .forEach((name, value) -> changed.append(", \"" + name + "\": ").append(value.text(null)));
        Files.writeString(path.resolve("tokenizer.json"), changed.append("}"));
    }

    private static String json(String vocabulary) throws IOException {
        return new String(TokenizerCases.resource(vocabulary + "/tokenizer.json"), StandardCharsets.UTF_8);
    }

    private static void writeSlow(String vocabulary, Path path) throws IOException {
        JsonValue model =
                JsonReader.readObject(json(vocabulary), "tokenizer.json").get("model");
        Map<String, JsonValue> ids = model.get("vocab").fields();
        if (vocabulary.equals("small-word-piece")) {
            List<String> words = ids.entrySet().stream()
                    .sorted(java.util.Comparator.comparing(
                            entry -> entry.getValue().integer(-1)))
                    .map(Map.Entry::getKey)
                    .toList();
            Files.write(path.resolve("vocab.txt"), words);
            return;
        }
        String entries = ids.entrySet().stream()
                .map(entry ->
                        "\"" + entry.getKey().replace("\\", "\\\\").replace("\"", "\\\"") + "\": " + entry.getValue())
                .collect(Collectors.joining(", ", "{", "}"));
        Files.writeString(path.resolve("vocab.json"), entries);
        List<String> merges = model.get("merges").items().stream()
                .map(pair -> pair.get(0).text(null) + " " + pair.get(1).text(null))
                .toList();
        Files.write(path.resolve("merges.txt"), merges);
    }

    /** Written by the last slow tokenizers, whatever ids they stated. */
    @Test
    void aLearnedWordGetsTheNextId() throws IOException {
        TokenizerCases.unpack("clip", folder);
        write("added_tokens.json", "{\"<cat-toy>\": 49999}");
        Tokenizer tokenizer = Tokenizer.load(folder);
        assertArrayEquals(new int[] {49406, 320, 49408, 49407}, tokenizer.encode("a <CAT-toy>"));
        assertEquals(49408, tokenizer.idOf("<cat-toy>"));
        assertEquals("<cat-toy>", tokenizer.tokenOf(49408));
        assertEquals(49408, tokenizer.size());
    }

    @Test
    void casingOfTheConfigurationWinsOverTheTokenizerFile() throws IOException {
        TokenizerCases.unpack("small-word-piece", folder);
        write("config.json", "{\"model_type\": \"blip\"}");
        int[] lower = Tokenizer.load(folder).encode("the");
        assertArrayEquals(lower, Tokenizer.load(folder).encode("The"));
        write("tokenizer_config.json", "{\"do_lower_case\": false}");
        int[] unknown = Tokenizer.load(folder).encode("The");
        assertArrayEquals(new int[] {lower[0], 1, lower[lower.length - 1]}, unknown);
    }

    /** Of a word that comes twice the last line counts; white space at the end of a line is none of the word's. */
    @Test
    void wordsOnSeveralLines() throws IOException {
        write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n[PAD]\n[MASK]\ncat\r\ndog \u00a0\ncat\n");
        write("added_tokens.json", "{\"<new>\": 9}");
        assertArrayEquals(new int[] {1, 7, 6, 4, 2}, Tokenizer.load(folder).encode("cat dog [MASK]"));
        assertArrayEquals(new int[] {1, 7, 2}, Tokenizer.load(folder).encode("<new>"));
    }

    @Test
    void brokenFilesAreNamed() throws IOException {
        TokenizerCases.unpack("clip", folder);
        write("added_tokens.json", "{\"<new>\": \"x\"}");
        assertError("added_tokens.json: token '<new>' has the id \"x\", expected a whole number");
        write("added_tokens.json", "{}");
        write("special_tokens_map.json", "[");
        assertError("special_tokens_map.json is not valid JSON");
        write("special_tokens_map.json", "{}");
        write("tokenizer_config.json", "{\"added_tokens_decoder\": {\"49408\": \"<x>\"}}");
        assertError("added_tokens_decoder has '49408': \"<x>\", expected an id and an object with a content");
        write("tokenizer_config.json", "{\"added_tokens_decoder\": {\"x\": {\"content\": \"<x>\"}}}");
        assertError("added_tokens_decoder has 'x'");
        write("tokenizer_config.json", "{\"split_special_tokens\": \"yes\"}");
        assertError("split_special_tokens is \"yes\", expected true or false");
    }

    /**
     * An unknown token that only a small file adds is no help for the model, which the reference finds out at the first
     * text that needs it.
     */
    @Test
    void unknownTokensOutsideTheVocabularyAreNamed() throws IOException {
        write("vocab.json", "{\"a</w>\": 0, \"<|startoftext|>\": 1, \"<|endoftext|>\": 2}");
        write("merges.txt", "");
        write("tokenizer_config.json", "{\"unk_token\": \"<unk>\"}");
        Tokenizer tokenizer = Tokenizer.load(folder);
        assertArrayEquals(new int[] {1, 0, 3, 2}, tokenizer.encode("a <unk>"));
        FoveaException error = assertThrows(FoveaException.class, () -> tokenizer.encode("b"));
        assertTrue(error.getMessage().contains("neither 'b' nor the unknown token '<unk>'"), error.getMessage());
    }

    private void assertError(String expected) {
        FoveaException error = assertThrows(FoveaException.class, () -> Tokenizer.load(folder));
        assertTrue(error.getMessage().contains(expected), error.getMessage());
        assertEquals(1, error.getMessage().lines().count());
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
    }
}
