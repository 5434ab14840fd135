package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fovea.app.arguments.TextArgumentsTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Captioning and filtering: what is written, what is reported, and that stopping loses nothing. */
class BootstrapCommandTest {

    @TempDir
    Path directory;

    private Path models;
    private Path input;
    private Path output;

    @BeforeEach
    void prepare() throws IOException {
        models = directory.resolve("models");
        TinyModels.blip(models.resolve("captioner"), "caption-base");
        TinyModels.blip(models.resolve("matcher"), "itm-base");
        input = directory.resolve("noisy.jsonl");
        output = directory.resolve("clean.jsonl");
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ClassifyCommandTest.picture(directory.resolve(i + ".png"), 0x0F1E2D * i);
            lines.add("{\"id\": \"n%d\", \"image\": \"%d.png\", \"text\": \"the red dog\"}".formatted(i, i));
        }
        Files.write(input, lines);
    }

    private Ran bootstrap(Object... more) {
        List<Object> all = new ArrayList<>(
                List.of("bootstrap", input, "--output", output, "--model", models, "--matcher", models));
        all.addAll(List.of(more));
        return Ran.fovea(all.toArray());
    }

    private List<JsonNode> lines() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(output)) {
            lines.add(new ObjectMapper().readTree(line));
        }
        return lines;
    }

    @Test
    void keepsWhatMatches() throws IOException {
        Ran ran = bootstrap("--json", "--threshold", 0.4);
        assertEquals(0, ran.exit(), ran.err());
        assertEquals(20, ran.json().get("pictures").asInt());
        List<JsonNode> lines = lines();
        assertEquals(20, lines.size());
        int kept = 0;
        for (JsonNode line : lines) {
            for (String kind : List.of("given", "synthetic")) {
                String text = line.get(kind).get("text").asText();
                boolean matches = line.get(kind).get("match").asDouble() >= 0.4;
                boolean there = false;
                for (JsonNode candidate : line.get("texts")) {
                    there |= candidate.asText().equals(text);
                }
                assertEquals(matches && !text.isEmpty(), there, line.toString());
                kept += kind.equals("given") && there ? 1 : 0;
            }
            Ran match = Ran.fovea(
                    "match", directory.resolve(line.get("image").asText()), "the red dog", "--model", models, "--json");
            double alone = match.json().get("results").get(0).get("match").asDouble();
            assertEquals(alone, line.get("given").get("match").asDouble(), 1e-6);
        }
        assertEquals(kept, ran.json().get("kept_given").asInt());
    }

    @Test
    void readsLinesFromStandardInput() throws IOException {
        String lines = "{\"image\": \"%s\"}\nnone\n".formatted(directory.resolve("3.png"));
        Ran ran = TextArgumentsTest.withInput(
                lines, "bootstrap", "-", "--output", output, "--model", models, "--matcher", models);
        assertEquals(1, ran.exit());
        assertTrue(ran.err().contains("standard input line 2: not a JSON object; left out"), ran.err());
        assertEquals(
                directory.resolve("3.png").toString(),
                lines().getFirst().get("id").asText());
    }

    @Test
    void goesOnWhereItWasStopped() throws IOException {
        assertEquals(0, bootstrap().exit());
        byte[] whole = Files.readAllBytes(output);
        // As if the process had died in the middle of a line.
        Files.write(output, Arrays.copyOf(whole, whole.length * 2 / 3));
        long done = Files.readString(output).chars().filter(c -> c == '\n').count();
        Ran ran = bootstrap("--json");
        assertEquals(done, ran.json().get("done_before").asInt());
        assertEquals(20 - done, ran.json().get("pictures").asInt());
        assertEquals(new String(whole), Files.readString(output));
        assertEquals(0, bootstrap("--json").json().get("pictures").asInt());
        assertEquals(new String(whole), Files.readString(output));
    }

    @Test
    void reportsBrokenLinesAndGoesOn() throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(input).subList(0, 3));
        lines.add(1, "{\"id\": \"x\", \"image\": ");
        lines.add("");
        lines.add("{\"id\": \"n0\", \"image\": \"5.png\"}");
        lines.add("{\"id\": \"gone\", \"image\": \"gone.png\", \"text\": \"a dog\"}");
        lines.add("{\"image\": \"6.png\"}");
        lines.add("{\"text\": \"no image\"}");
        lines.add("[1]");
        lines.add("{\"id\": \"long\", \"image\": \"7.png\", \"text\": \"" + "the dog ".repeat(40) + "\"}");
        Files.write(input, lines);
        Ran ran = bootstrap("--json");
        assertEquals(1, ran.exit());
        assertEquals(4, lines().size());
        assertTrue(!lines().getLast().has("given"), "a picture without a text gets a caption all the same");
        JsonNode skipped = ran.json().get("skipped");
        List<Integer> numbers = new ArrayList<>();
        skipped.forEach(problem -> numbers.add(problem.get("line").asInt()));
        numbers.sort(null);
        assertEquals(List.of(2, 6, 7, 9, 10, 11), numbers);
        assertEquals(6, ran.err().lines().count(), ran.err());
        for (String complaint : List.of(
                "noisy.jsonl line 6: id \"n0\" stands on line 1 already",
                "noisy.jsonl line 7: ",
                "gone.png",
                "line 9: \"image\" is missing",
                "line 11: the text has 82 tokens")) {
            assertTrue(ran.err().contains(complaint), ran.err());
        }
        assertTrue(bootstrap().out().contains("6 skipped"));
    }

    @Test
    void aFolderWithTextsBesideThePictures() throws IOException {
        Path folder = Files.createDirectories(directory.resolve("folder"));
        Files.copy(directory.resolve("1.png"), folder.resolve("1.png"));
        Files.copy(directory.resolve("2.png"), folder.resolve("2.png"));
        Files.writeString(folder.resolve("2.txt"), " the\nred dog\n");
        input = folder;
        assertEquals(0, bootstrap().exit());
        assertEquals("the red dog", lines().get(1).get("given").get("text").asText());
        assertTrue(!lines().get(0).has("given"));
    }

    @Test
    void refusesWhatItWouldSpoil() throws IOException {
        assertEquals(0, bootstrap().exit());
        ErrorsTest.assertOneLine(bootstrap("--threshold", 0.9), "was begun with --threshold 0.5");
        Files.writeString(output, "my notes\n");
        ErrorsTest.assertOneLine(bootstrap(), "not the output of this command");
        assertEquals("my notes\n", Files.readString(output));
        assertEquals(2, bootstrap("--threshold", 2).exit());
        input = directory.resolve("nowhere.jsonl");
        ErrorsTest.assertOneLine(bootstrap(), "nowhere.jsonl", "no such file");
    }
}
