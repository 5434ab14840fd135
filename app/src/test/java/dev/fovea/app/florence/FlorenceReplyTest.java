package dev.fovea.app.florence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.json.Json;
import dev.fovea.app.terminal.Style;
import dev.fovea.models.Detection;
import dev.fovea.models.Finding;
import dev.fovea.models.Outline;
import dev.fovea.models.TextLine;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.generation.Generation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How replies look, as JSON and to people. */
class FlorenceReplyTest {

    private static final Style PLAIN = Style.plain(StandardCharsets.UTF_8);
    private static final Style TERMINAL = new Style(true, false, 60, StandardCharsets.UTF_8);
    private static final OptionalDouble UNKNOWN = OptionalDouble.empty();
    private static final String CAR = "</s><s>car<loc_100><loc_200><loc_300><loc_400></s>";

    private static FlorenceAnswer answer(FlorenceTask task, String text, Finding... found) {
        boolean words = task.output() == FlorenceTask.Output.TEXT;
        FlorenceResult result = new FlorenceResult(
                task,
                words ? text : "",
                only(Detection.class, found),
                only(TextLine.class, found),
                only(Outline.class, found));
        Generation.Sequence tokens = new Generation.Sequence(new int[] {2, 0, 7, 2}, 0, new float[4]);
        return new FlorenceAnswer(task, text, new Generation(List.of(tokens), false), result);
    }

    private static <F extends Finding> List<F> only(Class<F> kind, Finding... found) {
        return Stream.of(found).filter(kind::isInstance).map(kind::cast).toList();
    }

    private static Detection car(OptionalDouble score) {
        return new Detection("car", 100, 100, 300, 200, score);
    }

    private static Outline outline(String label, List<List<Integer>> polygons) {
        return new Outline(label, polygons, UNKNOWN);
    }

    private static String json(FlorenceReply reply) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Json.write(out, json -> reply.write(json, new GenerationFlags()));
        return out.toString(StandardCharsets.UTF_8).strip();
    }

    private static String json(FlorenceTask task, String text, Finding... found) throws IOException {
        return json(FlorenceReply.of(answer(task, text, found)));
    }

    private static String shown(Style style, FlorenceReply reply) {
        return new FlorenceTable(style).ofOne(reply, false);
    }

    @Test
    void boxes() throws IOException {
        assertEquals(
                "{\"task\":\"<OD>\",\"text\":\"" + CAR + "\",\"tokens\":[2,0,7,2],"
                        + "\"result\":{\"boxes\":[{\"label\":\"car\",\"box\":[100,100,300,200]}]}}",
                json(FlorenceTask.OD, CAR, car(UNKNOWN)));
        assertTrue(json(FlorenceTask.OD, CAR, car(OptionalDouble.of(0.25)))
                .contains("\"box\":[100,100,300,200],\"score\":0.25}"));
    }

    @Test
    void quads() throws IOException {
        String text = "EXIT<loc_0><loc_0><loc_9><loc_0><loc_9><loc_9><loc_0><loc_9>";
        TextLine line = new TextLine("EXIT", List.of(0, 0, 9, 0, 9, 4, 0, 4), OptionalDouble.of(0.5));
        assertTrue(json(FlorenceTask.OCR_WITH_REGION, text, line)
                .endsWith("\"result\":{\"quads\":[{\"label\":\"EXIT\",\"quad\":[0,0,9,0,9,4,0,4],\"score\":0.5}]}}"));
    }

    @Test
    void polygons() throws IOException {
        String text = "<loc_0><loc_0><loc_9><loc_0><loc_9><loc_9><sep><loc_7>";
        Outline outline = outline("", List.of(List.of(0, 0, 9, 0, 9, 4), List.of()));
        assertTrue(json(FlorenceTask.REFERRING_EXPRESSION_SEGMENTATION, text, outline)
                .endsWith("\"result\":{\"polygons\":[{\"label\":\"\",\"polygons\":[[0,0,9,0,9,4],[]]}]}}"));
    }

    @Test
    void tasksThatMixHaveBothLists() throws IOException {
        assertTrue(json(FlorenceTask.OPEN_VOCABULARY_DETECTION, CAR, car(UNKNOWN))
                .endsWith("\"result\":{\"boxes\":[{\"label\":\"car\",\"box\":[100,100,300,200]}],\"polygons\":[]}}"));
    }

    @Test
    void texts() throws IOException {
        assertTrue(json(FlorenceTask.CAPTION, "a \"red\" car")
                .endsWith("\"text\":\"a \\\"red\\\" car\",\"tokens\":[2,0,7,2],"
                        + "\"result\":{\"text\":\"a \\\"red\\\" car\"}}"));
    }

    @Test
    void descriptionsAndGrounding() throws IOException {
        FlorenceReply described = new FlorenceReply(
                answer(FlorenceTask.OD, CAR, car(OptionalDouble.of(0.5))), null, List.of("a red car"));
        assertTrue(json(described).contains("\"score\":0.5,\"description\":\"a red car\"}"), json(described));
        assertEquals("car\t100,100 300,200\t0.500\ta red car\n", shown(PLAIN, described));
        FlorenceReply grounded = new FlorenceReply(
                answer(FlorenceTask.MORE_DETAILED_CAPTION, "a red car"),
                answer(FlorenceTask.CAPTION_TO_PHRASE_GROUNDING, CAR, car(UNKNOWN)),
                List.of());
        assertTrue(
                json(grounded)
                        .endsWith("\"result\":{\"text\":\"a red car\"},\"grounding\":{"
                                + "\"task\":\"<CAPTION_TO_PHRASE_GROUNDING>\",\"text\":\"" + CAR
                                + "\",\"tokens\":[2,0,7,2],\"result\":{\"boxes\":[{\"label\":\"car\","
                                + "\"box\":[100,100,300,200]}]}}}"),
                json(grounded));
        assertEquals("a red car\ncar\t100,100 300,200\t\n", shown(PLAIN, grounded));
        assertEquals(1, grounded.places().boxes().size());
    }

    @Test
    void aTableForPeople() {
        OptionalDouble score = OptionalDouble.of(0.75);
        String label = "a very long label that does not fit into the columns there are";
        FlorenceReply reply = FlorenceReply.of(answer(
                FlorenceTask.OD,
                CAR,
                new Detection("car", 1, 1, 3, 2, score),
                new Detection(label, 100, 100, 300, 200, score)));
        List<String> lines = shown(TERMINAL, reply).lines().toList();
        assertEquals(2, lines.size());
        for (String line : lines) {
            assertTrue(line.length() <= 60, line);
            assertTrue(line.endsWith("  0.750"), line);
        }
        assertEquals(lines.get(0).indexOf("1,1 3,2"), lines.get(1).indexOf("100,100 300,200"));
        assertTrue(lines.get(1).contains("…"), lines.get(1));
        assertEquals("nothing found\n", shown(TERMINAL, FlorenceReply.of(answer(FlorenceTask.OD, "</s>"))));
        assertEquals("", shown(PLAIN, FlorenceReply.of(answer(FlorenceTask.OD, "</s>"))));
    }

    @Test
    void outlinesForPeople() {
        Outline outline = outline("", List.of(List.of(0, 0, 9, 0, 9, 4), List.of(500, 250)));
        FlorenceReply reply = FlorenceReply.of(answer(FlorenceTask.REGION_TO_SEGMENTATION, "", outline));
        assertEquals("\t0,0 500,250 (2 polygons, 4 corners)\t\n", shown(PLAIN, reply));
        assertEquals("0,0 500,250 (2 polygons, 4 corners)\n", shown(TERMINAL, reply));
        FlorenceReply empty = FlorenceReply.of(
                answer(FlorenceTask.OPEN_VOCABULARY_DETECTION, "", outline("cat", List.of(List.of(), List.of()))));
        assertEquals("cat  nowhere\n", shown(TERMINAL, empty));
    }

    @Test
    void manyPictures() {
        FlorenceReply reply = FlorenceReply.of(answer(FlorenceTask.OD, CAR, car(UNKNOWN)));
        FlorenceReply text = FlorenceReply.of(answer(FlorenceTask.CAPTION, "a car"));
        Path file = Path.of("a.png");
        assertEquals("a.png\tcar\t100,100 300,200\t\n", new FlorenceTable(PLAIN).ofMany(file, reply));
        assertEquals("a.png\ta car\n", new FlorenceTable(PLAIN).ofMany(file, text));
        assertEquals("a.png\n  car  100,100 300,200\n", new FlorenceTable(TERMINAL).ofMany(file, reply));
    }

    @Test
    void aTextThatIsThereAlready() {
        FlorenceReply text = FlorenceReply.of(answer(FlorenceTask.CAPTION, "a car"));
        assertEquals("\n", new FlorenceTable(TERMINAL).ofOne(text, true));
        assertEquals("a car\n", new FlorenceTable(TERMINAL).ofOne(text, false));
    }
}
