package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.app.terminal.Style;
import dev.fovea.models.florence.LocationGrid;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The commands of Florence-2 as a user runs them: several pictures, follow-up questions, drawings, and what may go
 * wrong.
 */
class FlorenceCommandsTest {

    private static final Style TERMINAL = new Style(true, false, 80, StandardCharsets.UTF_8);

    @TempDir
    static Path directory;

    private static Path model;
    private static Path first;
    private static Path second;

    @BeforeAll
    static void prepare() {
        model = TinyModels.florence(directory.resolve("model"), "base");
        first = FlorenceAnswersTest.folder().resolve("first.png");
        second = FlorenceAnswersTest.folder().resolve("second.png");
    }

    /** With a model and so few tokens that it takes no time; what is given comes last and counts. */
    private static Object[] with(Object... arguments) {
        List<Object> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--model", model, "--beams", 1));
        if (!all.contains("--max-new-tokens")) {
            all.addAll(List.of("--max-new-tokens", 40));
        }
        return all.toArray();
    }

    private static Ran fovea(Object... arguments) {
        return Ran.fovea(with(arguments));
    }

    private static JsonNode json(Object... arguments) throws IOException {
        List<Object> all = new ArrayList<>(List.of(arguments));
        all.add("--json");
        Ran ran = fovea(all.toArray());
        assertEquals(0, ran.exit(), ran.err());
        assertEquals("", ran.err());
        return ran.json();
    }

    private static Path blank(String name, int width, int height) throws IOException {
        Path file = directory.resolve(name);
        ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
        return file;
    }

    private static Path copies(String name, int count) throws IOException {
        Path folder = Files.createDirectory(directory.resolve(name));
        for (int i = 0; i < count; i++) {
            Files.copy(first, folder.resolve("%02d.png".formatted(i)));
        }
        return folder;
    }

    @Test
    void aFolderAndMorePictures() throws IOException {
        Path folder = Files.createDirectory(directory.resolve("folder"));
        Files.copy(first, folder.resolve("a.png"));
        Files.writeString(folder.resolve("b.png"), "no picture");
        Ran ran = fovea("detect", folder, "--image", second, "--json");
        assertEquals(1, ran.exit());
        assertEquals(1, ran.err().lines().count(), ran.err());
        assertEquals(folder.toString(), ran.json().get("image").asText());
        JsonNode images = ran.json().get("images");
        assertEquals(2, images.size());
        assertEquals(second.toString(), images.get(1).get("image").asText());
        assertEquals(1, ran.json().get("unreadable").size());
        for (int i = 0; i < 2; i++) {
            JsonNode alone = json("detect", i == 0 ? first : second);
            for (String field : List.of("task", "text", "tokens", "result")) {
                assertEquals(alone.get(field), images.get(i).get(field));
            }
        }
        Ran plain = fovea("detect", folder, "--image", second);
        List<String> lines = plain.out().lines().toList();
        assertEquals(3, lines.size(), plain.out());
        assertTrue(lines.getFirst().startsWith(folder.resolve("a.png") + "\t"), plain.out());
        assertTrue(lines.getLast().startsWith(second + "\t"), plain.out());
    }

    @Test
    void noPicture() {
        ErrorsTest.assertOneLine(fovea("detect", directory.resolve("missing.png"), "--json"), "missing.png");
        ErrorsTest.assertOneLine(fovea("describe", directory.resolve("missing.png")), "missing.png");
    }

    @Test
    void boxesAreDescribed() throws IOException {
        JsonNode json = json("detect", second, "--describe");
        JsonNode boxes = json.get("result").get("boxes");
        assertEquals(2, boxes.size());
        Matcher regions =
                Pattern.compile("(<loc_\\d+>){4}").matcher(json.get("text").asText());
        for (JsonNode box : boxes) {
            assertTrue(regions.find());
            JsonNode alone = json("florence", second, "region_to_description", regions.group());
            assertEquals(alone.get("result").get("text"), box.get("description"));
        }
        assertEquals(json("detect", second).get("tokens"), json.get("tokens"));
        String plain = fovea("detect", second, "--describe").out();
        assertEquals(2, plain.lines().count());
        assertTrue(plain.lines().allMatch(line -> line.split("\t").length == 4), plain);
    }

    @Test
    void descriptionsAreGrounded() throws IOException {
        JsonNode json = json("describe", second, "--ground", "--max-new-tokens", 16);
        JsonNode alone = json("ground", second, json.get("result").get("text").asText(), "--max-new-tokens", 16);
        for (String field : List.of("task", "text", "tokens", "result")) {
            assertEquals(alone.get(field), json.get("grounding").get(field));
        }
    }

    @Test
    void aDescriptionThatIsTooLongToBeGrounded() throws IOException {
        Ran ran = fovea("describe", first, "--ground", "--max-new-tokens", 60, "--min-new-tokens", 60, "--json");
        assertEquals(0, ran.exit(), ran.err());
        assertFalse(ran.json().has("grounding"));
        assertEquals(1, ran.err().lines().count(), ran.err());
        assertTrue(ran.err().startsWith("fovea: warning: " + first + ": the description is not grounded"), ran.err());
    }

    @Test
    void regionsInPixels() throws IOException {
        String region = new LocationGrid(90, 60).region(5, 20, 84, 46);
        for (String task : List.of("REGION_TO_CATEGORY", "REGION_TO_SEGMENTATION")) {
            JsonNode inPixels = json("florence", second, task, "--region", "5,20,84,46");
            assertEquals(json("florence", second, task, region), inPixels);
        }
        for (String outside : List.of("5,20,91,46", "5,-1,84,46", "0,0,1e9,1")) {
            ErrorsTest.assertOneLine(
                    fovea("florence", second, "REGION_TO_OCR", "--region", outside), "outside of the picture", "90");
        }
        ErrorsTest.assertOneLine(fovea("florence", second, "REGION_TO_OCR", "--region", "9,9,5,5"), "is inverted");
    }

    @Test
    void regionsAreOfEachPicturesOwnSize() throws IOException {
        Path wide = blank("wide.png", 400, 10);
        JsonNode images = json("florence", wide, "REGION_TO_OCR", "--region", "1,2,80,9", "--image", second)
                .get("images");
        JsonNode alone = json("florence", second, "REGION_TO_OCR", "--region", "1,2,80,9");
        assertEquals(alone.get("tokens"), images.get(1).get("tokens"));
    }

    @Test
    void aRegionOutsideOfOneOfSeveralPictures() throws IOException {
        Path small = blank("small.png", 20, 20);
        Object[] command = {"florence", small, "REGION_TO_OCR", "--region", "5,20,84,46", "--image", second};
        Ran plain = fovea(command);
        assertEquals(1, plain.exit());
        assertEquals(1, plain.err().lines().count(), plain.err());
        assertTrue(plain.err().startsWith("fovea: " + small + ": the region "), plain.err());
        assertTrue(plain.out().startsWith(second + "\t"), plain.out());
        Object[] asJson = Arrays.copyOf(command, command.length + 1);
        asJson[command.length] = "--json";
        Ran ran = fovea(asJson);
        assertEquals(1, ran.exit());
        JsonNode images = ran.json().get("images");
        assertEquals(1, images.size());
        assertEquals(second.toString(), images.get(0).get("image").asText());
        JsonNode alone = json("florence", second, "REGION_TO_OCR", "--region", "5,20,84,46");
        assertEquals(alone.get("tokens"), images.get(0).get("tokens"));
        JsonNode unreadable = ran.json().get("unreadable");
        assertEquals(1, unreadable.size());
        assertEquals(small.toString(), unreadable.get(0).get("image").asText());
        assertTrue(unreadable.get(0).get("error").asText().contains("outside of the picture"), unreadable.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "detect, ",
        "ocr, ",
        "ground, a green car",
        "segment, a green car",
        "describe, --ground",
        "detect, --describe"
    })
    void drawings(String command, String more) throws IOException {
        Path out = directory.resolve("out.png");
        Object[] arguments = more == null ? new Object[] {command, second} : new Object[] {command, second, more};
        String answer = fovea(arguments).out();
        Object[] drawing = Arrays.copyOf(arguments, arguments.length + 2);
        drawing[arguments.length] = "--draw";
        drawing[arguments.length + 1] = out;
        Ran ran = fovea(drawing);
        assertEquals(0, ran.exit(), ran.err());
        assertEquals(answer, ran.out());
        BufferedImage drawn = ImageIO.read(out.toFile());
        assertEquals(90, drawn.getWidth());
        assertEquals(60, drawn.getHeight());
        Files.delete(out);
    }

    @Test
    void foundPlacesAreDrawn() throws IOException {
        Path out = directory.resolve("drawn.png");
        assertEquals(0, fovea("detect", second, "--draw", out).exit());
        assertFalse(Arrays.equals(pixels(second), pixels(out)));
        assertEquals(
                0, fovea("detect", second, "--max-new-tokens", 2, "--draw", out).exit());
        assertArrayEquals(pixels(second), pixels(out), "nothing was found");
    }

    private static int[] pixels(Path file) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    @Test
    void aDrawingThatCannotBeWritten() throws IOException {
        Path folder = Files.createDirectory(directory.resolve("folder.png"));
        for (Path out : List.of(folder, directory.resolve("nowhere/out.png"), second.resolve("out.png"))) {
            for (String json : List.of("--json", "--threads=2")) {
                Ran ran = fovea("detect", second, json, "--draw", out);
                assertEquals(1, ran.exit());
                assertEquals(fovea("detect", second, json).out(), ran.out());
                assertEquals(1, ran.err().lines().count(), ran.err());
                assertTrue(ran.err().startsWith("fovea: " + out + ": "), ran.err());
            }
        }
    }

    @Test
    void modelsOfTheWrongKind() throws IOException {
        Path clip = TinyClip.write(directory.resolve("clip"));
        Path blip = TinyModels.blip(directory.resolve("blip"), "caption-base");
        for (String command : List.of("detect", "ocr", "describe")) {
            ErrorsTest.assertOneLine(
                    Ran.fovea(command, first, "--model", clip), "is a CLIP; " + command + " needs a Florence-2");
            ErrorsTest.assertOneLine(Ran.fovea(command, first, "--model", blip), "is a BLIP for captions");
        }
        ErrorsTest.assertOneLine(Ran.fovea("classify", first, "a", "--model", model), "is a Florence-2; ");
        ErrorsTest.assertOneLine(Ran.fovea("ask", first, "what?", "--model", model), "is a Florence-2; ");
        ErrorsTest.assertOneLine(Ran.fovea("match", first, "a", "--model", model), "is a Florence-2; ");
    }

    @Test
    void textsThatAreTooLong() {
        String endless = "two dogs ".repeat(40);
        for (String command : List.of("ground", "segment")) {
            ErrorsTest.assertOneLine(fovea(command, first, endless), "tokens; this model reads at most 59", "shorten");
        }
        ErrorsTest.assertOneLine(fovea("detect", first, "--max-new-tokens", 100), "ask for at most 64 new tokens");
        ErrorsTest.assertOneLine(fovea("ground", first, "a dog <OD> a cat"), "holds the task token <OD>");
        ErrorsTest.assertOneLine(
                fovea("florence", first, "open_vocabulary_detection", "<CAPTION>"), "holds the task token <CAPTION>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "f16", "bf16", "int8"})
    void weightsOfAnotherType(String type) throws IOException {
        JsonNode found = json("detect", second, "--weights", type);
        if (type.equals("f32")) {
            assertEquals(json("detect", second), found);
        }
        for (String name : List.of("float16", "microsoft")) {
            Path other = directory.resolve(name);
            if (!Files.exists(other)) {
                TinyModels.florence(other, name);
            }
            Ran ran = Ran.fovea("ocr", first, "--model", other, "--weights", type, "--json");
            assertEquals(0, ran.exit(), ran.err());
        }
    }

    @Test
    void theReferenceFindsTheSame() throws IOException {
        assertEquals(
                json("detect", second).get("tokens"),
                json("detect", second, "--device", "reference").get("tokens"));
    }

    @Test
    void smallAndLongPictures() throws IOException {
        Path dot = blank("dot.png", 1, 1);
        Path ribbon = blank("ribbon.png", 20000, 50);
        for (Path picture : List.of(dot, ribbon)) {
            for (String command : List.of("detect", "ocr", "describe")) {
                json(command, picture);
            }
            Path out = directory.resolve("extreme.png");
            Ran ran = fovea("segment", picture, "a dog", "--draw", out);
            assertEquals(0, ran.exit(), ran.err());
            assertEquals(
                    ImageIO.read(picture.toFile()).getWidth(),
                    ImageIO.read(out.toFile()).getWidth());
        }
        assertEquals(
                json("florence", dot, "REGION_TO_OCR", "<loc_0><loc_0><loc_999><loc_999>")
                        .get("tokens"),
                json("florence", dot, "REGION_TO_OCR", "--region", "0,0,1,1").get("tokens"));
    }

    @Test
    void whatIsDrawnByChanceHangsOnThePicturesNumber() throws IOException {
        Path folder = copies("many", 17); // one more than a batch
        for (Object[] command : new Object[][] {
            {"caption"}, {"florence", "caption"}, {"florence", "region_to_ocr", "--region", "5,20,84,46"}
        }) {
            List<Object> arguments = new ArrayList<>(List.of(command));
            arguments.add(1, folder);
            arguments.addAll(List.of("--temperature", 2, "--seed", 5, "--max-new-tokens", 12));
            JsonNode images = json(arguments.toArray()).get("images");
            assertEquals(17, images.size());
            assertNotEquals(images.get(0).get("tokens"), images.get(16).get("tokens"));
            assertNotEquals(images.get(0).get("tokens"), images.get(1).get("tokens"));
            arguments.set(1, first);
            assertEquals(images.get(0).get("tokens"), json(arguments.toArray()).get("tokens"));
        }
    }

    @Test
    void textsAppearAtATerminalAsTheyAreWritten() {
        for (Object[] command : new Object[][] {
            {"describe", second}, {"caption", second}, {"describe", first, "--ground", "--max-new-tokens", 16}
        }) {
            String plain = fovea(command).out().lines().findFirst().orElseThrow();
            Ran terminal = Ran.at(TERMINAL, with(command));
            assertEquals(plain, terminal.out().lines().findFirst().orElseThrow());
        }
    }

    @Test
    void withoutOptionsAsTheCheckpointSays() throws IOException {
        Ran ran = Ran.fovea("detect", second, "--json", "--model", model);
        assertEquals(0, ran.exit(), ran.err());
        assertEquals(2, ran.json().get("tokens").get(0).asInt());
    }
}
