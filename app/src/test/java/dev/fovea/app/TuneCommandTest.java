package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.Style;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code tune} on clip-mini and a dozen small pictures, and what the commands make of the result. */
class TuneCommandTest {

    @TempDir
    private Path directory;

    private Path data;

    /** Discs and bars under names that say nothing, so that zero-shot has to guess. */
    @BeforeEach
    void pictures() throws IOException {
        data = directory.resolve("data");
        for (int i = 0; i < 5; i++) {
            draw(data.resolve("kind_a"), i, true);
            draw(data.resolve("kind_b"), i, false);
        }
    }

    private static Path draw(Path folder, int number, boolean disc) throws IOException {
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, 64, 64);
        graphics.setColor(new Color(60 + 30 * number, 40, 200 - 30 * number));
        if (disc) {
            graphics.fillOval(8 + number, 12, 40, 40);
        } else {
            graphics.fillRect(4, 24 + number, 56, 10);
        }
        graphics.dispose();
        Files.createDirectories(folder);
        Path file = folder.resolve(number + ".png");
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    private Path output(String name) {
        return directory.resolve(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"probe", "tip", "tip-f", "lp++"})
    void tunedHeadsAnswerWithoutLabels(String method) throws IOException {
        Ran ran = Ran.fovea("tune", data, output("out"), "--method", method, "--json");
        assertEquals(0, ran.exit(), ran.err());
        JsonNode json = ran.json();
        assertEquals(method, json.get("method").asText());
        assertEquals("clip-mini", json.get("model").asText());
        assertEquals(2, json.get("classes").asInt());
        assertEquals(8, json.get("examples").asInt());
        assertEquals(2, json.get("validation").asInt());
        assertEquals("validation", json.get("before").get("on").asText());
        assertEquals(1, json.get("after").get("top1").asDouble());
        assertEquals(0, json.get("forgetting").get("difference").asDouble());
        assertTrue(json.get("seconds").asDouble() > 0);
        assertTrue(json.get("remarks").get(0).asText().startsWith("2 of 10 pictures are held out"));

        Path picture = draw(directory.resolve("new"), 6, false);
        JsonNode own = Ran.fovea("classify", picture, "--model", output("out"), "--json")
                .json();
        assertEquals("kind b", own.get("results").get(0).get("label").asText());
        JsonNode zeroShot = Ran.fovea("classify", picture, "a disc", "a bar", "--model", output("out"), "--json")
                .json();
        assertEquals(
                Ran.fovea("classify", picture, "a disc", "a bar", "--json")
                        .json()
                        .get("results"),
                zeroShot.get("results"));
    }

    @Test
    void prolipIsAPlainClip() throws IOException {
        Path test = directory.resolve("split");
        for (int i = 0; i < 4; i++) {
            draw(test.resolve("train/a disc"), i, true);
            draw(test.resolve("train/a bar"), i, false);
            draw(test.resolve("test/a disc"), i + 3, true);
            draw(test.resolve("test/a bar"), i + 3, false);
        }
        Path kept = directory.resolve("kept");
        for (String name : List.of("octopus", "elephant")) {
            Path folder = Files.createDirectories(kept.resolve(name));
            Files.copy(Path.of("../examples/pictures").resolve(name + ".png"), folder.resolve("1.png"));
        }
        Ran ran = Ran.fovea(
                "tune",
                test,
                output("out"),
                "--method",
                "prolip",
                "--epochs",
                50,
                "--rate",
                0.001,
                "--keep",
                kept,
                "--json");
        assertEquals(0, ran.exit(), ran.err());
        JsonNode json = ran.json();
        assertEquals("test", json.get("after").get("on").asText());
        assertEquals(8, json.get("after").get("pictures").asInt());
        assertTrue(
                json.get("after").get("top1").asDouble()
                        >= json.get("before").get("top1").asDouble(),
                json::toString);
        assertEquals(1, json.get("forgetting").get("before").asDouble());
        assertEquals(2, json.get("forgetting").get("pictures").asInt());
        assertTrue(ran.err().contains("2 of the 8 test pictures are among those to learn from"), ran.err());

        JsonNode evaluated = Ran.fovea("evaluate", test.resolve("test"), "--model", output("out"), "--json")
                .json();
        assertEquals(
                json.get("after").get("top1").asDouble(), evaluated.get("top1").asDouble());
        Ran without = Ran.fovea("classify", draw(data, 5, true), "--model", output("out"));
        assertEquals(2, without.exit());
        assertTrue(without.err().contains("needs at least one LABEL"), without.err());
    }

    /** A broken picture, an empty class, one picture in two classes: all are said, the rest goes on. */
    @Test
    void awkwardFoldersAreSaid() throws IOException {
        Files.writeString(data.resolve("kind_a/broken.png"), "no picture");
        Files.createDirectories(data.resolve("nothing here"));
        Files.copy(data.resolve("kind_a/1.png"), data.resolve("kind_b/same.png"));
        Ran ran = Ran.fovea("tune", data, output("out"), "--method", "lp++", "--json");
        assertEquals(1, ran.exit(), ran.err());
        JsonNode json = ran.json();
        assertEquals(1, json.get("unreadable").size());
        assertEquals(2, json.get("classes").asInt());
        assertEquals(3, ran.err().lines().count(), ran.err());
        assertTrue(ran.err().contains("the class \"nothing here\" has no picture to learn from"), ran.err());
        assertTrue(ran.err().contains("are the same picture in two classes"), ran.err());
        assertTrue(Files.exists(output("out").resolve("classifier_head.safetensors")));
    }

    @Test
    void onePictureOfAClassIsEnough() throws IOException {
        Path few = directory.resolve("few");
        draw(few.resolve("train"), 1, true); // the name of a class, since another one lies beside it
        draw(few.resolve("bus"), 1, false);
        Ran ran = Ran.fovea("tune", few, output("out"), "--method", "tip", "--json");
        assertEquals(0, ran.exit(), ran.err());
        assertTrue(ran.json().get("after").isNull());
        assertEquals(
                "no class has two pictures, so none is held out",
                ran.json().get("remarks").get(0).asText());
        assertTrue(ran.json().get("remarks").get(1).asText().contains("alpha is 1.0 and beta 5.5"));
    }

    @Test
    void validationIsGivenOrAShareOrNone() throws IOException {
        JsonNode none = Ran.fovea("tune", data, output("none"), "--method", "tip", "--validation", 0, "--json")
                .json();
        assertEquals(10, none.get("examples").asInt());
        assertTrue(none.get("after").isNull());
        assertEquals(
                "nothing is held out to choose settings by",
                none.get("remarks").get(0).asText());
        JsonNode more = Ran.fovea("tune", data, output("more"), "--method", "tip", "--validation", 0.4, "--json")
                .json();
        assertEquals(4, more.get("validation").asInt());
        Path other = directory.resolve("other");
        draw(other.resolve("kind_a"), 6, true);
        draw(other.resolve("kind_b"), 6, false);
        JsonNode given = Ran.fovea("tune", data, output("given"), "--method", "tip", "--validation", other, "--json")
                .json();
        assertEquals(10, given.get("examples").asInt());
        assertEquals(2, given.get("validation").asInt());
    }

    @Test
    void loraMakesAPlainClipAndAnAdapter() throws IOException {
        Path out = output("out");
        Path interrupted = directory.resolve("out.training.safetensors");
        Files.createFile(interrupted);
        assertLine(1, "holds a training that was interrupted", "tune", data, out, "--method", "lora");
        Files.delete(interrupted);
        Ran ran = Ran.fovea(
                "tune",
                data,
                out,
                "--method",
                "lora",
                "--epochs",
                3,
                "--batch",
                4,
                "--augment",
                "crop=0.8,flip",
                "--dropout",
                0.1,
                "--json");
        assertEquals(0, ran.exit(), ran.err());
        assertEquals(3, ran.err().lines().count(), ran.err());
        assertTrue(
                ran.err().matches("(?s)epoch 1/3, step 2/6, loss \\S+, validation \\S+ \\(\\S+% right\\), .*"),
                ran.err());
        List<String> curve = Files.readAllLines(out.resolve("curve.csv"));
        assertEquals(7, curve.size(), curve.toString());
        assertTrue(curve.getLast().startsWith("3,6,"), curve.toString());
        assertEquals(960, ImageIO.read(out.resolve("curve.png").toFile()).getWidth());
        assertFalse(Files.exists(directory.resolve("out.training.csv")));
        JsonNode json = ran.json();
        assertTrue(json.get("remarks").toString().contains("of 3 was the best on validation"), json::toString);
        assertEquals("lora", json.get("method").asText());
        assertEquals(3, json.get("settings").get("epochs").asInt());
        assertEquals("crop=0.8,flip=0.5", json.get("settings").get("augment").asText());
        assertEquals(0.1, json.get("settings").get("dropout").asDouble());
        assertTrue(json.get("forgetting").isNull());
        assertTrue(json.get("after").get("top1").asDouble() >= 0);
        assertFalse(Files.exists(interrupted));
        assertFalse(Files.exists(directory.resolve("out.training.safetensors.best")));
        Path picture = draw(directory.resolve("new"), 6, false);
        String merged = Ran.fovea("classify", picture, "a disc", "a bar", "--model", out, "--json")
                .out();
        String adapted = Ran.fovea(
                        "classify", picture, "a disc", "a bar", "--adapter", out.resolve("adapter"), "--json")
                .out();
        assertEquals(score(merged), score(adapted), 1e-4, "merged and as an adapter");
    }

    @Test
    void fullMakesAPlainClip() throws IOException {
        Ran ran = Ran.fovea("tune", data, output("out"), "--method", "full", "--epochs", 2, "--json");
        assertEquals(0, ran.exit(), ran.err());
        assertEquals("full", ran.json().get("method").asText());
        Path picture = draw(directory.resolve("new"), 6, false);
        Ran classified = Ran.fovea("classify", picture, "a disc", "a bar", "--model", output("out"), "--json");
        assertEquals(0, classified.exit(), classified.err());
    }

    private static double score(String json) {
        return Double.parseDouble(json.replaceAll("(?s).*?\"score\":([0-9.eE-]+).*", "$1"));
    }

    @Test
    void whatIsWrongIsOneLineAndLeavesNothing() throws IOException {
        assertLine(2, "--resume goes on with", "tune", data, output("out"), "--method", "tip", "--resume");
        assertLine(1, "no training to go on with", "tune", data, output("out"), "--method", "lora", "--resume");
        assertLine(2, "epochs must be 1 or more", "tune", data, output("out"), "--method", "lora", "--epochs", "0");
        assertLine(2, "is tuned by lora or full", "tune", data, output("out"), "--method", "tip", "--task", "caption");
        assertLine(
                2,
                "--task must be one of classify, ask,",
                "tune",
                data,
                output("out"),
                "--method",
                "lora",
                "--task",
                "x");
        assertLine(
                2, "--validation must be a share", "tune", data, output("out"), "--method", "tip", "--validation", "2");
        assertLine(
                2, "--patience is for lora and full", "tune", data, output("out"), "--method", "tip", "--patience", 3);
        assertLine(2, "patience must be 0 or more", "tune", data, output("out"), "--method", "lora", "--patience", -1);
        assertLine(2, "--augment is for lora", "tune", data, output("out"), "--method", "tip", "--augment", "flip");
        assertLine(2, "--dropout is for lora", "tune", data, output("out"), "--method", "tip", "--dropout", 0.1);
        assertLine(2, "--dropout is for lora", "tune", data, output("out"), "--method", "full", "--dropout", 0.1);
        assertLine(2, "such as crop=0.5,flip", "tune", data, output("out"), "--method", "lora", "--augment", "turn");
        assertLine(2, "crop must be above 0", "tune", data, output("out"), "--method", "lora", "--augment", "crop=0");
        assertLine(2, "dropout must be 0 to less", "tune", data, output("out"), "--method", "lora", "--dropout", 1);
        assertLine(2, "rate must be a number", "tune", data, output("out"), "--method", "lora", "--rate", "NaN");
        assertLine(
                2, "expected one of probe, tip, tip-f, lp++, prolip", "tune", data, output("out"), "--method", "svm");
        assertLine(2, "method probe has no rate", "tune", data, output("out"), "--method", "probe", "--rate", "1");
        assertLine(
                2, "interpolation must be 0 to 1", "tune", data, output("out"), "--method", "tip", "--interpolate", 2);
        assertLine(1, "no such folder", "tune", directory.resolve("nowhere"), output("out"), "--method", "tip");
        assertLine(
                1,
                "is a file",
                "tune",
                Files.createFile(directory.resolve("a.jsonl")),
                output("out"),
                "--method",
                "tip");
        assertLine(1, "is already there", "tune", data, data, "--method", "tip");
        assertLine(1, "is one of those that are tuned", "tune", data, output("out"), "--method", "tip", "--keep", data);
        Path one = directory.resolve("one");
        draw(one.resolve("alone"), 1, true);
        assertLine(1, "has 1 class with pictures", "tune", one, output("out"), "--method", "tip");
        assertLine(1, "needs a CLIP", "tune", data, output("out"), "--method", "tip", "--model", "blip-mini");
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(
                    List.of("a.jsonl", "data", "one"),
                    left.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    /** A projection in eight bits cannot be trained; a classifier on its embeddings can. */
    @Test
    void quantisedCheckpointsGetAClassifierOnly() throws IOException {
        assertEquals(
                0, Ran.fovea("tune", data, output("first"), "--method", "tip").exit());
        Path small = output("small");
        Ran converted = Ran.fovea("convert", output("first"), small, "--dtype", "int8", "--no-check");
        assertEquals(0, converted.exit(), converted.err());
        assertLine(
                1,
                "tune the checkpoint that it was made from",
                "tune",
                data,
                output("out"),
                "--method",
                "prolip",
                "--model",
                small);
        Path broken = directory.resolve("broken"); // pictures that would be complained about if they were read
        for (String kind : List.of("a", "b")) {
            Files.writeString(Files.createDirectories(broken.resolve(kind)).resolve("1.png"), "no picture");
        }
        Path lines = Files.writeString(
                directory.resolve("pairs.jsonl"), "{\"image\":\"broken/a/1.png\",\"text\":\"a\"}\n".repeat(3));
        for (String method : List.of("lora", "full")) {
            String expected = "tune the checkpoint that it was made from";
            assertLine(1, expected, "tune", broken, output("out"), "--method", method, "--model", small);
            assertLine(
                    1, expected, "tune", lines, output("out"), "--method", method, "--task", "pairs", "--model", small);
        }
        assertFalse(Files.exists(output("out")));
        Ran tuned = Ran.fovea("tune", data, output("out"), "--method", "lp++", "--model", small);
        assertEquals(0, tuned.exit(), tuned.err());
        assertEquals(0, Ran.fovea("classify", data, "--model", output("out")).exit());
    }

    private static void assertLine(int exit, String expected, Object... arguments) {
        Ran ran = Ran.fovea(arguments);
        assertEquals(exit, ran.exit(), ran.err());
        assertEquals(1, ran.err().lines().count(), ran.err());
        assertTrue(ran.err().contains(expected), ran.err());
    }

    @Test
    void peopleReadLinesAndPipesGetFields() {
        Ran plain = Ran.fovea("tune", data, output("plain"), "--method", "lp++");
        assertTrue(plain.out().contains("after\t100.0%\tof 2 validation pictures\n"), plain.out());
        assertTrue(plain.out().contains("forgetting\tnone\ttexts and embeddings are as before\n"), plain.out());
        Style terminal = new Style(true, false, 80, StandardCharsets.UTF_8);
        Ran seen = Ran.at(terminal, "tune", data, output("seen"), "--method", "lp++");
        assertTrue(seen.out().startsWith("method      lp++\n"), seen.out());
        assertFalse(seen.out().contains("\t"), seen.out());
    }

    @Test
    void aTerminalShowsTheStepsAndAChart() {
        Style terminal = new Style(true, false, 80, StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(out, new PrintStream(err, true, StandardCharsets.UTF_8), terminal, true);
        String seen = output("seen").toString();
        int exit =
                Main.run(console, "tune", data.toString(), seen, "--method", "lora", "--epochs", "3", "--batch", "4");
        assertEquals(0, exit, err.toString(StandardCharsets.UTF_8));
        String status = err.toString(StandardCharsets.UTF_8);
        assertTrue(status.contains("\repoch 2/3, step 3/6, loss "), status);
        assertTrue(status.contains(" pictures/s, "), status);
        String text = out.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("\nloss of training, and o of validation\n"), text);
        assertTrue(text.contains("step 6\n"), text);
    }
}
