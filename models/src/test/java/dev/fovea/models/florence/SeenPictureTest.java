package dev.fovea.models.florence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.observe.RecordingBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures that are looked at once and asked about several times. */
class SeenPictureTest {

    private static final String REGION = "<loc_52><loc_333><loc_932><loc_774>";
    private static final String OTHER_REGION = "<loc_0><loc_7><loc_998><loc_999>";
    private static final FlorenceTask DESCRIPTION = FlorenceTask.REGION_TO_DESCRIPTION;

    @TempDir
    static Path folder;

    private static RecordingBackend recorder;
    private static Florence2 florence;
    private static GenerationOptions drawn;

    @BeforeAll
    static void load() {
        recorder = new RecordingBackend(Backends.open("cpu", 2));
        florence = Florence2.load(FlorenceCase.copy("base", folder), recorder);
        drawn = florence.defaults().with(o -> {
            o.beams(1);
            o.sample(true);
            o.temperature(2);
            o.maxNewTokens(12);
        });
    }

    @AfterAll
    static void close() {
        florence.close();
        recorder.close();
    }

    /** A stage without blocks hands its map on. */
    @Test
    void aStageMayHaveNoBlocks(@TempDir Path shallow) throws IOException {
        Path config = FlorenceCase.copy("base", shallow).resolve("config.json");
        String json = Files.readString(config);
        for (int empty = 0; empty < 4; empty++) {
            String[] depths = {"1", "1", "1", "1"};
            depths[empty] = "0";
            String changed = "\"depths\": [" + String.join(", ", depths) + "]";
            Files.writeString(config, json.replaceFirst("\"depths\": \\[[^]]*]", changed));
            try (Florence2 model = Florence2.load(shallow, recorder)) {
                assertFalse(
                        model.see(picture(1)).run(FlorenceTask.CAPTION).text().isEmpty());
            }
        }
    }

    private static Picture picture(int seed) {
        byte[] rgb = new byte[90 * 60 * 3];
        new Random(seed).nextBytes(rgb);
        return Picture.ofRgb(90, 60, rgb);
    }

    private static void assertSame(FlorenceAnswer expected, FlorenceAnswer found) {
        assertEquals(expected.text(), found.text());
        assertEquals(expected.result(), found.result());
        assertArrayEquals(
                expected.generation().best().tokens(), found.generation().best().tokens());
    }

    @Test
    void answersAreThoseOfThePicture() {
        SeenPicture seen = florence.see(picture(1));
        assertEquals(new LocationGrid(90, 60), seen.grid());
        for (FlorenceTask task : new FlorenceTask[] {FlorenceTask.OD, FlorenceTask.CAPTION, DESCRIPTION}) {
            if (task == DESCRIPTION) {
                assertSame(florence.run(picture(1), task, REGION), seen.run(task, REGION));
            } else {
                assertSame(florence.run(picture(1), task), seen.run(task));
            }
        }
    }

    @Test
    void aPictureIsLookedAtOnce() {
        SeenPicture seen = florence.see(picture(1));
        recorder.clear();
        seen.run(FlorenceTask.OD);
        seen.run(FlorenceTask.CAPTION);
        assertTrue(recorder.recordings().containsKey("language_model.encoder"));
        assertFalse(recorder.recordings().keySet().stream().anyMatch(name -> name.startsWith("vision_tower")));
        assertFalse(recorder.recordings().containsKey("multi_modal_projector"));
    }

    @Test
    void anyPromptIsAsked() {
        SeenPicture seen = florence.see(picture(1));
        for (FlorenceTask task : new FlorenceTask[] {FlorenceTask.OD, FlorenceTask.CAPTION, DESCRIPTION}) {
            String text = task == DESCRIPTION ? REGION : null;
            String written = (text == null ? seen.run(task) : seen.run(task, text)).text();
            String plain = written.replace("<s>", "").replace("</s>", "").strip();
            assertEquals(plain, florence.ask(picture(1), task.token() + (text == null ? "" : text)));
            assertEquals(plain, seen.ask(task.prompt(text)));
        }
        List<String> prompts = List.of("<DocVQA>what animal?", "what is it?", "");
        List<GeneratedText> answers = florence.askAll(
                Collections.nCopies(3, seen), new int[3], prompts, florence.defaults(), GenerationListener.NONE);
        for (int i = 0; i < prompts.size(); i++) {
            assertEquals(seen.ask(prompts.get(i)), answers.get(i).text());
            assertEquals(answers.get(i).text(), florence.text(answers.get(i).tokens()));
        }
        assertThrows(FoveaException.class, () -> seen.ask("<OD> a car"));
        assertThrows(FoveaException.class, () -> seen.ask("a green car and two dogs ".repeat(20)));
    }

    @Test
    void everySequenceIsRead() {
        SeenPicture seen = florence.see(picture(1));
        var options = florence.defaults().with(o -> {
            o.beams(3);
            o.returnSequences(3);
            o.maxNewTokens(20);
        });
        FlorenceAnswer answer = florence.answerAll(
                        List.of(seen),
                        new int[1],
                        List.of(FlorencePrompt.of(FlorenceTask.OD)),
                        options,
                        GenerationListener.NONE)
                .getFirst();
        List<FlorenceAnswer> all = florence.sequences(answer, seen.grid());
        assertEquals(3, all.size());
        assertSame(answer, all.getFirst());
        for (int i = 0; i < 3; i++) {
            int[] tokens = answer.generation().sequences().get(i).tokens();
            assertEquals(florence.decode(tokens), all.get(i).text());
            assertArrayEquals(tokens, all.get(i).generation().best().tokens());
        }
    }

    @Test
    void severalQuestionsAtATime() {
        SeenPicture first = florence.see(picture(1));
        SeenPicture second = florence.see(picture(2));
        List<FlorencePrompt> prompts = List.of(
                FlorencePrompt.of(DESCRIPTION, REGION),
                FlorencePrompt.of(DESCRIPTION, OTHER_REGION),
                FlorencePrompt.of(DESCRIPTION, REGION));
        List<FlorenceAnswer> answers = florence.answerAll(
                List.of(first, first, second), new int[3], prompts, florence.defaults(), GenerationListener.NONE);
        assertSame(first.run(DESCRIPTION, REGION), answers.get(0));
        assertSame(first.run(DESCRIPTION, OTHER_REGION), answers.get(1));
        assertSame(second.run(DESCRIPTION, REGION), answers.get(2));
        assertEquals(
                List.of(),
                florence.answerAll(List.of(), new int[0], List.of(), florence.defaults(), GenerationListener.NONE));
    }

    @Test
    void whatIsDrawnHangsOnThePicturesNumber() {
        List<Picture> pictures = List.of(picture(1), picture(1), picture(2));
        List<FlorenceAnswer> all = florence.runAll(
                pictures, new int[] {0, 1, 2}, FlorencePrompt.of(FlorenceTask.CAPTION), drawn, GenerationListener.NONE);
        assertNotEquals(all.get(0).text(), all.get(1).text());
        List<FlorenceAnswer> some = florence.runAll(
                pictures.subList(1, 3),
                new int[] {1, 2},
                FlorencePrompt.of(FlorenceTask.CAPTION),
                drawn,
                GenerationListener.NONE);
        assertSame(all.get(1), some.get(0));
        assertSame(all.get(2), some.get(1));
    }

    @Test
    void listenersKnowWhichPictureAndMayStop() {
        int count = 70; // more than are answered at a time
        List<SeenPicture> seen = Collections.nCopies(count, florence.see(picture(1)));
        int[] numbers = IntStream.range(0, count).toArray();
        List<FlorencePrompt> detection = Collections.nCopies(count, FlorencePrompt.of(FlorenceTask.OD));
        List<Integer> told = new ArrayList<>();
        List<FlorenceAnswer> answers = florence.answerAll(seen, numbers, detection, drawn, (picture, live, done) -> {
            if (live.isEmpty()) {
                told.add(picture);
            }
            return true;
        });
        assertEquals(count, answers.size());
        assertArrayEquals(
                numbers, told.stream().mapToInt(Integer::intValue).sorted().toArray());
        List<FlorenceAnswer> stopped =
                florence.answerAll(seen, numbers, detection, drawn, (picture, live, done) -> false);
        assertTrue(stopped.size() < count && stopped.getLast().generation().stopped());
    }

    @Test
    void mistakes() {
        SeenPicture seen = florence.see(picture(1));
        assertThrows(FoveaException.class, () -> seen.run(FlorenceTask.CAPTION_TO_PHRASE_GROUNDING));
        String endless = "a green car and two dogs ".repeat(20);
        FoveaException tooLong =
                assertThrows(FoveaException.class, () -> seen.run(FlorenceTask.CAPTION_TO_PHRASE_GROUNDING, endless));
        assertTrue(tooLong.getMessage().contains("reads at most 59 beside the 5 of a picture"), tooLong.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> florence.answerAll(
                        List.of(seen),
                        new int[2],
                        List.of(FlorencePrompt.of(FlorenceTask.OD)),
                        drawn,
                        GenerationListener.NONE));
        try (Florence2 other = Florence2.load(folder, recorder)) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> other.answerAll(
                            List.of(seen),
                            new int[1],
                            List.of(FlorencePrompt.of(FlorenceTask.CAPTION)),
                            drawn,
                            GenerationListener.NONE));
        }
    }

    @Test
    void aClosedModelIsNotAsked() {
        SeenPicture seen;
        try (Florence2 closed = Florence2.load(folder, recorder)) {
            seen = closed.see(picture(1));
        }
        assertThrows(IllegalStateException.class, () -> seen.run(FlorenceTask.OD));
    }

    @Test
    void manyThreadsAskTheSamePicture() {
        SeenPicture seen = florence.see(picture(3));
        FlorenceAnswer expected = seen.run(FlorenceTask.OD);
        IntStream.range(0, 4)
                .parallel()
                .mapToObj(i -> seen.run(FlorenceTask.OD))
                .forEach(answer -> assertSame(expected, answer));
    }
}
