package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --sidecar} as a user runs it. */
class SidecarOptionTest {

    @TempDir
    Path folder;

    private Path pictures;

    @BeforeEach
    void pictures() throws IOException {
        pictures = folder.resolve("pictures");
        for (int i = 0; i < 3; i++) {
            ClassifyCommandTest.picture(pictures.resolve("p" + i + ".old.png"), 0x336699 * i);
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private Path text(int number) {
        return pictures.resolve("p" + number + ".old.txt");
    }

    @Test
    void captionsLieBesideTheirPicturesAndARunGoesOn() throws IOException {
        JsonNode images = Ran.fovea("caption", pictures, "--json").json().get("images");
        Files.writeString(text(1), "by hand\n");
        Ran ran = Ran.fovea("caption", pictures, "--sidecar");
        assertEquals(0, ran.exit(), ran.err());
        assertEquals("texts beside the pictures: 2 pictures (1 were done before)\n", ran.out());
        assertEquals(
                List.of("p0.old.png", "p0.old.txt", "p1.old.png", "p1.old.txt", "p2.old.png", "p2.old.txt"),
                names(pictures));
        assertEquals(images.get(0).get("caption").asText() + "\n", Files.readString(text(0), StandardCharsets.UTF_8));
        assertEquals("by hand\n", Files.readString(text(1)));

        JsonNode again = Ran.fovea("caption", pictures, "--sidecar", "--json").json();
        assertEquals(0, again.get("pictures").asInt());
        assertEquals(3, again.get("done_before").asInt());
        assertTrue(again.get("sidecar").asBoolean());
        assertEquals(
                0, Ran.fovea("caption", pictures, "--sidecar", "--overwrite").exit());
        assertEquals(images.get(1).get("caption").asText() + "\n", Files.readString(text(1)));
    }

    @Test
    void anEmptyFileIsNoText() throws IOException {
        Files.writeString(text(0), "");
        assertEquals(0, Ran.fovea("caption", pictures, "--sidecar").exit());
        assertFalse(Files.readString(text(0)).isEmpty());
    }

    @Test
    void withAResultFileAPictureIsDoneWhenItHasBoth() throws IOException {
        Path file = folder.resolve("captions.jsonl");
        assertEquals(
                0, Ran.fovea("caption", pictures, "--sidecar", "--to", file).exit());
        List<String> lines = Files.readAllLines(file);
        Files.delete(text(2));
        Ran ran = Ran.fovea("caption", pictures, "--sidecar", "--to", file);
        assertEquals(file + ", texts beside the pictures: 1 pictures (2 were done before)\n", ran.out());
        assertEquals(lines, Files.readAllLines(file));
        assertTrue(Files.exists(text(2)));
        // What is in the result file is done even where texts are written anew, so such a run can be stopped, too.
        Ran anew = Ran.fovea("caption", pictures, "--sidecar", "--overwrite", "--to", file);
        assertTrue(anew.out().contains(": 0 pictures (3 were done before)"), anew.out());
    }

    @Test
    void classifyWritesTheBestLabelsAndAskTheAnswer() throws IOException {
        Path picture = pictures.resolve("p1.old.png");
        JsonNode results = Ran.fovea("classify", picture, "a cat", "a dog", "a bird", "--json")
                .json()
                .get("results");
        String best = results.get(0).get("label").asText();
        assertEquals(
                0,
                Ran.fovea("classify", picture, "a cat", "a dog", "a bird", "--sidecar")
                        .exit());
        assertEquals(best + "\n", Files.readString(text(1)));
        assertEquals(
                0,
                Ran.fovea("classify", picture, "a cat", "a dog", "a bird", "--sidecar", "--overwrite", "--top", 2)
                        .exit());
        assertEquals(best + ", " + results.get(1).get("label").asText() + "\n", Files.readString(text(1)));
        Ran ask = Ran.fovea("ask", picture, "what is it?", "--sidecar", "--overwrite");
        assertEquals(0, ask.exit(), ask.err());
        assertEquals(Ran.fovea("ask", picture, "what is it?").out(), Files.readString(text(1)));
    }

    @Test
    void twoPicturesOfOneNameAndAPictureThatIsCalledLikeAText() throws IOException {
        Files.copy(pictures.resolve("p0.old.png"), pictures.resolve("p0.old.gif"));
        Path odd = pictures.resolve("odd.txt");
        Files.copy(pictures.resolve("p0.old.png"), odd);
        byte[] before = Files.readAllBytes(odd);
        Ran ran = Ran.fovea("caption", pictures, odd, "--sidecar", "--json");
        assertEquals(1, ran.exit());
        List<String> lines = ran.err().lines().toList();
        assertEquals(2, lines.size(), ran.err());
        assertTrue(
                lines.get(0).contains("p0.old.png: its text would lie in")
                        && lines.get(0).contains("as that of"),
                ran.err());
        assertTrue(lines.get(1).contains("odd.txt: is itself given as a picture"), ran.err());
        assertEquals(3, ran.json().get("pictures").asInt());
        assertEquals(
                List.of(pictures.resolve("p0.old.png").toString(), odd.toString()),
                ran.json().get("unreadable").findValuesAsText("image"));
        assertEquals(ByteBuffer.wrap(before), ByteBuffer.wrap(Files.readAllBytes(odd)));
    }

    /** One line for a kind of failure, and all others are done. */
    @Test
    void textsThatCannotBeWrittenCostNoOther() throws IOException {
        Path bad = folder.resolve("bad");
        for (int i = 0; i < 4; i++) {
            ClassifyCommandTest.picture(bad.resolve("b" + i + ".png"), i);
            Files.createSymbolicLink(bad.resolve("b" + i + ".txt"), Path.of("/dev/null"));
        }
        Files.createDirectory(text(0));
        Ran ran = Ran.fovea("caption", bad, pictures, "--sidecar");
        assertEquals(1, ran.exit());
        assertEquals("texts beside the pictures: 2 pictures, 5 left out, see above\n", ran.out());
        assertTrue(Files.isRegularFile(text(1)) && Files.isRegularFile(text(2)));
        List<String> lines = ran.err().lines().toList();
        assertEquals(3, lines.size(), ran.err());
        assertTrue(lines.get(0).contains("p0.old.txt: is a folder"), ran.err());
        assertTrue(lines.get(1).contains("b0.txt: is a pipe or a device"), ran.err());
        assertTrue(lines.get(2).contains("for the same reasons nothing was written about 3 more pictures"), ran.err());
        assertFalse(Files.isRegularFile(Path.of("/dev/null")));
        for (int i = 0; i < 4; i++) {
            Files.delete(bad.resolve("b" + i + ".txt")); // still the link, which the folder's cleaner would warn about
        }
    }

    @Test
    void wrongUsage() {
        Ran alone = Ran.fovea("caption", pictures, "--overwrite");
        assertEquals(2, alone.exit());
        assertTrue(alone.err().contains("--overwrite is about the files of --sidecar"), alone.err());
        Ran boxes = Ran.fovea("florence", pictures, "<OD>", "--sidecar");
        assertEquals(2, boxes.exit());
        assertTrue(boxes.err().contains("task <OD> finds places and no text"), boxes.err());
        assertEquals(2, Ran.fovea("detect", pictures, "--sidecar").exit());
    }
}
