package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code --compute} as people give it, on the embedded models. */
class ComputeOptionTest {

    private static final Path MUSHROOMS = Path.of("../examples/pictures/two-mushrooms.png");

    @TempDir
    Path folder;

    private static JsonNode json(Object... arguments) throws IOException {
        Ran ran = Ran.fovea(arguments);
        assertEquals(0, ran.exit(), ran.err());
        return ran.json();
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void anEmbeddingIsNearlyTheSame(Precision precision) throws IOException {
        JsonNode exact = json("embed", MUSHROOMS, "--json");
        JsonNode found = json("embed", MUSHROOMS, "--json", "--compute", precision);
        assertFalse(exact.has("compute"));
        assertEquals(precision.toString(), found.get("compute").asText());
        double cosine = 0;
        JsonNode a = exact.get("embeddings").get(0).get("vector");
        JsonNode b = found.get("embeddings").get(0).get("vector");
        for (int i = 0; i < a.size(); i++) {
            cosine += a.get(i).asDouble() * b.get(i).asDouble();
        }
        double most = precision == Precision.INT8 ? 3e-3 : precision == Precision.BF16 ? 1e-4 : 1e-6;
        assertEquals(1, cosine, most);
    }

    @Test
    void captionsAndBoxesComeOutInInt8() throws IOException {
        assertFalse(json("caption", MUSHROOMS, "--json", "--compute", "int8")
                .get("caption")
                .asText()
                .isEmpty());
        JsonNode found = json("detect", "../examples/pictures/trumpet-boot-and-key.png", "--json", "--compute", "int8");
        assertEquals("int8", found.get("compute").asText());
        assertFalse(found.get("result").get("boxes").isEmpty());
    }

    /** What was chosen is in JSON, and the second run remembers it. */
    @Test
    void theModelChoosesThePrecision() throws IOException {
        Ran first = Ran.fovea("embed", MUSHROOMS, "--json", "--compute", "auto");
        assertEquals(0, first.exit(), first.err());
        assertTrue(first.err().startsWith("fovea: --compute auto: "), first.err());
        String chosen = first.json().get("compute").asText();
        Precision precision = Precision.valueOf(chosen.toUpperCase(Locale.ROOT));
        assertTrue(Backends.precisions("cpu").contains(precision), chosen);
        Ran second = Ran.fovea("embed", MUSHROOMS, "--json", "--compute", "auto");
        assertEquals(first.err(), second.err());
        assertEquals(first.out(), second.out());
        JsonNode asked = json("embed", MUSHROOMS, "--json", "--compute", chosen);
        assertEquals(asked, first.json());
    }

    @Test
    void whatIsNoPrecisionIsWrongUsage() {
        Ran ran = Ran.fovea("embed", MUSHROOMS, "--compute", "int4");
        assertEquals(2, ran.exit());
        assertTrue(ran.err().contains("--compute") && ran.err().contains("int4"), ran.err());
    }

    /** A file that was begun in one precision does not go on in another. */
    @Test
    void aResumedRunKeepsItsPrecision() {
        String file = folder.resolve("vectors.jsonl").toString();
        assertEquals(
                0,
                Ran.fovea("embed", MUSHROOMS, "--to", file, "--compute", "int16")
                        .exit());
        Ran other = Ran.fovea("embed", MUSHROOMS, "--to", file);
        assertEquals(1, other.exit());
        assertTrue(other.err().contains("--compute"), other.err());
    }

    @Test
    void aDeviceWithoutTheArithmeticSaysSoOnce() {
        for (Precision precision : Precision.values()) {
            Ran ran = Ran.fovea("embed", MUSHROOMS, "--compute", precision);
            assertEquals(0, ran.exit());
            boolean isNative = Backends.precisions("cpu").contains(precision);
            assertEquals(isNative ? 0 : 1, ran.err().split("--compute", -1).length - 1, ran.err());
        }
    }
}
