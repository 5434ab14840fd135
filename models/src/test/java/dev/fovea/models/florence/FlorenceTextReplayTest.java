package dev.fovea.models.florence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.Detection;
import dev.fovea.models.Finding;
import dev.fovea.models.Outline;
import dev.fovea.models.TextLine;
import dev.fovea.models.tokenizer.PythonText;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** Prompts, coordinates and results are those that transformers gave ({@code oracle/florence_text_cases.py}). */
class FlorenceTextReplayTest {

    @Test
    void promptsAreThoseOfTheReference() throws IOException {
        List<JsonValue> cases = cases("prompts.jsonl");
        assertEquals(40, cases.size());
        for (JsonValue recorded : cases) {
            FlorenceTask task = FlorenceTask.of(recorded.get("task").text(null));
            String input = recorded.get("input").text(null);
            assertEquals(recorded.get("prompt").text(null), task.prompt(input));
        }
    }

    /**
     * Task tokens at odd places, tasks of fine-tunes and plain sentences; what the answer to a task that nobody knows
     * becomes.
     */
    @Test
    void anyPromptIsThatOfTheReference() throws IOException {
        List<JsonValue> cases = cases("free_prompts.jsonl");
        assertEquals(427, cases.size());
        for (JsonValue recorded : cases) {
            String prompt = recorded.get("prompt").text(null);
            String sentence = recorded.get("sentence").text(null);
            if (sentence == null) {
                String message = assertThrows(FoveaException.class, () -> FlorenceTask.writtenOut(prompt))
                        .getMessage();
                assertTrue(message.contains("which must be all of it"), message);
                assertEquals(1, message.lines().count());
            } else {
                assertEquals(sentence, FlorenceTask.writtenOut(prompt));
            }
            assertEquals(
                    recorded.get("answer").text(null),
                    FlorenceParser.plain(recorded.get("text").text(null)));
        }
    }

    @Test
    void binsAndPixelsAreThoseOfTheReference() throws IOException {
        List<JsonValue> cases = cases("bins.jsonl");
        assertEquals(17, cases.size());
        for (JsonValue recorded : cases) {
            LocationGrid grid = grid(recorded.get("size"));
            for (int i = 0; i < recorded.get("points").items().size(); i++) {
                double point = recorded.get("points").get(i).number(Double.NaN);
                int bin = recorded.get("bins").get(i).integer(-1);
                assertEquals(bin, i % 2 == 0 ? grid.column(point) : grid.row(point), grid + " " + point);
                int pixel = recorded.get("pixels").get(i).integer(-1);
                assertEquals(pixel, i % 2 == 0 ? grid.x(bin) : grid.y(bin), grid + " " + bin);
            }
        }
    }

    @Test
    void resultsAreThoseOfTheReference() throws IOException {
        List<JsonValue> cases = cases("texts.jsonl.gz");
        assertEquals(2000, cases.size());
        for (JsonValue recorded : cases) {
            FlorenceTask task = FlorenceTask.of(recorded.get("task").text(null));
            String text = recorded.get("text").text(null);
            FlorenceReading read = FlorenceParser.parse(task, text, grid(recorded.get("size")), TokenScores.NONE);
            assertResult(recorded.get("result"), read.result(), () -> task.token() + " " + recorded.get("text"));
            assertSources(text, read);
        }
    }

    static void assertResult(JsonValue expected, FlorenceResult result, Supplier<String> what) {
        boolean mixed = result.task().output() == FlorenceTask.Output.BOXES_OR_POLYGONS;
        assertEquals(expected.text(""), result.text(), what);
        assertEquals(integerLists(expected.get("bboxes")), boxes(result), what);
        assertEquals(
                integerLists(expected.get("quad_boxes")),
                result.quads().stream().map(TextLine::corners).toList(),
                what);
        assertEquals(
                expected.get("polygons").items().stream()
                        .map(FlorenceTextReplayTest::integerLists)
                        .toList(),
                result.polygons().stream().map(Outline::polygons).toList(),
                what);
        if (mixed) {
            assertEquals(texts(expected.get("bboxes_labels")), labels(result.boxes()), what);
            assertEquals(texts(expected.get("polygons_labels")), labels(result.polygons()), what);
        } else {
            assertEquals(texts(expected.get("labels")), labels(result.findings()), what);
        }
    }

    /** What was found stands where its source says. */
    private static void assertSources(String text, FlorenceReading read) {
        Stream.of(read.boxes(), read.quads(), read.polygons())
                .<Located<?>>flatMap(List::stream)
                .forEach(found -> {
                    Span label = found.label();
                    Span locations = found.locations();
                    String written = CleanText.of(text.substring(label.from(), label.to()))
                            .text();
                    boolean ascii = found.finding() instanceof Detection;
                    assertEquals(found.finding().label(), ascii ? PythonText.ascii(written) : written);
                    assertTrue(label.to() <= locations.to() && locations.from() < locations.to(), text);
                    assertTrue(
                            text.startsWith("<", locations.from()) && text.startsWith(">", locations.to() - 1), text);
                });
    }

    private static List<List<Integer>> boxes(FlorenceResult result) {
        return result.boxes().stream()
                .map(box -> List.of(box.x1(), box.y1(), box.x2(), box.y2()))
                .toList();
    }

    private static List<String> labels(List<? extends Finding> found) {
        return found.stream().map(Finding::label).toList();
    }

    private static List<List<Integer>> integerLists(JsonValue lists) {
        return lists.items().stream()
                .map(list ->
                        list.items().stream().map(number -> number.integer(-1)).toList())
                .toList();
    }

    private static List<String> texts(JsonValue list) {
        return list.items().stream().map(text -> text.text(null)).toList();
    }

    /** Of a picture whose width and height are given. */
    static LocationGrid grid(JsonValue size) {
        return new LocationGrid(size.get(0).integer(0), size.get(1).integer(0));
    }

    private static List<JsonValue> cases(String name) throws IOException {
        try (InputStream stream = FlorenceTextReplayTest.class.getResourceAsStream(name)) {
            byte[] bytes = name.endsWith(".gz") ? new GZIPInputStream(stream).readAllBytes() : stream.readAllBytes();
            List<JsonValue> cases = new String(bytes, StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> JsonReader.readObject(line, name))
                    .toList();
            assertFalse(cases.isEmpty());
            return cases;
        }
    }
}
