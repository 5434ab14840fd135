package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.app.arguments.TextArgumentsTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --draw-to} as a user runs it. */
class DrawToTest {

    @TempDir
    static Path directory;

    private static Path model;

    @TempDir
    Path folder;

    private Path pictures;
    private Path out;

    @BeforeAll
    static void model() {
        model = TinyModels.florence(directory.resolve("model"), "base");
    }

    @BeforeEach
    void pictures() throws IOException {
        pictures = folder.resolve("pictures");
        out = folder.resolve("out/drawn");
        Files.createDirectories(pictures.resolve("below"));
        Path first = FlorenceAnswersTest.folder().resolve("first.png");
        Files.copy(first, pictures.resolve("a.png"));
        Files.copy(FlorenceAnswersTest.folder().resolve("second.png"), pictures.resolve("below/a.png"));
        Files.copy(first, pictures.resolve("b.jpg"));
    }

    private static Ran fovea(Object... arguments) {
        List<Object> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--model", model, "--beams", 1, "--max-new-tokens", 40));
        return Ran.fovea(all.toArray());
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void everyPictureIsDrawnWhereItLiesAndARunGoesOn() throws IOException {
        Ran ran = fovea("detect", pictures, "--draw-to", out);
        assertEquals(0, ran.exit(), ran.err());
        assertEquals("drawings in " + out + ": 3 pictures\n", ran.out());
        assertEquals(List.of(".run", "a.png", "b.jpg.png", "below/a.png"), files(out));
        Path alone = folder.resolve("alone.png");
        assertEquals(
                0,
                fovea("detect", pictures.resolve("below/a.png"), "--draw", alone)
                        .exit());
        assertArrayEquals(Files.readAllBytes(alone), Files.readAllBytes(out.resolve("below/a.png")));

        Files.delete(out.resolve("a.png"));
        Files.write(out.resolve("b.jpg.png"), new byte[0]); // as after a power failure
        FileTime before = Files.getLastModifiedTime(out.resolve("below/a.png"));
        JsonNode again = fovea("detect", pictures, "--draw-to", out, "--json").json();
        assertEquals(2, again.get("pictures").asInt());
        assertEquals(1, again.get("done_before").asInt());
        assertEquals(out.toString(), again.get("draw_to").asText());
        assertTrue(Files.size(out.resolve("b.jpg.png")) > 0);
        assertEquals(before, Files.getLastModifiedTime(out.resolve("below/a.png")));
    }

    @Test
    void otherOptionsAndOtherCommandsAreRefused() throws IOException {
        assertEquals(0, fovea("detect", pictures, "--draw-to", out).exit());
        Ran other = fovea("ocr", pictures, "--draw-to", out);
        ErrorsTest.assertOneLine(other, "was begun with command detect, not ocr");
        ErrorsTest.assertOneLine(
                fovea("detect", pictures, "--draw-to", out, "--seed", 3), "was begun with --seed not given, not 3");
    }

    @Test
    void drawingsInsideTheFolderAreNoPicturesOfTheNextRun() throws IOException {
        Path inside = pictures.resolve("drawn");
        Path results = folder.resolve("found.jsonl");
        for (int run = 0; run < 2; run++) {
            Ran ran = fovea("detect", pictures, "--draw-to", inside, "--to", results);
            assertEquals(0, ran.exit(), ran.err());
        }
        assertEquals(List.of(".run", "a.png", "b.jpg.png", "below/a.png"), files(inside));
        assertEquals(3, Files.readAllLines(results).size());
    }

    @Test
    void noFileOfAnybodyElseIsWrittenOver() throws IOException {
        byte[] before = Files.readAllBytes(pictures.resolve("a.png"));
        Ran same = fovea("detect", pictures, "--draw-to", pictures.resolve("../pictures"));
        ErrorsTest.assertOneLine(same, "would mix drawings with the pictures");
        Ran beside = fovea("detect", pictures.resolve("a.png"), pictures.resolve("b.jpg"), "--draw-to", pictures);
        assertEquals(1, beside.exit());
        assertTrue(beside.err().contains("a.png: is there already and was not drawn by this command"), beside.err());
        assertArrayEquals(before, Files.readAllBytes(pictures.resolve("a.png")));
        assertTrue(Files.exists(pictures.resolve("b.jpg.png")));

        Path file = Files.writeString(folder.resolve("file"), "mine");
        ErrorsTest.assertOneLine(
                fovea("detect", pictures, "--draw-to", file), "is a file, expected a folder for --draw-to");
        assertEquals("mine", Files.readString(file));
        ErrorsTest.assertOneLine(fovea("detect", pictures, "--draw-to", file.resolve("below")), "file");
    }

    @Test
    void filesOfOneNameInSeveralFoldersStayApart() throws IOException {
        Path one = pictures.resolve("a.png");
        Path other = pictures.resolve("below/a.png");
        Ran ran = TextArgumentsTest.withInput(
                one + "\n" + other + "\n", "detect", "-", "--draw-to", out, "--model", model, "--max-new-tokens", 5);
        assertEquals(0, ran.exit(), ran.err());
        assertEquals(List.of(".run", "a.png", "below/a.png"), files(out));
        Files.copy(one, pictures.resolve("b.jpg.png"));
        Ran clash = fovea("detect", pictures, "--draw-to", folder.resolve("clash"));
        assertEquals(1, clash.exit());
        assertTrue(clash.err().contains("b.jpg.png: would be drawn to"), clash.err());
    }

    @Test
    void wordsBesideAndPlacesDrawnAtOnce() throws IOException {
        Ran ran = fovea("ocr", pictures, "--draw-to", out, "--sidecar");
        assertEquals(0, ran.exit(), ran.err());
        assertEquals("texts beside the pictures, drawings in " + out + ": 3 pictures\n", ran.out());
        JsonNode quads = fovea("ocr", pictures.resolve("a.png"), "--json")
                .json()
                .get("result")
                .get("quads");
        assertEquals(
                String.join("\n", quads.findValuesAsText("label")) + "\n", Files.readString(pictures.resolve("a.txt")));
    }

    @Test
    void wrongUsage() {
        Ran both = fovea("detect", pictures.resolve("a.png"), "--draw-to", out, "--draw", folder.resolve("x.png"));
        assertEquals(2, both.exit());
        Ran text = fovea("describe", pictures, "--draw-to", out);
        assertEquals(2, text.exit());
        assertTrue(text.err().contains("add --ground, or leave out --draw-to"), text.err());
        assertEquals(
                2, fovea("florence", pictures, "<CAPTION>", "--draw-to", out).exit());
        assertFalse(Files.exists(out));
    }
}
