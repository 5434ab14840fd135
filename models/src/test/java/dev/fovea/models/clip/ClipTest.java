package dev.fovea.models.clip;

import static dev.fovea.models.clip.ClipReplayTest.concatenated;
import static dev.fovea.models.clip.ClipReplayTest.relativeError;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LabelScore;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.WeightType;
import dev.fovea.models.ZeroShotClassifier;
import dev.fovea.models.clip.OracleCase.Pictures;
import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a caller of {@link Clip} relies on besides the right numbers. */
class ClipTest {

    @TempDir
    private Path folder;

    private Clip clip;

    @BeforeEach
    void load() {
        clip = Clip.load(OracleCase.copy("float16", folder));
    }

    @AfterEach
    void close() {
        clip.close();
    }

    /** Enough texts for several parts of a call, of all lengths. */
    private static List<int[]> someTokens() {
        Random random = new Random(7);
        return IntStream.range(0, 150)
                .mapToObj(text -> {
                    int[] ids = random.ints(2 + random.nextInt(15), 2, 60).toArray();
                    ids[0] = 62;
                    ids[ids.length - 1] = 63;
                    return ids;
                })
                .toList();
    }

    private static List<Picture> somePictures(int count) {
        Random random = new Random(11);
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    int width = 20 + random.nextInt(30);
                    int height = 20 + random.nextInt(30);
                    byte[] pixels = new byte[3 * width * height];
                    random.nextBytes(pixels);
                    return Picture.ofRgb(width, height, pixels);
                })
                .toList();
    }

    /** A word that was learned later stands beside the vocabulary, and its row behind the table's others. */
    @Test
    void aLearnedWordIsItsRowOfTheTable() throws IOException {
        Path with = Files.createDirectory(folder.resolve("with"));
        OracleCase.copy("float16", with);
        Files.writeString(with.resolve("added_tokens.json"), "{\"<cat-toy>\": 54}");
        try (Clip learned = Clip.load(with)) {
            assertArrayEquals(new int[] {62, 26, 54, 27, 63}, learned.encode("a <cat-toy> b"));
            float[] expected =
                    learned.embedTokens(List.of(new int[] {62, 26, 54, 27, 63})).getFirst();
            assertArrayEquals(expected, learned.embed("a <cat-toy> b"));
        }
        Files.writeString(
                with.resolve("added_tokens.json"),
                "{\"1\":1,\"2\":2,\"3\":3,\"4\":4,\"5\":5,\"6\":6,\"7\":7,"
                        + "\"8\":8,\"9\":9,\"0\":10,\"<cat-toy>\":11}");
        try (Clip beyond = Clip.load(with)) {
            FoveaException error = assertThrows(FoveaException.class, () -> beyond.embed("<cat-toy>"));
            assertTrue(error.getMessage().contains("token 64 of a text is unknown to this model"), error.getMessage());
        }
    }

    /** The reference embeds a text of nothing, too: start and end token are there. */
    @Test
    void textsOfNothingAreTexts() {
        float[] nothing = clip.embedTokens(List.of(new int[] {62, 63})).getFirst();
        for (String text : List.of("", " ", "\t\n \u3000", "\u0085")) {
            assertArrayEquals(new int[] {62, 63}, clip.encode(text));
            assertArrayEquals(nothing, clip.embed(text));
        }
        assertArrayEquals(nothing, clip.embedTexts(List.of("a", "", "b")).get(1));
        assertEquals(List.of(), clip.embedTexts(List.of()));
        Picture picture = somePictures(1).getFirst();
        List<String> labels = clip.classify(picture, List.of("", "a", " ")).stream()
                .map(LabelScore::label)
                .sorted()
                .toList();
        assertEquals(List.of("", " ", "a"), labels);
    }

    @Test
    void aBatchGivesTheBitsOfItsParts() {
        List<int[]> texts = someTokens();
        List<float[]> batch = clip.embedTokens(texts);
        assertEquals(texts.size(), batch.size());
        for (int i = 0; i < texts.size(); i += 7) {
            assertArrayEquals(clip.embedTokens(List.of(texts.get(i))).getFirst(), batch.get(i), "text " + i);
        }
        List<Picture> pictures = somePictures(130);
        List<float[]> many = clip.embedAll(pictures);
        assertEquals(pictures.size(), many.size());
        for (int i = 0; i < pictures.size(); i += 7) {
            assertArrayEquals(clip.embed(pictures.get(i)), many.get(i), "picture " + i);
        }
    }

    @Test
    void preparedPicturesGiveTheBitsOfWholeOnes() {
        List<Picture> whole = somePictures(40);
        List<PreparedPicture> prepared =
                whole.stream().map(clip.preprocessing()::prepare).toList();
        assertArrayEquals(concatenated(clip.embedAll(whole)), concatenated(clip.embedAll(prepared)));
        Preprocessing other = Preprocessing.clip(clip.preprocessing().width() + 1);
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> clip.embed(other.prepare(whole.getFirst())));
        assertTrue(refused.getMessage().contains("prepared for another model"), refused.getMessage());
    }

    @Test
    void draftsOfFilesAreAnOptionOfTheModel() throws Exception {
        Path file = Path.of(
                PreparedPicture.class.getResource("cases/orientation-1.jpg").toURI());
        try (Clip drafting = Clip.load(clip.folder(), LoadOptions.DEFAULTS.withDraft())) {
            assertTrue(drafting.preprocessing().draft());
            assertEquals(clip.fingerprint(), drafting.fingerprint());
            List<float[]> embedded = new ArrayList<>();
            drafting.embedFiles(List.of(file), outcome -> embedded.add(outcome.result()));
            PreparedPicture draft = drafting.preprocessing().prepare(file);
            assertArrayEquals(drafting.embed(draft), embedded.getFirst());
            assertThrows(IllegalArgumentException.class, () -> clip.embed(draft));
        }
    }

    @Test
    void threadsGiveTheBitsOfOne() throws Exception {
        List<int[]> texts = someTokens();
        List<Picture> pictures = somePictures(40);
        float[] textsAlone = concatenated(clip.embedTokens(texts));
        float[] picturesAlone = concatenated(clip.embedAll(pictures));
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Callable<float[]>> calls = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                calls.add(() -> concatenated(clip.embedTokens(texts)));
                calls.add(() -> concatenated(clip.embedAll(pictures)));
            }
            List<Future<float[]>> results = threads.invokeAll(calls);
            for (int i = 0; i < results.size(); i++) {
                assertArrayEquals(
                        i % 2 == 0 ? textsAlone : picturesAlone, results.get(i).get(), "call " + i);
            }
        }
    }

    @Test
    void theNumberOfThreadsChangesNoBit() {
        try (Backend one = Backends.open("cpu", 1);
                Backend three = Backends.open("cpu", 3);
                Clip withOne = Clip.load(folder, one);
                Clip withThree = Clip.load(folder, three)) {
            assertArrayEquals(
                    concatenated(withOne.embedTokens(someTokens())), concatenated(withThree.embedTokens(someTokens())));
            assertArrayEquals(
                    concatenated(withOne.embedAll(somePictures(9))), concatenated(withThree.embedAll(somePictures(9))));
        }
    }

    /** After closing, the weights' memory is gone: that must be an exception, not the end of the process. */
    @Test
    void aClosedModelSaysSo() {
        Picture picture = somePictures(1).getFirst();
        clip.close();
        clip.close();
        for (Runnable use : List.<Runnable>of(
                () -> clip.embed("a b"),
                () -> clip.embedTokens(List.of(new int[] {62, 63})),
                () -> clip.embed(picture),
                () -> clip.classify(picture, List.of("a", "b")))) {
            IllegalStateException closed = assertThrows(IllegalStateException.class, use::run);
            assertTrue(closed.getMessage().contains("closed"), closed.getMessage());
        }
    }

    @Test
    void closingWhileOthersEmbedEndsInAnExceptionAtMost() throws Exception {
        List<int[]> texts = someTokens();
        float[] alone = concatenated(clip.embedTokens(texts));
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<Void>> loops = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                loops.add(threads.submit(() -> {
                    try {
                        while (true) {
                            assertArrayEquals(alone, concatenated(clip.embedTokens(texts)));
                        }
                    } catch (IllegalStateException closed) {
                        return null;
                    }
                }));
            }
            Thread.sleep(50);
            clip.close();
            for (Future<Void> loop : loops) {
                loop.get();
            }
        }
    }

    @Test
    void closingLeavesTheCallersBackendOpen() {
        try (Backend backend = Backends.open("cpu", 2)) {
            Clip.load(folder, backend).close();
            try (Clip again = Clip.load(folder, backend)) {
                assertArrayEquals(clip.embed("a"), again.embed("a"));
            }
        }
    }

    @Test
    void nothingGivesNothing() {
        assertEquals(List.of(), clip.embedTexts(List.of()));
        assertEquals(List.of(), clip.embedTokens(List.of()));
        assertEquals(List.of(), clip.embedAll(List.of()));
        assertEquals(List.of(), clip.embedPixels(new float[0], 0, 24, 24));
    }

    @Test
    void anEmptyTextIsStartAndEnd() {
        assertArrayEquals(new int[] {62, 63}, clip.encode(""));
        assertArrayEquals(clip.embedTokens(List.of(new int[] {62, 63})).getFirst(), clip.embed(""));
        assertArrayEquals(clip.embed(""), clip.embed("  \n"));
    }

    @Test
    void aLongTextLosesItsEnd() {
        String text = "a b c d e f g h i j k l m n o p q r s t u v w";
        assertFalse(clip.fits(text));
        int[] ids = clip.encode(text);
        assertEquals(((ClipConfig) clip.config).text().positions(), ids.length);
        assertEquals(63, ids[ids.length - 1]);
        assertArrayEquals(clip.embed("a b c d e f g h i j k l m n"), clip.embed(text));
        assertTrue(clip.fits("a b"));
    }

    @Test
    void whatFollowsTheEndTokenDoesNotMatter() {
        assertArrayEquals(
                clip.embedTokens(List.of(new int[] {62, 5, 63})).getFirst(),
                clip.embedTokens(List.of(new int[] {62, 5, 63, 63, 9})).getFirst());
    }

    @Test
    void scoresAreASoftmaxBestFirst() {
        List<LabelScore> scores = clip.classify(somePictures(1).getFirst(), List.of("a", "b c", "d e f"));
        assertEquals(3, scores.size());
        assertEquals(1, scores.stream().mapToDouble(LabelScore::score).sum(), 1e-6);
        for (int i = 1; i < scores.size(); i++) {
            assertTrue(scores.get(i - 1).logit() >= scores.get(i).logit());
            double ratio =
                    Math.exp((double) scores.get(i - 1).logit() - scores.get(i).logit());
            assertEquals(
                    ratio, (double) scores.get(i - 1).score() / scores.get(i).score(), 1e-4 * ratio);
        }
    }

    @Test
    void embeddingsHaveUnitLength() {
        for (float[] embedding :
                List.of(clip.embed("a b"), clip.embed(somePictures(1).getFirst()))) {
            assertEquals(clip.dimension(), embedding.length);
            assertEquals(
                    1,
                    IntStream.range(0, embedding.length)
                            .mapToDouble(i -> embedding[i] * embedding[i])
                            .sum(),
                    1e-6);
        }
    }

    /** Matrices in fewer bits: the embeddings move, and no further than that many bits allow. */
    @ParameterizedTest
    @CsvSource({"F32, 0", "F16, 2e-3", "BF16, 1e-2", "INT8, 5e-2"})
    void matricesCanBeStoredInFewerBits(WeightType storage, double limit, @TempDir Path other) {
        try (OracleCase oracle = OracleCase.open("head-dim-10");
                Backend cpu = Backends.open("cpu", 2);
                Backend reference = Backends.open("reference", 1);
                Clip exact = Clip.load(oracle.copyTo(other), cpu);
                Clip stored = Clip.load(other, LoadOptions.on(cpu).withWeights(storage));
                Clip definition = Clip.load(other, LoadOptions.on(reference).withWeights(storage))) {
            for (List<float[]> rows : List.of(
                    List.of(pictures(exact, oracle), pictures(stored, oracle), pictures(definition, oracle)),
                    List.of(texts(exact, oracle), texts(stored, oracle), texts(definition, oracle)))) {
                assertTrue(relativeError(rows.get(1), rows.get(2)) < 1e-5, "not what the reference backend stores");
                double error = relativeError(rows.get(1), rows.get(0));
                assertTrue(error <= limit, "error " + error);
                assertEquals(storage == WeightType.F32, error == 0);
                assertTrue(leastCosine(rows.get(0), rows.get(1), exact.dimension()) > 0.99);
            }
        }
    }

    private static float[] pictures(Clip clip, OracleCase oracle) {
        Pictures pictures = oracle.pictures().getFirst();
        int images = pictures.grid().images();
        return concatenated(clip.embedPixels(
                pictures.pixels(),
                images,
                pictures.grid().height(),
                pictures.grid().width()));
    }

    private static float[] texts(Clip clip, OracleCase oracle) {
        return concatenated(clip.embedTokens(oracle.texts().getFirst().ids()));
    }

    /** Of unit vectors, row by row. */
    private static double leastCosine(float[] a, float[] b, int width) {
        double least = 1;
        for (int start = 0; start < a.length; start += width) {
            double cosine = 0;
            for (int i = start; i < start + width; i++) {
                cosine += (double) a[i] * b[i];
            }
            least = Math.min(least, cosine);
        }
        return least;
    }

    @Test
    void aTowerAloneCannotDoTheOthersWork(@TempDir Path texts, @TempDir Path pictures) {
        try (Clip vision = Clip.load(OracleCase.copy("vision-tower", pictures));
                Clip text = Clip.load(OracleCase.copy("text-tower", texts))) {
            assertEquals(24, vision.dimension());
            assertEquals(24, text.dimension());
            Picture picture = somePictures(1).getFirst();
            assertEquals(24, vision.embed(picture).length);
            assertEquals(24, text.embed("a b").length);
            assertThrows(FoveaException.class, () -> vision.embed("a"));
            assertThrows(FoveaException.class, () -> text.embed(picture));
            assertThrows(FoveaException.class, () -> vision.classify(picture, List.of("a")));
        }
    }

    /** A classifier scores as {@link Clip#score} does with the mean of the filled templates. */
    @Test
    void aClassifierEmbedsItsLabelsOnce() {
        Picture picture = somePictures(1).getFirst();
        List<String> labels = List.of("a", "b");
        assertEquals(clip.classify(picture, labels), clip.classifier(labels).classify(picture));
        List<String> templates = List.of("{}", "a {}");
        List<List<String>> embedded = new ArrayList<>();
        ZeroShotClassifier classifier = clip.classifier(labels, PromptTemplates.of(templates), texts -> {
            embedded.add(texts);
            return clip.embedTexts(texts);
        });
        assertEquals(
                clip.classifier(labels, templates).classifyAll(List.of(picture, picture)),
                classifier.classifyAll(List.of(picture, picture)));
        assertEquals(List.of(List.of("a", "a a", "b", "a b")), embedded);
        assertEquals(labels, classifier.labels());
    }

    @Test
    void impossibleInputsAreNamed() {
        for (int[] ids : List.of(new int[0], new int[17], new int[] {62, 64}, new int[] {-1})) {
            assertThrows(FoveaException.class, () -> clip.embedTokens(List.of(ids)));
        }
        assertThrows(FoveaException.class, () -> clip.embedPixels(new float[3 * 7 * 24], 1, 7, 24));
        assertThrows(IllegalArgumentException.class, () -> clip.embedPixels(new float[3], 1, 24, 24));
    }
}
