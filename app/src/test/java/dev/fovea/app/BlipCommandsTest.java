package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.app.arguments.TextArgumentsTest;
import dev.fovea.app.terminal.Style;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code caption}, {@code ask} and {@code match} as a user runs them. */
class BlipCommandsTest {

    @TempDir
    static Path directory;

    private static Path captioner;
    private static Path answerer;
    private static Path matcher;
    private static Path picture;

    @BeforeAll
    static void prepare() throws IOException {
        captioner = TinyModels.blip(directory.resolve("captioner"), "caption-base");
        answerer = TinyModels.blip(directory.resolve("answerer"), "vqa-base");
        matcher = TinyModels.blip(directory.resolve("matcher"), "itm-base");
        picture = ClassifyCommandTest.picture(directory.resolve("picture.png"), 0x996633);
    }

    @Test
    void caption() throws IOException {
        Ran ran = Ran.fovea("caption", picture, "--model", captioner, "--json");
        assertEquals(0, ran.exit(), ran.err());
        JsonNode json = ran.json();
        assertEquals(captioner.toString(), json.get("model").asText());
        assertEquals(picture.toString(), json.get("image").asText());
        assertEquals(94, json.get("tokens").get(0).asInt());
        assertTrue(json.get("tokens").size() > 1);
        Ran plain = Ran.fovea("caption", picture, "--model", captioner);
        assertEquals(json.get("caption").asText() + "\n", plain.out());
        Style terminal = new Style(true, false, 80, StandardCharsets.UTF_8);
        assertEquals(
                plain.out(),
                Ran.at(terminal, "caption", picture, "--model", captioner).out());
    }

    @Test
    void captionWithAPromptAndOptions() throws IOException {
        JsonNode json = Ran.fovea(
                        "caption",
                        picture,
                        "--model",
                        captioner,
                        "--prompt",
                        "a picture of",
                        "--beams",
                        3,
                        "--json",
                        "--max-new-tokens",
                        3)
                .json();
        assertTrue(json.get("caption").asText().startsWith("a picture of"), json.toString());
        assertTrue(json.get("tokens").size() <= 4 + 3, json.toString());
        Ran one = Ran.fovea("caption", picture, "--model", captioner, "--top-p", 0.9, "--seed", 3, "--json");
        Ran same = Ran.fovea(
                "caption", picture, "--model", captioner, "--top-p", 0.9, "--seed", 3, "--json", "--threads", 1);
        assertEquals(one.out(), same.out());
    }

    @Test
    void captionAFolder() throws IOException {
        Path folder = Files.createDirectories(directory.resolve("folder"));
        ClassifyCommandTest.picture(folder.resolve("a.png"), 0x112233);
        ClassifyCommandTest.picture(folder.resolve("b.png"), 0xFFEE00);
        Files.writeString(folder.resolve("c.png"), "no picture");
        Ran ran = Ran.fovea("caption", folder, "--model", captioner, "--json");
        assertEquals(1, ran.exit());
        assertEquals(2, ran.json().get("images").size());
        assertEquals(1, ran.json().get("unreadable").size());
        assertEquals(1, ran.err().lines().count(), ran.err());
        String alone = Ran.fovea("caption", folder.resolve("b.png"), "--model", captioner, "--json")
                .json()
                .get("caption")
                .asText();
        assertEquals(alone, ran.json().get("images").get(1).get("caption").asText());
    }

    @Test
    void ask() throws IOException {
        Ran ran = Ran.fovea("ask", picture, "what color is the dog?", "--model", answerer, "--json");
        assertEquals(0, ran.exit(), ran.err());
        JsonNode json = ran.json();
        assertEquals("what color is the dog?", json.get("question").asText());
        assertEquals(94, json.get("tokens").get(0).asInt());
        assertEquals(
                json.get("answer").asText() + "\n",
                Ran.fovea("ask", picture, "what color is the dog?", "--model", answerer)
                        .out());
    }

    @Test
    void askAndMatchTakeManyPictures() throws IOException {
        Path folder = Files.createDirectories(directory.resolve("asked"));
        Path a = ClassifyCommandTest.picture(folder.resolve("a.png"), 0x112233);
        Path b = ClassifyCommandTest.picture(folder.resolve("b.png"), 0xFFEE00);
        Files.writeString(folder.resolve("c.png"), "no picture");
        String question = "what color is the dog?";
        Ran ran = Ran.fovea("ask", folder, question, "--model", answerer, "--json");
        assertEquals(1, ran.exit());
        assertEquals(1, ran.err().lines().count(), ran.err());
        JsonNode asked = ran.json();
        assertEquals(1, asked.get("unreadable").size());
        JsonNode alone =
                Ran.fovea("ask", b, question, "--model", answerer, "--json").json();
        for (String field : List.of("question", "answer", "tokens")) {
            assertEquals(alone.get(field), asked.get("images").get(1).get(field));
        }
        Ran listed = TextArgumentsTest.withInput(a + "\n" + b + "\n", "ask", "-", question, "--model", answerer);
        assertEquals(
                a + "\t" + asked.get("images").get(0).get("answer").asText() + "\n" + b + "\t"
                        + alone.get("answer").asText() + "\n",
                listed.out());

        JsonNode matched = TextArgumentsTest.withInput(
                        b + "\n", "match", a, "a dog", "--image", "-", "--model", matcher, "--json")
                .json();
        JsonNode matchedAlone =
                Ran.fovea("match", b, "a dog", "--model", matcher, "--json").json();
        assertEquals(matchedAlone.get("results"), matched.get("images").get(1).get("results"));
        Ran plain = Ran.fovea("match", a, "a dog", "two cats", "--image", b, "--model", matcher);
        List<String> lines = plain.out().lines().toList();
        assertEquals(4, lines.size(), plain.out());
        assertTrue(lines.get(1).startsWith(a + "\t") && lines.get(1).endsWith("\ttwo cats"), plain.out());
        assertTrue(lines.get(2).startsWith(b + "\t") && lines.get(2).endsWith("\ta dog"), plain.out());
    }

    @Test
    void match() throws IOException {
        Ran ran = Ran.fovea("match", picture, "a dog", "two cats on the left", "--model", matcher, "--json");
        assertEquals(0, ran.exit(), ran.err());
        JsonNode results = ran.json().get("results");
        assertEquals(2, results.size());
        assertEquals("two cats on the left", results.get(1).get("text").asText());
        for (JsonNode result : results) {
            assertTrue(
                    result.get("match").asDouble() >= 0 && result.get("match").asDouble() <= 1);
            assertTrue(Math.abs(result.get("cosine").asDouble()) <= 1.00001);
        }
        String plain = Ran.fovea("match", picture, "a dog", "two cats on the left", "--model", matcher)
                .out();
        assertEquals(2, plain.lines().count());
        assertTrue(plain.lines().allMatch(line -> line.split("\t").length == 3), plain);
    }

    /** A text of nothing is a text, as for the reference: start and end token are there. */
    @Test
    void textsOfNothing() throws IOException {
        String caption = Ran.fovea("caption", picture, "--model", captioner).out();
        assertEquals(
                caption,
                Ran.fovea("caption", picture, "--model", captioner, "--prompt", " ")
                        .out());
        Ran asked = Ran.fovea("ask", picture, "", "--model", answerer, "--json");
        assertEquals(0, asked.exit(), asked.err());
        assertEquals("", asked.json().get("question").asText());
        JsonNode matches = Ran.fovea("match", picture, "a", "", " ", "--model", matcher, "--json")
                .json()
                .get("results");
        assertEquals(3, matches.size());
        assertEquals(matches.get(1).get("match"), matches.get(2).get("match"));
    }

    @Test
    void severalSequences() throws IOException {
        Object[] three = {"caption", picture, "--model", captioner, "--beams", 3, "--return-sequences", 3};
        JsonNode json = Ran.fovea(append(three, "--json")).json();
        JsonNode sequences = json.get("sequences");
        assertEquals(3, sequences.size());
        for (String field : new String[] {"caption", "tokens"}) {
            assertEquals(json.get(field), sequences.get(0).get(field));
        }
        for (int i = 1; i < 3; i++) {
            double before = sequences.get(i - 1).get("score").asDouble();
            assertTrue(sequences.get(i).get("score").asDouble() <= before, sequences.toString());
        }
        List<String> texts = Ran.fovea(three).out().lines().toList();
        assertEquals(3, texts.size());
        for (int i = 0; i < 3; i++) {
            assertEquals(sequences.get(i).get("caption").asText(), texts.get(i));
        }
        Object[] drawn = {"ask", picture, "what?", "--model", answerer, "--top-k", 5, "--return-sequences", 4, "--json"
        };
        assertEquals(4, Ran.fovea(drawn).json().get("sequences").size());
        assertFalse(Ran.fovea("caption", picture, "--model", captioner, "--json")
                .json()
                .has("sequences"));
        Ran folder = Ran.fovea(append(three, "--image", picture));
        assertEquals(6, folder.out().lines().count());
        assertTrue(folder.out().lines().allMatch(line -> line.startsWith(picture + "\t")), folder.out());
    }

    @Test
    void lengthsAndDrawing() throws IOException {
        Object[] caption = {"caption", picture, "--model", captioner, "--json"};
        JsonNode greedy = Ran.fovea(caption).json().get("tokens");
        assertEquals(greedy, Ran.fovea(append(caption, "--no-sample")).json().get("tokens"));
        assertTrue(Ran.fovea(append(caption, "--max-length", 4))
                        .json()
                        .get("tokens")
                        .size()
                <= 4);
        JsonNode longer = Ran.fovea(append(caption, "--min-length", 12)).json().get("tokens");
        assertTrue(longer.size() >= 12, longer.toString());
        Ran both = Ran.fovea(append(caption, "--no-sample", "--top-k", 3));
        assertEquals(2, both.exit());
        assertTrue(both.err().startsWith("fovea: --no-sample: "), both.err());
        Ran wrong = Ran.fovea(append(caption, "--max-length", 0));
        assertEquals(2, wrong.exit());
        assertTrue(wrong.err().startsWith("fovea: --max-length is 0; expected at least 1"), wrong.err());
    }

    private static Object[] append(Object[] arguments, Object... more) {
        return Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray();
    }

    @Test
    void inspect() throws IOException {
        for (Path folder : new Path[] {captioner, answerer, matcher}) {
            JsonNode json = Ran.fovea("inspect", folder, "--json").json();
            assertEquals("blip", json.get("architecture").asText());
            assertTrue(json.get("checked").asBoolean());
            assertEquals(0, json.get("missing").size(), json.toString());
            assertEquals(0, json.get("unexpected").size(), json.toString());
            assertEquals(0, json.get("misshapen").size(), json.toString());
        }
        assertTrue(Ran.fovea("inspect", captioner).out().contains("text towers"));
    }

    @Test
    void weightsOfAnotherType() throws IOException {
        for (String type : new String[] {"f32", "f16", "bf16", "int8"}) {
            Ran ran = Ran.fovea("caption", picture, "--model", captioner, "--weights", type);
            assertEquals(0, ran.exit(), ran.err());
        }
    }

    @Test
    void aModelOfTheWrongKind() throws IOException {
        Path clip = TinyClip.write(directory.resolve("clip"));
        ErrorsTest.assertOneLine(Ran.fovea("caption", picture, "--model", clip), "is a CLIP; caption needs a BLIP");
        ErrorsTest.assertOneLine(
                Ran.fovea("ask", picture, "what?", "--model", captioner),
                "is a BLIP for captions; ask needs a BLIP for questions");
        ErrorsTest.assertOneLine(
                Ran.fovea("match", picture, "a", "--model", answerer),
                "is a BLIP for questions; match needs a BLIP for matching");
        ErrorsTest.assertOneLine(
                Ran.fovea("classify", picture, "a", "--model", captioner), "is a BLIP for captions; classify needs");
    }

    @Test
    void textsThatCannotBeRead() {
        String endless = "the dog ".repeat(40);
        ErrorsTest.assertOneLine(
                Ran.fovea("caption", picture, "--model", captioner, "--prompt", endless), "prompt has 82 tokens", "40");
        ErrorsTest.assertOneLine(
                Ran.fovea("ask", picture, endless, "--model", answerer), "question has 82 tokens", "40");
        ErrorsTest.assertOneLine(Ran.fovea("match", picture, endless, "--model", matcher), "text has 82 tokens");
        ErrorsTest.assertOneLine(
                Ran.fovea("caption", picture, "--model", captioner, "--max-new-tokens", 100), "at most 39 new tokens");
    }

    @ParameterizedTest
    @CsvSource({
        "--beams, 0, 1 to 1000",
        "--beams, 100000, 1 to 1000",
        "--top-p, 2, from 0 to 1",
        "--top-k, -1, 0 for all",
        "--temperature, 0, above 0",
        "--max-new-tokens, 0, at least 1",
        "--early-stopping, maybe, never",
        "--beams, many, many"
    })
    void optionsOutOfRange(String option, String value, String expected) {
        Ran ran = Ran.fovea("caption", picture, "--model", captioner, option, value);
        assertEquals(2, ran.exit(), ran.err());
        String first = ran.err().lines().findFirst().orElseThrow();
        assertTrue(first.contains(option) && first.contains(expected), first);
    }
}
