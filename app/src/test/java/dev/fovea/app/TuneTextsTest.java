package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code tune} on files of pictures with texts, with the embedded models. */
class TuneTextsTest {

    private static final List<String> TEXTS = List.of("a snail", "two keys", "a harp", "a boot", "a trumpet", "a boot");

    @TempDir
    private Path directory;

    /** Discs of six colours. */
    @BeforeEach
    void pictures() throws IOException {
        for (int i = 0; i < TEXTS.size(); i++) {
            BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = image.createGraphics();
            graphics.setColor(Color.getHSBColor(i / 6f, 1, 1));
            graphics.fillOval(8 + i, 12, 40, 40);
            graphics.dispose();
            ImageIO.write(image, "png", directory.resolve(i + ".png").toFile());
        }
    }

    private Path file(String name, String line) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < TEXTS.size(); i++) {
            text.append(line.replace("IMAGE", i + ".png").replace("TEXT", TEXTS.get(i)))
                    .append('\n');
        }
        return Files.writeString(directory.resolve(name), text);
    }

    private Path output(String name) {
        return directory.resolve(name);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pairs|clip-mini|text_to_image_recall@1|{\"image\":\"IMAGE\",\"text\":\"TEXT\"}",
                "caption|blip-mini|cider|{\"image\":\"IMAGE\",\"text\":\"TEXT\"}",
                "ask|blip-mini|vqa_accuracy|{\"image\":\"IMAGE\",\"question\":\"what is it?\",\"answers\":[\"TEXT\"]}",
                "florence|florence-mini|exact_match|{\"image\":\"IMAGE\",\"task\":\"<CAPTION>\",\"output\":\"TEXT\"}"
            })
    void eachTaskLearnsAndIsMeasured(String task, String model, String figure, String line) throws IOException {
        Path data = file("data.jsonl", line);
        Ran ran = Ran.fovea(
                "tune",
                data,
                output("out"),
                "--task",
                task,
                "--method",
                "lora",
                "--epochs",
                3,
                "--batch",
                2,
                "--validation",
                0.3,
                "--json");
        assertEquals(0, ran.exit(), ran.err());
        JsonNode json = ran.json();
        assertEquals(task, json.get("task").asText());
        assertEquals(model, json.get("model").asText());
        assertTrue(json.get("classes").isNull());
        assertEquals(4, json.get("examples").asInt());
        assertEquals(2, json.get("before").get("examples").asInt());
        assertTrue(json.get("before").get(figure).asDouble() >= 0, json::toString);
        assertTrue(json.get("after").get(figure).asDouble() >= 0, json::toString);
        assertTrue(json.get("forgetting").isNull());
        assertTrue(json.get("remarks").get(0).asText().startsWith("2 of 6 pictures are held out"), json::toString);
        assertTrue(Files.exists(output("out").resolve("adapter/adapter_config.json")));
        List<String> curve = Files.readAllLines(output("out").resolve("curve.csv"));
        assertEquals(1 + 3 * 2, curve.size());
        assertTrue(curve.getLast().matches("3,6,[^,]+,[^,]+,,.*"), curve.getLast());
    }

    /** What is learned by heart is written: all six captions, measured on the same pictures, which is said. */
    @Test
    void captionsAreLearned() throws IOException {
        Path data = file("data.jsonl", "{\"image\":\"IMAGE\",\"text\":\"TEXT\"}");
        Ran ran = Ran.fovea(
                "tune",
                data,
                output("out"),
                "--task",
                "caption",
                "--method",
                "full",
                "--epochs",
                40,
                "--rate",
                0.001,
                "--validation",
                data,
                "--json");
        assertEquals(0, ran.exit(), ran.err());
        assertTrue(ran.err().contains("6 of the validation pictures are among those to learn from"), ran.err());
        JsonNode json = ran.json();
        assertTrue(
                json.get("after").get("rouge_l").asDouble() > 0.9
                        && json.get("before").get("rouge_l").asDouble() < 0.9,
                json::toString);
        Ran captioned = Ran.fovea("caption", directory.resolve("2.png"), "--model", output("out"));
        assertTrue(captioned.out().contains("a harp"), captioned.out());
    }

    @Test
    void whatIsWrongIsOneLineWithFileAndLine() throws IOException {
        Path data = file("data.jsonl", "{\"image\":\"IMAGE\",\"text\":\"TEXT\"}");
        Path missing = Files.writeString(
                directory.resolve("missing.jsonl"), "{\"image\":\"0.png\",\"text\":\"a\"}\n{\"image\":\"1.png\"}\n");
        Path wrong = Files.writeString(directory.resolve("wrong.jsonl"), "{\"image\":7,\"text\":\"a\"}\n");
        Path broken = Files.writeString(directory.resolve("broken.jsonl"), "{\"image\":\"0.png\",\n");
        Path nowhere = Files.writeString(directory.resolve("nowhere.jsonl"), "{\"image\":\"x.png\",\"text\":\"a\"}\n");
        Path empty = Files.writeString(
                directory.resolve("empty.jsonl"),
                "{\"image\":\"0.png\",\"text\":\" \"}\n{\"image\":\"1.png\",\"text\":\"\"}\n");
        assertLine(1, missing + ", line 2: has no text about the picture", tune(missing, "caption"));
        assertLine(1, wrong + ", line 1: image is 7; expected the name of a file", tune(wrong, "pairs"));
        assertLine(1, broken + ", line 1: not valid JSON", tune(broken, "pairs"));
        assertLine(1, data + ", line 1: has no field question", tune(data, "ask"));
        assertLine(1, data + ", line 1: has no field task", tune(data, "florence"));
        assertLine(1, "is empty; write one", tune(empty, "pairs"));
        assertLine(1, "is a folder; this task takes a file of examples", tune(directory, "caption"));
        assertLine(
                1,
                "clip-mini is a CLIP; tune needs a BLIP for captions",
                tune(data, "caption", "--model", "clip-mini"));
        Path places = Files.writeString(
                directory.resolve("places.jsonl"),
                "{\"image\":\"x.png\",\"task\":\"<OD>\",\"output\":\"a<loc_1><loc_2><loc_3><loc_4>\"}\n".repeat(2));
        assertLine(1, "names places, which cropped or mirrored", tune(places, "florence", "--augment", "flip"));
        assertLine(2, "--template is for classes", tune(data, "caption", "--template", "a {}"));
        assertLine(1, "no training to go on with", tune(data, "caption", "--resume"));
        Ran none = Ran.fovea(tune(nowhere, "caption"));
        assertEquals(1, none.exit());
        assertTrue(none.err().contains("none of its pictures can be read"), none.err());
        assertFalse(Files.exists(output("out")));
        try (Stream<Path> left = Files.list(directory)) {
            assertTrue(left.noneMatch(path -> path.toString().contains("out")));
        }
    }

    private Object[] tune(Path data, String task, Object... more) {
        return Stream.concat(
                        Stream.of("tune", data, output("out"), "--method", "lora", "--task", task), Stream.of(more))
                .toArray();
    }

    private static void assertLine(int exit, String expected, Object... arguments) {
        Ran ran = Ran.fovea(arguments);
        assertEquals(exit, ran.exit(), ran.err());
        assertEquals(1, ran.err().lines().count(), ran.err());
        assertTrue(ran.err().contains(expected), ran.err());
    }

    /** A picture that cannot be read costs its example, not the others; the exit code says so. */
    @Test
    void brokenPicturesAreSaidAndTheRestIsLearned() throws IOException {
        Files.writeString(directory.resolve("1.png"), "no picture");
        Path data = file("data.jsonl", "{\"image\":\"IMAGE\",\"text\":\"TEXT\"}");
        Ran ran = Ran.fovea(tune(data, "pairs", "--epochs", 1, "--validation", 0, "--json"));
        assertEquals(1, ran.exit(), ran.err());
        JsonNode json = ran.json();
        assertEquals(5, json.get("examples").asInt());
        assertTrue(json.get("before").isNull());
        assertEquals(1, json.get("unreadable").size());
        assertTrue(json.get("remarks").get(0).asText().startsWith("nothing is held out"), json::toString);
    }
}
