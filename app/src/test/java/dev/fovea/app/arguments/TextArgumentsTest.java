package dev.fovea.app.arguments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.app.ClassifyCommandTest;
import dev.fovea.app.ErrorsTest;
import dev.fovea.app.Ran;
import dev.fovea.app.TinyClip;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class TextArgumentsTest {

    @TempDir
    static Path directory;

    private static Path model;
    private static Path red;
    private static Path blue;

    @BeforeAll
    static void prepare() throws IOException {
        model = TinyClip.write(directory.resolve("model"));
        red = ClassifyCommandTest.picture(directory.resolve("red.png"), 0xFF0000);
        blue = ClassifyCommandTest.picture(directory.resolve("blue.png"), 0x0000FF);
    }

    private static List<String> labels(Object... arguments) throws IOException {
        List<Object> all = new ArrayList<>(List.of("classify", "--json", "--model", model, red));
        all.addAll(List.of(arguments));
        Ran ran = Ran.fovea(all.toArray());
        assertEquals(0, ran.exit(), ran.err());
        List<String> labels = new ArrayList<>();
        ran.json()
                .get("results")
                .forEach(result -> labels.add(result.get("label").asText()));
        return labels.stream().sorted().toList();
    }

    @Test
    void textsMayBeginWithADash() throws IOException {
        assertEquals(
                List.of("- a cat", "--- x", "-5 degrees", "-à la carte"),
                labels("-5 degrees", "--- x", "- a cat", "-à la carte"));
        assertEquals(List.of("--json", "-dog"), labels("--", "-dog", "--json"));
        assertEquals(List.of("-5"), labels("-5", "--top", 1));
        assertTrue(Ran.fovea("classify", red, "-dog").err().contains("Unknown option: '-dog'"));
        assertTrue(Ran.fovea("classify", red, "a", "--top", "-5").err().contains("--top must be 1 or more, found -5"));
    }

    @Test
    void anAtSignIsOrdinary() throws IOException {
        Path list = Files.writeString(directory.resolve("list.txt"), "one two three");
        assertEquals(List.of("@" + list, "@home"), labels("@" + list, "@home"));
        JsonNode embedded = Ran.fovea("embed", "--json", "--model", model, "--text", "@" + list)
                .json();
        assertEquals("@" + list, embedded.get("embeddings").get(0).get("text").asText());
    }

    @Test
    void fileNamesInThePlaceOfTextsAreRefused() throws IOException {
        for (Ran ran : List.of(
                Ran.fovea("classify", "--model", model, red, blue, "a cat"),
                Ran.fovea("match", red, "a cat", blue),
                Ran.fovea("ask", red, blue),
                Ran.fovea("ground", red, blue),
                Ran.fovea("segment", red, blue),
                Ran.fovea("florence", red, "open_vocabulary_detection", blue),
                Ran.fovea("classify", "--model", model, red, model, "a cat"))) {
            assertEquals(2, ran.exit(), ran.err());
            assertTrue(ran.err().contains(" is a file, not a "), ran.err());
            assertEquals("", ran.out());
        }
        assertEquals(
                List.of("and/or", "nowhere.png", blue + " "),
                labels("nowhere.png", "and/or", blue + " ").stream()
                        .sorted((a, b) -> Boolean.compare(a.endsWith(" "), b.endsWith(" ")))
                        .toList());
        Path file = Files.writeString(directory.resolve("labels.txt"), blue + "\n");
        assertEquals(List.of(blue.toString()), labels("--labels", file));
    }

    @Test
    void embedTakesEmptyTexts() throws IOException {
        Ran ran = Ran.fovea("embed", "--json", "--model", model, "--text", "", "--text", " ", "--text", "a");
        assertEquals(0, ran.exit(), ran.err());
        JsonNode embeddings = ran.json().get("embeddings");
        assertEquals(3, embeddings.size());
        assertEquals("", embeddings.get(0).get("text").asText());
        assertEquals(embeddings.get(0).get("vector"), embeddings.get(1).get("vector"));
    }

    @Test
    void embedReadsListsFromStandardInput() throws IOException {
        JsonNode texts = withInput("a\r\n\nünï\n", "embed", "--json", "--model", model, "--text", "-", "--text", "b")
                .json()
                .get("embeddings");
        assertEquals(List.of("a", "", "ünï", "b"), texts.findValuesAsText("text"));
        JsonNode images = withInput("\n" + red + "\n" + blue, "embed", "--json", "--model", model, "--image", "-", red)
                .json()
                .get("embeddings");
        assertEquals(List.of(red.toString(), red.toString(), blue.toString()), images.findValuesAsText("image"));
        ErrorsTest.assertOneLine(
                withInput("\n", "embed", "--model", model, "--image", "-"), "list of pictures is empty");
        Ran twice = withInput(red + "\n", "embed", "--model", model, "--image", "-", "--text", "-");
        assertEquals(2, twice.exit());
        assertTrue(twice.err().contains("--image - has read standard input already"), twice.err());
    }

    @Test
    void classifyReadsAListInPlaceOfThePictureOrAfterIt() throws IOException {
        String list = red + "\n\n" + blue + "\n";
        JsonNode first = withInput(list, "classify", "-", "a cat", "a dog", "--json", "--model", model)
                .json();
        assertEquals("-", first.get("image").asText());
        assertEquals(
                List.of(red.toString(), blue.toString()), first.get("images").findValuesAsText("image"));
        JsonNode more = withInput(
                        red + "\n", "classify", blue, "a cat", "a dog", "--image", "-", "--json", "--model", model)
                .json();
        assertEquals(
                List.of(blue.toString(), red.toString()), more.get("images").findValuesAsText("image"));
        assertEquals(
                first.get("images").get(1).get("results"),
                more.get("images").get(0).get("results"));
        JsonNode one = withInput(red + "\n", "classify", "-", "a cat", "--json", "--model", model)
                .json();
        assertEquals(1, one.get("images").size(), "a list is a list even of one");
        ErrorsTest.assertOneLine(
                withInput("", "classify", "-", "a cat", "--model", model), "list of pictures is empty");
        Ran twice = withInput(list, "classify", "-", "a cat", "--image", "-", "--model", model);
        assertEquals(2, twice.exit());
        assertTrue(twice.err().contains("has read standard input already"), twice.err());
    }

    public static Ran withInput(String input, Object... arguments) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            return Ran.fovea(arguments);
        } finally {
            System.setIn(before);
        }
    }
}
