package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.app.terminal.Style;
import dev.fovea.app.terminal.TextWidth;
import dev.fovea.models.LabelScore;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class ClassifyCommandTest {

    @TempDir
    static Path directory;

    private static Path model;
    private static Path picture;

    @BeforeAll
    static void prepare() throws IOException {
        model = TinyClip.write(directory.resolve("model"));
        picture = picture(directory.resolve("picture.png"), 0x3366CC);
    }

    public static Path picture(Path file, int rgb) throws IOException {
        Files.createDirectories(file.getParent());
        BufferedImage image = new BufferedImage(20, 24, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 20; i++) {
            image.setRGB(i, i, rgb);
        }
        ImageIO.write(image, "png", new File(file.toString()));
        return file;
    }

    private static Ran classify(Object... arguments) {
        Object[] all = new Object[arguments.length + 3];
        all[0] = "classify";
        all[1] = "--model";
        all[2] = model;
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        return Ran.fovea(all);
    }

    @Test
    void jsonIsWhatTheLibrarySaysToTheLastBit() throws IOException {
        Ran ran = classify("--json", picture, "a cat", "a dog", "ünïcödé 猫");
        assertEquals(0, ran.exit(), ran.err());
        assertEquals("", ran.err());
        JsonNode json = ran.json();
        assertEquals(model.toString(), json.get("model").asText());
        assertEquals(picture.toString(), json.get("image").asText());
        List<LabelScore> expected;
        try (Clip clip = Clip.load(model)) {
            expected = clip.classify(Picture.read(picture), List.of("a cat", "a dog", "ünïcödé 猫"));
        }
        assertEquals(3, json.get("results").size());
        float total = 0;
        for (int i = 0; i < 3; i++) {
            JsonNode result = json.get("results").get(i);
            assertEquals(expected.get(i).label(), result.get("label").asText());
            assertEquals(
                    expected.get(i).score(),
                    Float.parseFloat(result.get("score").asText()));
            assertEquals(
                    expected.get(i).logit(),
                    Float.parseFloat(result.get("logit").asText()));
            total += expected.get(i).score();
        }
        assertEquals(1, total, 1e-6);
        assertTrue(expected.get(0).score() > expected.get(2).score());
    }

    /** The reference has an answer for them: the embedding of start and end token. */
    @Test
    void emptyLabelsAreTexts() throws IOException {
        Ran ran = classify("--json", picture, "", "a cat", " ");
        assertEquals(0, ran.exit(), ran.err());
        List<LabelScore> expected;
        try (Clip clip = Clip.load(model)) {
            expected = clip.classify(Picture.read(picture), List.of("", "a cat", " "));
        }
        for (int i = 0; i < 3; i++) {
            JsonNode result = ran.json().get("results").get(i);
            assertEquals(expected.get(i).label(), result.get("label").asText());
            assertEquals(expected.get(i).score(), (float) result.get("score").asDouble());
        }
    }

    @Test
    void theEmbeddedModelKnowsTheExamples() throws IOException {
        List<String> labels = List.of("a cup of coffee", "an elephant", "an octopus", "a bicycle", "a tree");
        List<String> files = List.of("coffee.jpg", "elephant.png", "octopus.png");
        for (int i = 0; i < files.size(); i++) {
            List<Object> command =
                    new ArrayList<>(List.of("classify", "--json", "../examples/pictures/" + files.get(i)));
            command.addAll(labels);
            JsonNode json = Ran.fovea(command.toArray()).json();
            assertEquals("clip-mini", json.get("model").asText());
            assertEquals(labels.get(i), json.get("results").get(0).get("label").asText());
        }
    }

    @Test
    void optionsMayStandBeforeTheCommand() {
        Ran after = classify("--json", picture, "a", "b");
        Ran before = Ran.fovea("--json", "--model", model, "--threads", 1, "classify", picture, "a", "b");
        assertEquals(after, before);
    }

    @Test
    void theReferenceBackendAgrees() throws IOException {
        JsonNode fast = classify("--json", picture, "a cat", "a dog").json().get("results");
        JsonNode plain = classify("--json", "--device", "reference", picture, "a cat", "a dog")
                .json()
                .get("results");
        for (int i = 0; i < 2; i++) {
            assertEquals(plain.get(i).get("label"), fast.get(i).get("label"));
            assertEquals(
                    plain.get(i).get("score").asDouble(),
                    fast.get(i).get("score").asDouble(),
                    1e-4);
        }
    }

    @Test
    void aPipeGetsPlainLines() {
        Ran ran = classify(picture, "a cat", "a dog");
        List<String> lines = ran.out().lines().toList();
        assertEquals(2, lines.size());
        for (String line : lines) {
            assertTrue(line.matches("\\d+\\.\\d%\ta (cat|dog)"), line);
        }
    }

    @Test
    void aTerminalGetsBarsThatFit() {
        Style terminal = new Style(true, false, 60, StandardCharsets.UTF_8);
        Ran ran = Ran.at(terminal, "classify", "--model", model, picture, "a cat", "a dog", "猫の写真", "x".repeat(80));
        List<String> lines = ran.out().lines().toList();
        assertEquals(4, lines.size());
        assertTrue(lines.getFirst().contains("█"), ran.out());
        for (String line : lines) {
            assertTrue(TextWidth.of(line) <= 60, line);
            assertEquals(-1, line.indexOf('\033'), line);
            assertEquals('%', line.replaceAll(".*([0-9.]{3})(.).*", "$2").charAt(0), line);
        }
        Style coloured = new Style(true, true, 60, StandardCharsets.UTF_8);
        assertTrue(Ran.at(coloured, "classify", "--model", model, picture, "a", "b")
                .out()
                .contains("\033["));
    }

    @Test
    void templatesAreAveragedAndNormalisedAgain() throws IOException {
        JsonNode json = classify("--json", "--template", "a {}", "--template", "the {} there", picture, "cat", "dog")
                .json();
        try (Clip clip = Clip.load(model)) {
            float[] a = clip.embed("a cat");
            float[] b = clip.embed("the cat there");
            double squares = 0;
            double cosine = 0;
            float[] image = clip.embed(Picture.read(picture));
            for (int i = 0; i < a.length; i++) {
                squares += Math.pow((a[i] + b[i]) / 2, 2);
                cosine += image[i] * (a[i] + b[i]) / 2;
            }
            float[] text = clip.embed("x");
            double factor =
                    clip.score(text, List.of("x"), List.of(text)).getFirst().logit();
            JsonNode cat = json.get("results").get(0).get("label").asText().equals("cat")
                    ? json.get("results").get(0)
                    : json.get("results").get(1);
            assertEquals(factor * cosine / Math.sqrt(squares), cat.get("logit").asDouble(), 1e-4);
        }
    }

    @Test
    void labelsFromAFile() throws IOException {
        Path labels = Files.writeString(directory.resolve("labels.txt"), "\uFEFFa cat\r\n\n  a dog \n");
        assertEquals(
                classify("--json", picture, "a bird", "a cat", "a dog"),
                classify("--json", picture, "a bird", "--labels", labels));
        assertEquals(
                2,
                classify("--json", picture, "--labels", labels)
                        .json()
                        .get("results")
                        .size());
        Path empty = Files.writeString(directory.resolve("none.txt"), "\n \n");
        ErrorsTest.assertOneLine(classify(picture, "--labels", empty), "none.txt: holds no label");
        Path binary = Files.write(directory.resolve("binary.txt"), new byte[] {(byte) 0xFF, 0, 1});
        ErrorsTest.assertOneLine(classify(picture, "--labels", binary), "not UTF-8");
        ErrorsTest.assertOneLine(
                classify(picture, "--labels", directory), directory + ": ", "expected a file with one label a line");
    }

    @Test
    void aFolderGivesAnArrayAndGoesOnAfterWhatCannotBeRead() throws IOException {
        Path folder = directory.resolve("folder");
        picture(folder.resolve("b.png"), 0xFF0000);
        picture(folder.resolve("sub/c.PNG"), 0x00FF00);
        picture(folder.resolve(".hidden/d.png"), 0x00FF00);
        Files.writeString(folder.resolve("a.jpg"), "no picture");
        Files.writeString(folder.resolve("notes.txt"), "no picture and not called one");
        Ran ran = classify("--json", folder, "a", "b");
        assertEquals(1, ran.exit());
        assertEquals(1, ran.err().lines().count(), ran.err());
        assertTrue(ran.err().startsWith("fovea: ") && ran.err().contains("a.jpg"), ran.err());
        JsonNode json = ran.json();
        assertEquals(folder.toString(), json.get("image").asText());
        assertArrayEquals(
                new String[] {
                    folder.resolve("b.png").toString(),
                    folder.resolve("sub/c.PNG").toString()
                },
                json.get("images")
                        .valueStream()
                        .map(image -> image.get("image").asText())
                        .toArray());
        JsonNode alone = classify("--json", folder.resolve("b.png"), "a", "b").json();
        assertEquals(alone.get("results"), json.get("images").get(0).get("results"));
        assertEquals(
                folder.resolve("a.jpg").toString(),
                json.get("unreadable").get(0).get("image").asText());

        Ran plain = classify(folder, "a", "b");
        assertEquals(1, plain.exit());
        assertEquals(2, plain.out().lines().count());
        assertTrue(plain.out().startsWith(folder.resolve("b.png") + "\t"), plain.out());
    }

    @Test
    void severalPictures() throws IOException {
        Path other = picture(directory.resolve("other.png"), 0xFF00FF);
        JsonNode json = classify("--json", picture, "a", "b", "--image", other).json();
        assertEquals(2, json.get("images").size());
        assertNotEquals(
                json.get("images").get(0).get("results"),
                json.get("images").get(1).get("results"));
    }

    @Test
    void topLimitsWhatIsShown() throws IOException {
        assertEquals(
                2,
                classify("--top", 2, "--json", picture, "a", "b", "c")
                        .json()
                        .get("results")
                        .size());
        assertEquals(
                1, classify("--top", 1, picture, "a", "b", "c").out().lines().count());
    }

    @Test
    void aLabelTooLongIsCutWithAWarning() throws IOException {
        String longLabel = "x".repeat(100);
        Ran ran = classify("--json", picture, longLabel, "a");
        assertEquals(0, ran.exit());
        assertEquals(1, ran.err().lines().count());
        assertTrue(
                ran.err().startsWith("fovea: warning: \"xxx") && ran.err().contains(TinyClip.TOKENS + " tokens"),
                ran.err());
        assertEquals(2, ran.json().get("results").size());
    }
}
