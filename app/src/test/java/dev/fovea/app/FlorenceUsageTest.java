package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.florence.FlorenceTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands of Florence-2 complain about before they load a model. */
class FlorenceUsageTest {

    @TempDir
    static Path directory;

    private static Path picture;
    private static Path model;

    @BeforeAll
    static void prepare() throws IOException {
        picture = ClassifyCommandTest.picture(directory.resolve("picture.png"), 0x996633);
        model = Files.createDirectory(directory.resolve("model"));
        Files.writeString(model.resolve("config.json"), "{\"model_type\": \"florence2\"}");
    }

    private static Ran fovea(Object... arguments) {
        Object[] all = new Object[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--model";
        all[arguments.length + 1] = model;
        return Ran.fovea(all);
    }

    private static void assertUsage(Ran ran, String message) {
        assertEquals(2, ran.exit(), ran.err());
        assertEquals("", ran.out());
        String first = ran.err().lines().findFirst().orElseThrow();
        assertTrue(first.startsWith("fovea: ") && first.contains(message), first);
        assertTrue(ran.err().matches("(?s).*; see fovea( [a-z]+)? --help\n"), ran.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"detect", "ground", "ocr", "segment", "describe", "florence"})
    void helpAndMissingParameters(String command) {
        Ran help = Ran.fovea(command, "--help");
        assertEquals(0, help.exit());
        for (String option : new String[] {"IMAGE", "--json", "--draw", "--beams", "--seed", "--device", "--weights"}) {
            assertTrue(help.out().contains(option), help.out());
        }
        assertUsage(Ran.fovea(command), "Missing required parameter");
    }

    @Test
    void helpNamesEveryTask() {
        String help = Ran.fovea("florence", "--help").out();
        for (FlorenceTask task : FlorenceTask.values()) {
            assertTrue(help.contains(task.name()), task.name());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ODD", "caption_", " Detect "})
    void aSingleWordIsATask(String task) {
        assertUsage(fovea("florence", picture, task), "is not a task of Florence-2; expected one of <OCR>");
        assertUsage(fovea("florence", picture, task), "or a prompt of more than one word");
    }

    @Test
    void promptsThatCannotBe() {
        for (String prompt : new String[] {"<<OD>>", "<OD>a car", "find <CAPTION>"}) {
            ErrorsTest.assertOneLine(fovea("florence", picture, prompt), "which must be all of it");
        }
        ErrorsTest.assertOneLine(fovea("florence", picture, "<DocVQA>", "<OCR>"), "which must be all of it");
        assertUsage(fovea("florence", picture, "<MINE>", "a", "--region", "1,2,3,4"), "not both");
        assertUsage(fovea("florence", picture, "<MINE>", "--draw", directory.resolve("out.png")), "gives text");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<OD>", "OD", "od", " <Od> "})
    void taskSpellings(String task) {
        assertUsage(fovea("florence", picture, task, "text"), "task <OD> takes no TEXT");
    }

    @ParameterizedTest
    @CsvSource({
        "OD, a cat, , takes no TEXT",
        "<od>, , '1,2,3,4', takes no --region",
        "Open_Vocabulary_Detection, , , needs a TEXT",
        "OPEN_VOCABULARY_DETECTION, a cat, '1,2,3,4', takes no --region",
        "REGION_TO_OCR, , , needs one region",
        "REGION_TO_OCR, <loc_1><loc_2><loc_3><loc_4>, '1,2,3,4', needs one region",
        "REGION_TO_OCR, , '1,2,3', '--region: expected x1,y1,x2,y2 in pixels of the picture, found \"1,2,3\"'",
        "REGION_TO_OCR, , '1,2,3,4,5', --region: expected",
        "REGION_TO_OCR, , 'a,b,c,d', --region: expected"
    })
    void whatTasksTake(String task, String text, String region, String message) {
        Object[] words = text == null ? new Object[0] : new Object[] {text};
        Object[] place = region == null ? new Object[0] : new Object[] {"--region", region};
        Object[] all = new Object[3 + words.length + place.length];
        all[0] = "florence";
        all[1] = picture;
        all[2] = task;
        System.arraycopy(words, 0, all, 3, words.length);
        System.arraycopy(place, 0, all, 3 + words.length, place.length);
        assertUsage(fovea(all), message);
    }

    @Test
    void textsThatNoTaskTakes() {
        ErrorsTest.assertOneLine(fovea("florence", picture, "REGION_TO_OCR", "the left half"), "takes a region");
        ErrorsTest.assertOneLine(
                fovea("florence", picture, "REGION_TO_OCR", "<loc_1><loc_2><loc_3><loc_1000>"), "0 to 999");
        ErrorsTest.assertOneLine(fovea("ground", picture, "<OD>"), "holds the task token <OD>");
    }

    @Test
    void drawings() throws IOException {
        Path out = directory.resolve("out.png");
        assertUsage(fovea("detect", picture, "--draw", "out.jpg"), "ends with .png, found out.jpg");
        assertUsage(fovea("detect", directory, "--draw", out), "draws on one picture");
        assertUsage(fovea("detect", picture, "--image", picture, "--draw", out), "draws on one picture");
        assertUsage(fovea("ocr", picture, "--draw", picture), "would write over the picture itself");
        assertUsage(fovea("florence", picture, "CAPTION", "--draw", out), "gives text, which has no places");
        assertUsage(fovea("describe", picture, "--draw", out), "add --ground");
        assertFalse(Files.exists(out));
    }

    @Test
    void optionsOutOfRange() {
        assertUsage(fovea("detect", picture, "--beams", "0"), "--beams");
        assertUsage(fovea("florence", picture, "OD", "--top-p", "2"), "--top-p");
        assertUsage(fovea("caption", picture, "--return-sequences", "0"), "--return-sequences");
        assertUsage(fovea("caption", picture, "--return-sequences", "2"), "--return-sequences");
        assertUsage(fovea("caption", picture, "--beams", "3", "--return-sequences", "4"), "--return-sequences");
    }

    @Test
    void captionsChooseByTheConfiguration() {
        ErrorsTest.assertOneLine(fovea("caption", picture, "--prompt", "a picture of"), "Florence-2 takes no --prompt");
        Ran ran = fovea("caption", picture);
        ErrorsTest.assertOneLine(ran, model.toString());
        assertFalse(ran.err().contains("BLIP"), ran.err());
    }
}
