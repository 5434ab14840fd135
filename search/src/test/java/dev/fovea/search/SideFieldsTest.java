package dev.fovea.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SideFieldsTest {

    @TempDir
    Path directory;

    private SideFields read(String name, String text) throws IOException {
        return SideFields.read(Files.writeString(directory.resolve(name), text));
    }

    private Map<String, List<String>> find(SideFields fields, String picture) {
        return fields.find(directory.resolve(picture), List.of(directory.resolve("photos")))
                .orElse(null);
    }

    @Test
    void csvHasQuotesCommasAndLineEnds() throws IOException {
        SideFields fields = read(
                "f.csv", "\uFEFFtitle,path,empty\r\n\"a \"\"b\"\",\nc\",photos/x.png,\r\n\r\nplain,photos/y.png,z\n");
        assertEquals(Map.of("title", List.of("a \"b\",\nc")), find(fields, "photos/x.png"));
        assertEquals(Map.of("title", List.of("plain"), "empty", List.of("z")), find(fields, "photos/y.png"));
        assertEquals(0, fields.unused());
    }

    /** As Excel writes it where commas are in numbers. */
    @Test
    void csvMayHaveSemicolons() throws IOException {
        SideFields fields = read("f.csv", "image;price;title\nphotos/x.png;1,5;\"a; b\"\n");
        assertEquals(Map.of("price", List.of("1,5"), "title", List.of("a; b")), find(fields, "photos/x.png"));
    }

    @Test
    void csvWithoutAKnownColumnGoesByTheFirst() throws IOException {
        assertEquals(Map.of("b", List.of("2")), find(read("f.csv", "sku,b\nx.png,2\n"), "photos/x.png"));
    }

    @Test
    void jsonLinesHaveListsObjectsAndNumbers() throws IOException {
        SideFields fields = read("f.jsonl", """
                {"image": "x.png", "year": 2020, "tags": ["a", {"label": "b", "score": 0.5}], "gps": {"lat": 1.5}, \
                "no": null}

                {"image": "./photos/y.png", "sold": true}
                """);
        assertEquals(
                Map.of("year", List.of("2020"), "tags", List.of("a", "b"), "gps.lat", List.of("1.5")),
                find(fields, "photos/x.png"));
        assertEquals(1, fields.unused());
        assertEquals(Map.of("sold", List.of("true")), find(fields, "photos/y.png"));
        assertEquals(Optional.empty(), fields.find(Path.of("/elsewhere/x.png"), List.of()));
    }

    @ParameterizedTest
    @CsvSource({
        "f.csv, '', is empty",
        "f.csv, 'a,b\n1\n', 'line 2: has 1 values, expected 2'",
        "f.csv, 'a,b\n\"1,2\n', 'line 2: a quote is not closed'",
        "f.csv, 'a,b\n\"1\"x,2\n', 'line 2: has text after a closing quote'",
        "f.jsonl, '{\"image\": \"a\"}\n[]\n', 'line 2'",
        "f.jsonl, '{\"year\": 2020}\n', 'line 1: names no picture'",
        "f.csv, 'image,tags\na.png,x\nb.png,y\na.png,z\n', 'line 4: \"a.png\" is on a line before'",
        "f.jsonl, '{\"image\": \"a\"}\n\n{\"image\": \"a\"}\n', 'line 3: \"a\" is on a line before'",
        "f.csv, 'image,price,price\na.png,1,2\n', 'line 1: names the column \"price\" twice'",
        "f.txt, 'a', 'that end in .jsonl or .csv'"
    })
    void whatIsWrongIsNamedByLine(String name, String text, String expected) {
        FoveaException e = assertThrows(FoveaException.class, () -> read(name, text));
        assertTrue(e.getMessage().contains(expected), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }

    @Test
    void otherEncodingsAreNamed() throws IOException {
        Path file = Files.write(directory.resolve("f.csv"), new byte[] {'a', '\n', (byte) 0xE4, '\n'});
        assertTrue(assertThrows(FoveaException.class, () -> SideFields.read(file))
                .getMessage()
                .contains("not UTF-8"));
        assertThrows(FoveaException.class, () -> SideFields.read(directory.resolve("missing.csv")));
        assertThrows(FoveaException.class, () -> SideFields.read(directory.getRoot()));
    }
}
