package dev.fovea.tensor.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
    @Test
    void readsEveryKindOfValue() {
        JsonValue value = read("\uFEFF {\"a\": [1, -2.5e3, true, false, null, \"x\"], \"b\": {\"c\": {}}, \"n\":"
                + " 12345678901234567890}");
        JsonValue list = value.get("a");
        assertEquals(6, list.items().size());
        assertEquals(1, list.get(0).integer(0));
        assertEquals(-2500.0, list.get(1).number(0));
        assertTrue(list.get(2).flag(false));
        assertTrue(list.get(4).isMissing());
        assertEquals("x", list.get(5).text(null));
        assertTrue(list.get(6).isMissing());
        assertTrue(value.get("b").get("c").isObject());
        assertTrue(value.get("no").get("such").get(3).isMissing());
        assertEquals(12345678901234567890.0, value.get("n").number(0));
        assertEquals(7, value.get("n").integer(7));
    }

    @Test
    void readsEscapesAndAllPlanes() {
        JsonValue value = read("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0120\\u00e9\\u20ac\\ud83d\\ude0a 😊é\"");
        assertEquals("\"\\/\b\f\n\r\tĠé€😊 😊é", value.text(null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{\"a\"",
                "{\"a\":",
                "{\"a\":1",
                "{\"a\":1,}",
                "[1,]",
                "[1 2]",
                "\"abc",
                "\"\\x\"",
                "\"\\u12\"",
                "tru",
                "nul",
                "1.2.3",
                "--1",
                "{a:1}",
                "[}",
                "\"\n\"",
                "1 2",
                "{} {}"
            })
    void saysWhereAFileIsBroken(String text) {
        FoveaException error = assertThrows(FoveaException.class, () -> read(text));
        assertTrue(error.getMessage().startsWith("file is not valid JSON: "), error.getMessage());
    }

    @Test
    void doesNotOverflowTheStack() {
        assertThrows(FoveaException.class, () -> read("[".repeat(100_000)));
    }

    private static JsonValue read(String text) {
        JsonReader scanner = new JsonReader(text.getBytes(StandardCharsets.UTF_8), "file");
        JsonValue value = scanner.value();
        scanner.end();
        return value;
    }
}
