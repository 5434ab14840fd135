package dev.fovea.tensor.safetensors;

import static dev.fovea.tensor.safetensors.SafetensorsFiles.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers as text: what is JSON, and what has the form that the format wants. */
class HeaderParserTest {

    private static final String FILE = "model.safetensors";

    private static HeaderParser.Header parse(String header) {
        return HeaderParser.parse(FILE, header.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertRefused(String reason, byte[] header) {
        String message = assertThrows(FoveaException.class, () -> HeaderParser.parse(FILE, header))
                .getMessage();
        assertTrue(message.startsWith(FILE + ": not a valid safetensors file: "), message);
        assertTrue(message.contains(reason), message);
        assertEquals(1, message.lines().count(), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{}\r \t\n",
                "\t\n{}\r ",
                "{\"__metadata__\":{}}",
                "{\"__metadata__\":null}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":-0}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":1.5e+3}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":1E-2}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":0.0}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":true}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":false}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":null}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":[]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":{}}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":[ 1 , \"\\u00e9\" ]}}",
                "{\"__metadata__\":{\"a\":\"\\ud83d\\ude00\"}}",
                "{\"t\":{\"dtype\":\"I32\",\"shape\":[2,0],\"data_offsets\":[0, 0]}}",
                "{\"t\":{\"data_offsets\":[0,0],\"shape\":[0],\"dtype\":\"F32\",\"later\":{\"x\":[1,{}]}}}",
                "{\"a\":{\"dtype\":\"F4\",\"shape\":[0],\"data_offsets\":[0,0]},"
                        + "\"b\":{\"dtype\":\"F4\",\"shape\":[0],\"data_offsets\":[0,0]}}",
            })
    void acceptsHeadersWithoutData(String header) {
        HeaderRules.check(FILE, parse(header).tensors(), 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[]",
                "null",
                "\"x\"",
                "{}{}",
                "{} x",
                "{}\0",
                "{,}",
                "{'a':1}",
                "{\"a\":1}",
                "{\"a\":null}",
                "{\"a\":[]}",
                "{\"a\":{}}",
                "{\"__metadata__\":[]}",
                "{\"__metadata__\":{\"a\":1}}",
                "{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}",
                "{\"__metadata__\":{},\"__metadata__\":{}}",
                "\uFEFF{}",
                "{\"__metadata__\":{\"a\":\"\\ud800\"}}",
                "{\"__metadata__\":{\"\\udc00\\ud800\":\"\"}}",
                "{\"\\ud800x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":01}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":-}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":+1}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":1.}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":.5}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":1e}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":1e+}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":tru}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":nul}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":True}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":[1,]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":[,]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":[1 2]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":{\"y\"}}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":{\"y\":1,}}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":{y:1}}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":\"}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":\"\\x\"}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":\"\\u12g4\"}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":\"\\u12}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":\"\\ud83dx\"}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":\"\\ude00\"}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":NaN}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":0x1}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":1_0}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":/**/1}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":\"\t\"}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":\"\\n\u0001\"}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0,],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[00],\"data_offsets\":[0,0]}}",
                "{\"__metadata__\":{\"a\":\"\\ud83d\\ud83d\"}}",
                "{\"__metadata__\":nul}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,0]}}",
                "{\"a\":{\"shape\":[0],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"f32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F128\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":1,\"shape\":[0],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":0,\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-0],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0.0],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0e1],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"0\"],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":{}}}",
                "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"shape\":[0],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"data_offsets\":[0,0]}}",
            })
    void refusesMalformedHeaders(String header) {
        assertRefused("", header.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void refusesOtherEncodingsOfJson() {
        assertRefused("", "{}".getBytes(StandardCharsets.UTF_16BE));
        assertRefused("", "{}".getBytes(StandardCharsets.UTF_16LE));
        assertRefused("", "{}".getBytes(Charset.forName("UTF-32LE")));
    }

    @Test
    void refusesExcessiveNesting() {
        String deep = "[".repeat(100_000) + "]".repeat(100_000);
        assertRefused("deeper than 64 levels", ("{\"a\":{\"x\":" + deep + "}}").getBytes(StandardCharsets.UTF_8));
        String shape = "[0" + ",0".repeat(64) + "]";
        assertRefused(
                "more than 64 numbers", ("{" + entry("a", "U8", shape, 0, 0) + "}").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void refusesExcessivelyManyNames() {
        StringBuilder metadata = new StringBuilder();
        StringBuilder tensors = new StringBuilder();
        for (int i = 0; i <= SafetensorsFile.MOST_NAMES; i++) {
            metadata.append(i == 0 ? "" : ",").append('"').append(i).append("\":\"\"");
            tensors.append(i == 0 ? "" : ",").append(entry(Integer.toString(i), "U8", "[0]", 0, 0));
        }
        assertRefused(
                "more than 250000 names", ("{\"__metadata__\":{" + metadata + "}}").getBytes(StandardCharsets.UTF_8));
        assertRefused("more than 250000 names", ("{" + tensors + "}").getBytes(StandardCharsets.UTF_8));
    }
}
