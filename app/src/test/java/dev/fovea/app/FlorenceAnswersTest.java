package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fovea.models.florence.FlorenceTask;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The commands on picture files give what transformers gave for the same files and options ({@code
 * oracle/florence_command_cases.py}).
 */
class FlorenceAnswersTest {

    /** The commands that are one task each. */
    private static final Map<String, String> COMMANDS = Map.of(
            "<OD>", "detect",
            "<CAPTION_TO_PHRASE_GROUNDING>", "ground",
            "<REFERRING_EXPRESSION_SEGMENTATION>", "segment",
            "<OCR_WITH_REGION>", "ocr",
            "<MORE_DETAILED_CAPTION>", "describe");

    @TempDir
    static Path directory;

    private static Path model;

    @BeforeAll
    static void prepare() {
        model = TinyModels.florence(directory.resolve("model"), "base");
    }

    /** The folder with the pictures and the recorded answers. */
    static Path folder() {
        try {
            return Path.of(FlorenceAnswersTest.class.getResource("florence").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<JsonNode> answers() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> answers = new ArrayList<>();
        for (String line : Files.readAllLines(folder().resolve("answers.jsonl"))) {
            answers.add(mapper.readTree(line));
        }
        return answers;
    }

    /** What was recorded for a task, with the options of its last line. */
    private static JsonNode answer(String image, FlorenceTask task) throws IOException {
        return answers().stream()
                .filter(answer -> answer.get("image").asText().equals(image))
                .filter(answer -> answer.get("task").asText().equals(task.token()))
                .reduce((first, last) -> last)
                .orElseThrow();
    }

    /** Every answer with a way to write its task; of each task four are recorded, so all of them come to all ways. */
    static Stream<Arguments> everyAnswer() throws IOException {
        Map<String, Integer> seen = new HashMap<>();
        return answers().stream().map(answer -> {
            String token = answer.get("task").asText();
            String name = FlorenceTask.of(token).name();
            List<String> spellings =
                    List.of(token, name, name.toLowerCase(Locale.ROOT), token.toLowerCase(Locale.ROOT));
            return Arguments.of(spellings.get(seen.merge(token, 1, Integer::sum) - 1), answer);
        });
    }

    static Stream<JsonNode> answersOfCommands() throws IOException {
        return answers().stream()
                .filter(answer -> COMMANDS.containsKey(answer.get("task").asText()));
    }

    /** Runs a command with a recorded answer's picture, text and options. */
    private static JsonNode run(JsonNode answer, String... command) throws IOException {
        List<Object> arguments = new ArrayList<>(List.of(command));
        arguments.add(1, folder().resolve(answer.get("image").asText()));
        if (!answer.get("input").isNull()) {
            arguments.add(answer.get("input").asText());
        }
        answer.get("flags").forEach(flag -> arguments.add(flag.asText()));
        arguments.addAll(List.of("--json", "--model", model));
        Ran ran = Ran.fovea(arguments.toArray());
        assertEquals(0, ran.exit(), ran.err());
        assertEquals("", ran.err());
        assertEquals(model.toString(), ran.json().get("model").asText());
        assertEquals(arguments.get(1).toString(), ran.json().get("image").asText());
        return ran.json();
    }

    private static void assertAnswer(JsonNode expected, JsonNode found) {
        assertEquals(expected.get("task"), found.get("task"));
        assertEquals(expected.get("tokens"), found.get("tokens"));
        assertEquals(expected.get("text"), found.get("text"));
        JsonNode result = found.get("result").deepCopy();
        for (JsonNode places : result) {
            for (JsonNode place : places) {
                double score = ((ObjectNode) place).remove("score").asDouble();
                assertTrue(score > 0 && score <= 1, found.toString());
            }
        }
        assertEquals(expected.get("result"), result);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("everyAnswer")
    void florence(String task, JsonNode answer) throws IOException {
        assertAnswer(answer, run(answer, "florence", task));
    }

    @ParameterizedTest
    @MethodSource("answersOfCommands")
    void commandsOfOneTask(JsonNode answer) throws IOException {
        assertAnswer(answer, run(answer, COMMANDS.get(answer.get("task").asText())));
    }

    @Test
    void captions() throws IOException {
        for (String image : List.of("first.png", "second.png")) {
            JsonNode answer = answer(image, FlorenceTask.CAPTION);
            JsonNode found = run(answer, "caption");
            assertEquals(answer.get("result").get("text"), found.get("caption"));
            assertEquals(answer.get("tokens"), found.get("tokens"));
        }
    }

    /** Tasks of fine-tunes, sentences, and no words at all. */
    @Test
    void anyOtherPrompt() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        List<String> lines = Files.readAllLines(folder().resolve("prompts.jsonl"));
        assertTrue(lines.size() > 10);
        for (String line : lines) {
            JsonNode answer = mapper.readTree(line);
            assertAnswer(answer, run(answer, "florence", answer.get("task").asText()));
        }
    }

    @Test
    void everyKindOfPlaceIsRecorded() throws IOException {
        assertEquals(4 * FlorenceTask.values().length, answers().size());
        assertTrue(recorded(FlorenceTask.OD).contains("\"box\":["));
        assertTrue(recorded(FlorenceTask.OCR_WITH_REGION).contains("\"quad\":["));
        assertTrue(recorded(FlorenceTask.REFERRING_EXPRESSION_SEGMENTATION).contains("\"polygons\":[["));
    }

    private static String recorded(FlorenceTask task) throws IOException {
        return answer("second.png", task).get("result").toString();
    }
}
