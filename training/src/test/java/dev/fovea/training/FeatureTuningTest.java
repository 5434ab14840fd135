package dev.fovea.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.Classifier;
import dev.fovea.models.LabelScore;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.clip.head.ClassifierHead;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tuning of clip-mini, on made-up features and on a few drawn pictures. */
class FeatureTuningTest {

    private static final List<String> LABELS = List.of("circle", "square", "a star");
    private static final int CLASSES = LABELS.size();

    private static Clip clip;
    private static FeatureTuning tuning;

    @TempDir
    private Path directory;

    @BeforeAll
    static void load() {
        clip = Clip.load("clip-mini");
        tuning = FeatureTuning.of(clip, LABELS, PromptTemplates.NONE);
    }

    @AfterAll
    static void close() {
        clip.close();
    }

    private static Examples blobs(TuningMethod method, int each, long seed) {
        int width = method == TuningMethod.PROLIP ? Projection.of(clip).values()[0].length : clip.dimension();
        return Blobs.examples(width, CLASSES, each, seed);
    }

    private static BufferedImage drawn(boolean round, int shade) {
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(new Color(shade, 255 - shade, 40));
        if (round) {
            graphics.fillOval(10, 10, 44, 44);
        } else {
            graphics.fillRect(10, 10, 44, 44);
        }
        graphics.dispose();
        return image;
    }

    @ParameterizedTest
    @EnumSource(TuningMethod.class)
    void everyMethodLearnsAndTheSavedFolderAnswersAlike(TuningMethod method) throws IOException {
        Examples training = blobs(method, 8, 1);
        Examples held = blobs(method, 4, 2);
        Examples test = blobs(method, 20, 3);
        TunedClip tuned = tuning.tune(TuningOptions.of(method), training, held);
        double before = tuning.zeroShotAccuracy(method, test);
        assertTrue(tuned.accuracy(test) > Math.max(before, 0.8), before + " -> " + tuned.accuracy(test));
        assertTrue(tuned.validationAccuracy().orElseThrow() > 0.7);

        Path folder = directory.resolve(method.name());
        tuned.save(folder);
        try (Clip saved = Clip.load(folder)) {
            assertEquals(List.of(), saved.unusedTensors());
            FeatureTuning same = FeatureTuning.of(saved, LABELS, PromptTemplates.NONE);
            Picture picture = Picture.of(drawn(true, 200));
            if (method == TuningMethod.PROLIP) {
                assertTrue(saved.tunedClassifier().isEmpty());
                assertEquals(tuned.accuracy(test), same.zeroShotAccuracy(method, test));
                assertNotEquals(clip.fingerprint(), saved.fingerprint());
            } else {
                ClassifierHead head =
                        ClassifierHead.find(folder, saved.dimension()).orElseThrow();
                assertEquals(method.toString(), head.method());
                Classifier classifier = saved.tunedClassifier().orElseThrow();
                assertEquals(LABELS, classifier.labels());
                assertEquals(head.score(clip.embed(picture)), classifier.classify(picture));
                assertEquals(clip.fingerprint(), saved.fingerprint());
                assertEquals(before, tuned.zeroShotAccuracy(tuning, test));
            }
        }
    }

    /** Every tensor but the projection keeps its bytes, and every other file is copied. */
    @Test
    void prolipChangesOneTensor() throws IOException {
        TunedClip tuned = tuning.tune(
                TuningOptions.of(TuningMethod.PROLIP).withEpochs(5), blobs(TuningMethod.PROLIP, 3, 1), Examples.NONE);
        Path folder = directory.resolve("out");
        tuned.save(folder);
        try (Checkpoint before = Checkpoint.open(clip.folder());
                Checkpoint after = Checkpoint.open(folder)) {
            assertEquals(before.names(), after.names());
            assertEquals(before.metadata(), after.metadata());
            for (TensorEntry tensor : before.tensors()) {
                TensorEntry now = after.find(tensor.name()).orElseThrow();
                assertEquals(tensor.type(), now.type());
                assertEquals(tensor.shape(), now.shape());
                assertEquals(
                        tensor.name().equals(Projection.NAME), tensor.data().mismatch(now.data()) >= 0, tensor.name());
            }
        }
        for (String name : List.of("config.json", "tokenizer.json", "preprocessor_config.json")) {
            if (Files.exists(clip.folder().resolve(name))) {
                assertEquals(-1, Files.mismatch(clip.folder().resolve(name), folder.resolve(name)), name);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(TuningMethod.class)
    void interpolationLeadsFromZeroShotToTheTunedModel(TuningMethod method) {
        Examples training = blobs(method, 6, 1);
        Examples held = blobs(method, 3, 2);
        TuningOptions options = TuningOptions.of(method);
        TunedClip none = tuning.tune(options.withInterpolation(0), training, held);
        TunedClip all = tuning.tune(options.withInterpolation(1), training, held);
        TunedClip plain = tuning.tune(options, training, held);
        for (float[] feature : blobs(method, 2, 9).features()) {
            double[] zeroShot = tuning.zeroShotLogits(method, feature);
            assertArrayEquals(zeroShot, none.logits(feature), 1e-4);
            assertArrayEquals(plain.logits(feature), all.logits(feature));
            assertTrue(distance(zeroShot, plain.logits(feature)) > 0.01);
        }
    }

    private static double distance(double[] a, double[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, Math.abs(a[i] - b[i]));
        }
        return largest;
    }

    @ParameterizedTest
    @EnumSource(TuningMethod.class)
    void sameSeedSameBits(TuningMethod method) {
        Examples training = blobs(method, 5, 1);
        TuningOptions options = TuningOptions.of(method).withSeed(3);
        if (method == TuningMethod.TIP_F) {
            options = options.withBatch(4);
        }
        float[] feature = training.features().getFirst();
        TunedClip first = tuning.tune(options, training, Examples.NONE);
        TunedClip second = tuning.tune(options, training, Examples.NONE);
        assertArrayEquals(first.logits(feature), second.logits(feature));
        if (method == TuningMethod.TIP_F) {
            double[] other =
                    tuning.tune(options.withSeed(4), training, Examples.NONE).logits(feature);
            assertTrue(distance(other, first.logits(feature)) > 0, "the seed has no effect");
        }
    }

    @Test
    void withoutValidationPicturesItSaysWhatIsTaken() {
        for (TuningMethod method : TuningMethod.values()) {
            TunedClip tuned = tuning.tune(TuningOptions.of(method), blobs(method, 1, 1), Examples.NONE);
            assertTrue(tuned.remarks().getFirst().startsWith("no validation pictures"), tuned.remarks()::toString);
            assertTrue(tuned.validationAccuracy().isEmpty());
            if (method != TuningMethod.TIP && method != TuningMethod.TIP_F) { // their votes are weak, alpha 1 of 100
                assertEquals(1, tuned.accuracy(blobs(method, 1, 1)), method + " does not know what it learned");
            }
        }
    }

    @Test
    void aRateThatIsTooLargeEndsWithTheBestStateAndSaysSo() {
        for (TuningMethod method : List.of(TuningMethod.TIP_F, TuningMethod.PROLIP)) {
            Examples training = blobs(method, 4, 1);
            TunedClip tuned = tuning.tune(TuningOptions.of(method).withRate(1e6), training, Examples.NONE);
            assertTrue(
                    tuned.remarks().stream().anyMatch(remark -> remark.contains("take a smaller rate")),
                    tuned.remarks()::toString);
            for (double logit : tuned.logits(training.features().getFirst())) {
                assertTrue(Double.isFinite(logit));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(TuningMethod.class)
    void anInterruptEndsTheWork(TuningMethod method) {
        Examples training = blobs(method, 4, 1);
        Thread.currentThread().interrupt();
        assertThrows(CancelledException.class, () -> tuning.tune(TuningOptions.of(method), training, Examples.NONE));
        assertTrue(Thread.interrupted());
    }

    @Test
    void aClassWithoutPicturesIsNamed() {
        Examples two = Blobs.examples(clip.dimension(), 2, 3, 1);
        TuningOptions options = TuningOptions.of(TuningMethod.PROBE);
        FoveaException e = assertThrows(FoveaException.class, () -> tuning.tune(options, two, Examples.NONE));
        assertTrue(e.getMessage().contains("class \"a star\" has no picture"), e.getMessage());
    }

    /** SigLIP has no projection to train, and takes a classifier as any CLIP does. */
    @Test
    void siglipGetsAClassifierOnly() {
        Path folder = Path.of("../models/src/test/resources/dev/fovea/models/siglip/cases/spiece");
        try (Clip siglip = Clip.load(folder)) {
            FoveaException e = assertThrows(FoveaException.class, () -> TuningMethod.PROLIP.requireTunable(siglip));
            assertTrue(e.getMessage().contains("has no tensor visual_projection.weight to train"), e.getMessage());
            TuningMethod.LP_PLUS_PLUS.requireTunable(siglip);
            Examples training = Blobs.examples(siglip.dimension(), CLASSES, 4, 1);
            TunedClip tuned = FeatureTuning.of(siglip, LABELS, PromptTemplates.NONE)
                    .tune(TuningOptions.of(TuningMethod.LP_PLUS_PLUS), training, Examples.NONE);
            assertEquals(1, tuned.accuracy(training));
        }
    }

    @Test
    void featuresOfAnotherMethodAreRefused() {
        TuningOptions options = TuningOptions.of(TuningMethod.PROBE);
        Examples others = Blobs.examples(clip.dimension() - 1, CLASSES, 2, 1);
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> tuning.tune(options, others, Examples.NONE));
        assertTrue(e.getMessage().contains("expected " + clip.dimension()), e.getMessage());
    }

    @Test
    void optionsWithoutAUseAreRefused() {
        for (TuningMethod method : List.of(TuningMethod.PROBE, TuningMethod.TIP, TuningMethod.LP_PLUS_PLUS)) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> TuningOptions.of(method).withRate(0.1));
        }
        TuningOptions options = TuningOptions.of(TuningMethod.TIP_F);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> options.withRate(-1));
        assertEquals("rate must be a number above 0, found -1.0", e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> options.withInterpolation(1.5));
        assertThrows(IllegalArgumentException.class, () -> options.withPenalty(1));
        assertThrows(IllegalArgumentException.class, () -> TuningMethod.named("lora"));
    }

    @Test
    void anOccupiedOutputIsLeftAlone() throws IOException {
        Files.writeString(directory.resolve("mine"), "mine");
        TunedClip tuned = tuning.tune(TuningOptions.of(TuningMethod.TIP), blobs(TuningMethod.TIP, 2, 1), Examples.NONE);
        assertThrows(FoveaException.class, () -> tuned.save(directory));
        try (var files = Files.list(directory)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void holdsOutAShareOfEachClass() {
        Examples examples = new Examples(Blobs.examples(3, 1, 26, 1).features(), classes(20, 0, 5, 1, 1, 2));
        Examples.Split split = examples.holdOut(0.2, 7);
        assertEquals(List.of(4L, 1L, 0L), counts(split.validation()));
        assertEquals(List.of(16L, 4L, 1L), counts(split.training()));
        assertEquals(0, split.training().shared(split.validation()));
        assertEquals(
                split.validation().features(),
                examples.holdOut(0.2, 7).validation().features());
        assertNotEquals(
                split.validation().features(),
                examples.holdOut(0.2, 8).validation().features());
    }

    private static int[] classes(int... countsAndClasses) {
        return IntStream.range(0, countsAndClasses.length / 2)
                .flatMap(i ->
                        IntStream.generate(() -> countsAndClasses[2 * i + 1]).limit(countsAndClasses[2 * i]))
                .toArray();
    }

    private static List<Long> counts(Examples examples) {
        return IntStream.range(0, 3)
                .mapToObj(k -> Arrays.stream(examples.classes())
                        .filter(index -> index == k)
                        .count())
                .toList();
    }

    /** One picture in two classes, a broken one, and the same as another file. */
    @Test
    void readsFilesAndFindsContradictions() throws IOException {
        Path circle = write("circle.png", drawn(true, 100));
        Path square = write("square.png", drawn(false, 100));
        Path copy = Files.copy(circle, directory.resolve("copy.png"));
        Path broken = Files.writeString(directory.resolve("broken.png"), "no picture");
        StringBuilder unreadable = new StringBuilder();
        Examples examples = Examples.read(
                clip,
                TuningMethod.PROBE,
                List.of(circle, broken, square, copy),
                new int[] {0, 0, 1, 1},
                outcome -> unreadable.append(outcome.file().getFileName()));
        assertEquals("broken.png", unreadable.toString());
        assertArrayEquals(new int[] {0, 1, 1}, examples.classes());
        assertArrayEquals(new int[] {0, 2}, examples.contradictions().getFirst());
        assertEquals(1, examples.contradictions().size());
        assertArrayEquals(clip.embed(Picture.read(circle)), examples.features().getFirst());
    }

    private Path write(String name, BufferedImage picture) throws IOException {
        Path file = directory.resolve(name);
        ImageIO.write(picture, "png", file.toFile());
        return file;
    }

    /** The embedding is the pooled output through the projection. */
    @Test
    void pooledOutputsLeadToTheEmbedding() {
        List<Picture> pictures = List.of(Picture.of(drawn(true, 10)), Picture.of(drawn(false, 250)));
        List<float[]> pooled = clip.poolAll(pictures);
        double[][] projection = Projection.of(clip).values();
        for (int n = 0; n < pictures.size(); n++) {
            float[] embedding = clip.embed(pictures.get(n));
            double[] projected = new double[projection.length];
            double squares = 0;
            for (int i = 0; i < projected.length; i++) {
                for (int j = 0; j < pooled.get(n).length; j++) {
                    projected[i] += projection[i][j] * pooled.get(n)[j];
                }
                squares += projected[i] * projected[i];
            }
            for (int i = 0; i < projected.length; i++) {
                assertEquals(projected[i] / Math.sqrt(squares), embedding[i], 1e-5);
            }
        }
    }

    /** A head beside a checkpoint of another width says so. */
    @Test
    void aHeadForOtherEmbeddingsIsRefused() {
        TunedClip tuned =
                tuning.tune(TuningOptions.of(TuningMethod.PROBE), blobs(TuningMethod.PROBE, 2, 1), Examples.NONE);
        Path folder = directory.resolve("out");
        tuned.save(folder);
        assertThrows(FoveaException.class, () -> ClassifierHead.find(folder, clip.dimension() + 1));
        assertFalse(ClassifierHead.isIn(clip.folder()));
        List<LabelScore> scores = ClassifierHead.find(folder, clip.dimension())
                .orElseThrow()
                .score(blobs(TuningMethod.PROBE, 1, 1).features().getFirst());
        assertEquals(CLASSES, scores.size());
    }
}
