package dev.fovea.models.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every recorded text gets the ids, and every row of ids the text, that transformers gave. */
class TokenizerReplayTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"clip", "bert", "small-byte-level", "small-word-piece"})
    void idsAndTextsAreThoseOfTheReference(String name) throws IOException {
        Tokenizer tokenizer = Tokenizer.load(TokenizerCases.unpack(name, folder));
        List<JsonValue> cases = TokenizerCases.cases(name);
        assertTrue(cases.size() > 300, "cases of " + name);
        for (JsonValue recorded : cases) {
            String text = recorded.get("text").text(null);
            int[] ids = integers(recorded.get("ids"));
            assertArrayEquals(ids, tokenizer.encode(text), () -> name + ": " + escaped(text));
            assertEquals(recorded.get("plain").text(null), tokenizer.decode(ids, true), () -> escaped(text));
            assertEquals(recorded.get("decoded").text(null), tokenizer.decode(ids, false), () -> escaped(text));
        }
    }

    /** Broken UTF-8 over several tokens included. */
    @ParameterizedTest
    @ValueSource(strings = {"clip", "bert", "small-byte-level", "small-word-piece"})
    void idsThatNoTextHasAreDecodedAsByTheReference(String name) throws IOException {
        Tokenizer tokenizer = Tokenizer.load(TokenizerCases.unpack(name, folder));
        List<JsonValue> rows = TokenizerCases.rowsOfIds(name);
        assertTrue(rows.size() >= 200, "rows of " + name);
        for (JsonValue recorded : rows) {
            int[] ids = integers(recorded.get("ids"));
            String text = recorded.get("decoded").text(null);
            assertEquals(text, tokenizer.decode(ids, false), () -> escaped(text));
            assertArrayEquals(
                    keptToTheEnd(integers(recorded.get("lengths"))), tokenizer.ends(ids, false), () -> escaped(text));
        }
    }

    /** The definition: every beginning of a row is decoded. */
    @ParameterizedTest
    @ValueSource(strings = {"clip", "bert", "small-byte-level", "small-word-piece"})
    void endsAreTheLengthsOfBeginnings(String name) throws IOException {
        Tokenizer tokenizer = Tokenizer.load(TokenizerCases.unpack(name, folder));
        for (JsonValue recorded : TokenizerCases.cases(name).subList(0, 100)) {
            int[] ids = integers(recorded.get("ids"));
            for (boolean skipSpecialTokens : new boolean[] {false, true}) {
                int[] lengths = IntStream.rangeClosed(1, ids.length)
                        .map(count -> tokenizer
                                .decode(Arrays.copyOf(ids, count), skipSpecialTokens)
                                .length())
                        .toArray();
                assertArrayEquals(keptToTheEnd(lengths), tokenizer.ends(ids, skipSpecialTokens));
            }
        }
    }

    /** Of every beginning as much as no longer one takes back. */
    private static int[] keptToTheEnd(int[] lengths) {
        int[] kept = lengths.clone();
        for (int i = kept.length - 2; i >= 0; i--) {
            kept[i] = Math.min(kept[i], kept[i + 1]);
        }
        return kept;
    }

    private static int[] integers(JsonValue list) {
        return list.items().stream().mapToInt(id -> id.integer(-1)).toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip", "small-byte-level"})
    void manyThreadsGetTheSameIds(String name) throws IOException {
        Tokenizer tokenizer = Tokenizer.load(TokenizerCases.unpack(name, folder));
        List<String> texts = TokenizerCases.cases(name).stream()
                .map(recorded -> recorded.get("text").text(null))
                .toList();
        int[][] alone = texts.stream().map(tokenizer::encode).toArray(int[][]::new);
        Tokenizer shared = Tokenizer.load(folder);
        IntStream.range(0, texts.size() * 4).parallel().forEach(i -> {
            int at = i % texts.size();
            assertArrayEquals(alone[at], shared.encode(texts.get(at)));
        });
    }

    private static String escaped(String text) {
        StringBuilder result = new StringBuilder();
        text.codePoints()
                .forEach(c -> result.append(
                        c < 127 && c > 31 ? Character.toString(c) : "\\x{" + Integer.toHexString(c) + "}"));
        return result.toString();
    }
}
