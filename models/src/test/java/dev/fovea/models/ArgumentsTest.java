package dev.fovea.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.blip.BlipEncoder;
import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Grid;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is wrong with what a caller passes is one line that names the argument. */
class ArgumentsTest {

    private static final Picture PICTURE = SmallModel.picture();
    private static final List<Picture> WITH_NULL = Arrays.asList(PICTURE, null);
    private static final int[] NONE = {};

    @TempDir
    private Path folder;

    private Backend backend;

    @BeforeEach
    void open() {
        backend = Backends.open("cpu", 2);
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private static void wrong(Class<? extends RuntimeException> kind, String complaint, Executable call) {
        RuntimeException failure = assertThrows(kind, call);
        String message = failure.getMessage();
        assertTrue(message != null && message.contains(complaint), "\"" + complaint + "\" in: " + message);
        assertEquals(1, message.lines().count(), message);
    }

    private static void isNull(String complaint, Executable call) {
        wrong(NullPointerException.class, complaint, call);
    }

    private static void isMistaken(String complaint, Executable call) {
        wrong(IllegalArgumentException.class, complaint, call);
    }

    private static float[] with(float[] values, int index, float value) {
        float[] copy = values.clone();
        copy[index] = value;
        return copy;
    }

    @Test
    void clip() {
        try (Clip clip = Clip.load(SmallModel.CLIP.copy(folder), backend)) {
            float[] vector = clip.embed("a");
            int length = vector.length;
            List<String> two = List.of("a", "b");
            isMistaken(
                    "has " + (length - 1) + " numbers; expected " + length,
                    () -> clip.score(Arrays.copyOf(vector, length - 1), two, List.of(vector, vector)));
            isMistaken(
                    "label 1 has " + (length + 1) + " numbers; expected " + length,
                    () -> clip.score(vector, two, List.of(vector, Arrays.copyOf(vector, length + 1))));
            isMistaken("label 0 has 0 numbers", () -> clip.score(vector, two, List.of(new float[0], vector)));
            isMistaken("1 text embeddings for 2 labels", () -> clip.score(vector, two, List.of(vector)));
            isMistaken(
                    "3 text embeddings for 2 labels", () -> clip.score(vector, two, List.of(vector, vector, vector)));
            isMistaken("NaN at index 2", () -> clip.score(with(vector, 2, Float.NaN), two, List.of(vector, vector)));
            isMistaken(
                    "Infinity at index 0",
                    () -> clip.score(vector, two, List.of(vector, with(vector, 0, Float.POSITIVE_INFINITY))));
            float[] huge = new float[length];
            Arrays.fill(huge, 1e38f);
            isMistaken("the logit of label \"a\"", () -> clip.score(huge, two, List.of(huge, vector)));
            isMistaken("no labels", () -> clip.score(vector, List.of(), List.of()));
            isMistaken("no labels", () -> clip.classify(PICTURE, List.of()));
            isNull("labels is null", () -> clip.classify(PICTURE, null));
            isNull("labels holds null at index 1", () -> clip.classify(PICTURE, Arrays.asList("a", null)));
            isNull("picture is null", () -> clip.classify(null, two));
            isNull(
                    "textEmbeddings holds null at index 0",
                    () -> clip.score(vector, List.of("a"), Collections.singletonList(null)));
            isNull("picture is null", () -> clip.embed((Picture) null));
            isNull("text is null", () -> clip.embed((String) null));
            isNull("text is null", () -> clip.encode(null));
            isNull("pictures holds null at index 1", () -> clip.embedAll(WITH_NULL));
            isNull("pictures is null", () -> clip.embedAll(null));
            isNull("texts holds null at index 0", () -> clip.embedTexts(Collections.singletonList(null)));
            isNull("texts holds null at index 0", () -> clip.embedTokens(Collections.singletonList(null)));
            wrong(FoveaException.class, "a text of 0 tokens", () -> clip.embedTokens(List.of(NONE)));
            isNull("pixels is null", () -> clip.embedPixels(null, 1, 24, 24));
            isMistaken("need 1728", () -> clip.embedPixels(new float[1727], 1, 24, 24));
            isMistaken("need 1728", () -> clip.embedPixels(new float[3 * 1728], 1, 24, 24));
            isMistaken("NaN at index 3", () -> clip.embedPixels(with(new float[1728], 3, Float.NaN), 1, 24, 24));
            isMistaken("-1 pictures of 24 x 24", () -> clip.embedPixels(new float[0], -1, 24, 24));
            isMistaken("0 x 24 pixels", () -> clip.embedPixels(new float[0], 1, 24, 0));
            // 2^32 numbers, which an int counts as none.
            isMistaken("at most 1073741824 pixels", () -> clip.embedPixels(new float[0], 1 << 10, 1 << 11, 1 << 11));
            assertEquals(List.of(), clip.embedPixels(new float[0], 0, 24, 24));
        }
    }

    @Test
    void scores() {
        isMistaken("2 logits for 1 labels", () -> LabelScore.ranked(List.of("a"), new double[2]));
        isMistaken("is NaN", () -> LabelScore.ranked(List.of("a"), new double[] {Double.NaN}));
        isMistaken("is Infinity", () -> LabelScore.ranked(List.of("a"), new double[] {Double.POSITIVE_INFINITY}));
        isMistaken("is 1.0E300", () -> LabelScore.ranked(List.of("a"), new double[] {1e300}));
        isNull("logits is null", () -> LabelScore.ranked(List.of("a"), null));
    }

    @Test
    void classifier() {
        try (ImageClassifier vit = ImageClassifier.load(SmallModel.VIT.copy(folder), backend)) {
            isNull("picture is null", () -> vit.classify(null));
            isNull("pictures holds null at index 1", () -> vit.classifyAll(WITH_NULL));
            isMistaken("need 3072", () -> vit.logits(new float[3000], 1, 32, 32));
            assertEquals(List.of(), vit.classifyAll(List.of()));
            assertEquals(List.of(), vit.logits(new float[0], 0, 32, 32));
        }
    }

    @Test
    void preprocessing() {
        Preprocessing steps = Preprocessing.clip(8);
        isNull("picture is null", () -> steps.apply(null));
        isNull("pictures holds null at index 1", () -> steps.applyAll(WITH_NULL));
        wrong(IndexOutOfBoundsException.class, "", () -> steps.apply(PICTURE, new float[3 * 64], 1));
        wrong(
                FoveaException.class,
                "more numbers than one array holds",
                () -> Preprocessing.clip(20_000).applyAll(Collections.nCopies(2, PICTURE)));
        isNull("the grid of the pixels is null", () -> new Pixels(new float[3], null));
        isMistaken("need 3", () -> new Pixels(new float[4], new Grid(1, 1, 1)));
    }

    @Test
    void captioner() {
        try (BlipCaptioner blip = BlipCaptioner.load(SmallModel.CAPTIONER.copy(folder), backend)) {
            Pixels pixels = Pixels.of(blip.preprocessing(), List.of(PICTURE));
            isNull("picture is null", () -> blip.caption(null));
            isNull("pictures holds null", () -> blip.captionAll(WITH_NULL, blip.defaults()));
            isNull("options is null", () -> blip.captionAll(List.of(PICTURE), null));
            isMistaken(
                    "0 indices for 1 pictures",
                    () -> blip.captionAll(List.of(PICTURE), NONE, blip.defaults(), GenerationListener.NONE));
            isNull(
                    "prompts holds null",
                    () -> blip.generate(
                            pixels, Collections.singletonList(null), blip.defaults(), GenerationListener.NONE));
            wrong(
                    FoveaException.class,
                    "the prompt has no tokens",
                    () -> blip.generate(pixels, List.of(NONE), blip.defaults(), GenerationListener.NONE));
            wrong(
                    FoveaException.class,
                    "token 1000000 of the prompt is unknown",
                    () -> blip.generate(
                            pixels, List.of(new int[] {1_000_000}), blip.defaults(), GenerationListener.NONE));
            isMistaken(
                    "2 prompts for 1",
                    () -> blip.generate(
                            pixels, List.of(blip.prompt(), blip.prompt()), blip.defaults(), GenerationListener.NONE));
            isNull("pixels is null", () -> blip.imageTokens(null));
            isMistaken("no pictures", () -> blip.imageTokens(Pixels.of(blip.preprocessing(), List.of())));
            assertEquals(List.of(), blip.captionAll(List.of(), blip.defaults()));
        }
    }

    @Test
    void answerer() {
        try (BlipAnswerer blip = BlipAnswerer.load(SmallModel.ANSWERER.copy(folder), backend)) {
            Pixels pixels = Pixels.of(blip.preprocessing(), List.of(PICTURE));
            List<int[]> questions = List.of(new int[] {1});
            isNull("picture is null", () -> blip.answer(null, "a"));
            isNull(
                    "questions holds null",
                    () -> blip.answerAll(
                            PICTURE, Collections.singletonList(null), blip.defaults(), GenerationListener.NONE));
            assertEquals(List.of(), blip.answerAll(PICTURE, List.of(), blip.defaults(), GenerationListener.NONE));
            isMistaken(
                    "2 numbers of questions for 1 pictures",
                    () -> blip.generate(pixels, new int[2], questions, blip.defaults(), GenerationListener.NONE));
            isMistaken(
                    "1 questions; the numbers of questions say 2",
                    () -> blip.generate(pixels, new int[] {2}, questions, blip.defaults(), GenerationListener.NONE));
            isMistaken(
                    "-1 questions",
                    () -> blip.generate(pixels, new int[] {-1}, questions, blip.defaults(), GenerationListener.NONE));
        }
    }

    @Test
    void matcher() {
        try (BlipMatcher blip = BlipMatcher.load(SmallModel.MATCHER.copy(folder), backend)) {
            Pixels pixels = Pixels.of(blip.preprocessing(), List.of(PICTURE));
            isNull("picture is null", () -> blip.matchAll(null, List.of("a")));
            isNull("texts holds null", () -> blip.matchAll(PICTURE, Collections.singletonList(null)));
            isNull("text", () -> blip.embed((String) null));
            wrong(FoveaException.class, "the text has no tokens", () -> blip.matchLogits(pixels, List.of(NONE)));
            isMistaken(
                    "2 pictures; expected one",
                    () -> blip.matchLogits(
                            Pixels.of(blip.preprocessing(), List.of(PICTURE, PICTURE)), List.of(new int[] {1})));
            assertEquals(List.of(), blip.matchAll(PICTURE, List.of()));
            assertEquals(0, blip.matchLogits(pixels, List.of()).length);
        }
    }

    @Test
    void encoder() {
        try (BlipEncoder blip = BlipEncoder.load(SmallModel.ENCODER.copy(folder), backend)) {
            wrong(FoveaException.class, "the text has no tokens", () -> blip.features(NONE));
            wrong(FoveaException.class, "token -1 of the text is unknown", () -> blip.features(new int[] {-1}));
            wrong(FoveaException.class, "this model reads at most", () -> blip.features(new int[5000]));
            isNull("picture is null", () -> blip.features((Picture) null));
        }
    }

    @Test
    void florence() {
        try (Florence2 florence = Florence2.load(SmallModel.FLORENCE.copy(folder), backend)) {
            Pixels pixels = Pixels.of(florence.preprocessing(), List.of(PICTURE));
            isNull("picture is null", () -> florence.detect(null));
            isNull("pictures holds null", () -> florence.seeAll(WITH_NULL));
            isMistaken(
                    "0 indices for 1 pictures",
                    () -> florence.runAll(
                            List.of(PICTURE),
                            NONE,
                            FlorencePrompt.of(FlorenceTask.OD),
                            florence.defaults(),
                            GenerationListener.NONE));
            isMistaken(
                    "0 prompts for 1 pictures",
                    () -> florence.answerAll(
                            florence.seeAll(List.of(PICTURE)),
                            new int[1],
                            List.of(),
                            florence.defaults(),
                            GenerationListener.NONE));
            wrong(
                    FoveaException.class,
                    "token 9999999 of the prompt",
                    () -> florence.generate(
                            pixels, List.of(new int[] {9_999_999}), florence.defaults(), GenerationListener.NONE));
            isMistaken(
                    "2 prompts for 1 pictures",
                    () -> florence.generate(
                            pixels,
                            List.of(new int[] {0, 2}, new int[] {0, 2}),
                            florence.defaults(),
                            GenerationListener.NONE));
            assertEquals(List.of(), florence.seeAll(List.of()));
        }
    }
}
