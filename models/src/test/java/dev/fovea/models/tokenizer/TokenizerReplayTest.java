package dev.fovea.models.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.json.JsonValue;
import java.io.IOException;
import java.nio.file.Path;
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
            int[] ids = recorded.get("ids").items().stream()
                    .mapToInt(id -> id.integer(-1))
                    .toArray();
            assertArrayEquals(ids, tokenizer.encode(text), () -> name + ": " + escaped(text));
            assertEquals(recorded.get("plain").text(null), tokenizer.decode(ids, true), () -> escaped(text));
            assertEquals(recorded.get("decoded").text(null), tokenizer.decode(ids, false), () -> escaped(text));
        }
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
