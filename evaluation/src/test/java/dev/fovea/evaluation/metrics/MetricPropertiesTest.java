package dev.fovea.evaluation.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Bounds, invariances and empty inputs of the metrics. */
class MetricPropertiesTest {

    private static final List<String> WORDS = List.of("a", "cat", "dog", "on", "the", "mat", "red", "car");

    private final Random random = new Random(1);

    private List<String> words(int most) {
        return random.ints(random.nextInt(most + 1), 0, WORDS.size())
                .mapToObj(WORDS::get)
                .toList();
    }

    private ScoredCaption caption() {
        return new ScoredCaption(words(8), List.of(words(8), words(8)));
    }

    @Test
    void captionScoresAreBoundedAndDoNotDependOnTheOrder() {
        for (int round = 0; round < 50; round++) {
            List<ScoredCaption> captions = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                captions.add(caption());
            }
            double[] bleu = Bleu.corpus(captions);
            double[] cider = CiderD.scores(captions);
            for (int i = 0; i < 6; i++) {
                ScoredCaption one = captions.get(i);
                double rouge = RougeL.score(one);
                assertTrue(rouge >= 0 && rouge <= 1, one.toString());
                assertTrue(cider[i] >= 0 && cider[i] <= 10 + 1e-9, one.toString());
                List<List<String>> turned = new ArrayList<>(one.references());
                Collections.reverse(turned);
                assertEquals(rouge, RougeL.score(new ScoredCaption(one.words(), turned)));
            }
            for (double value : bleu) {
                assertTrue(value >= 0 && value <= 1);
            }
            Collections.reverse(captions);
            assertArrayEquals(bleu, Bleu.corpus(captions), 1e-12);
            assertEquals(cider[0], CiderD.scores(captions)[5], 1e-12);
        }
    }

    @Test
    void theReferenceItselfIsPerfect() {
        List<ScoredCaption> captions = new ArrayList<>();
        for (String text : List.of("a cat on the mat", "two dogs run in a park", "the red car stands there")) {
            captions.add(ScoredCaption.of(text, List.of(text, "something else entirely is here")));
        }
        assertArrayEquals(new double[] {1, 1, 1, 1}, Bleu.corpus(captions), 1e-6);
        captions.forEach(caption -> assertEquals(1, RougeL.score(caption), 1e-12));
        List<ScoredCaption> single = captions.stream()
                .map(caption -> new ScoredCaption(caption.words(), List.of(caption.words())))
                .toList();
        for (double score : CiderD.scores(single)) {
            assertEquals(10, score, 1e-9);
        }
    }

    @Test
    void wordsOfAnyTextEndInTime() {
        assertEquals(List.of(), PtbTokenizer.words(" . , \n \"'\" "));
        assertEquals(1, PtbTokenizer.words("a-".repeat(30) + "a").size());
        for (String part : List.of("a-", "a/", "a-a/", "a.", "1.", "1,", "a'", "(", "--a", "a@")) {
            PtbTokenizer.words(part.repeat(20_000));
        }
        assertEquals(1, PtbTokenizer.words("x".repeat(100_000)).size());
        PtbTokenizer.words("'".repeat(5000) + "n't".repeat(5000) + ".a".repeat(2000));
    }

    @Test
    void answersOfOthersDecide() {
        List<String> ten = new ArrayList<>(Collections.nCopies(10, "dog"));
        double[] expected = {0, 0.3, 0.6, 0.9, 1, 1};
        for (int matches = 0; matches < expected.length; matches++) {
            assertEquals(expected[matches], VqaAccuracy.score("The CAT!", ten), 1e-12);
            ten.set(matches, "cat");
        }
        assertEquals(1, VqaAccuracy.score("2", List.of("Two")));
        assertEquals(0, VqaAccuracy.score("3", List.of("two", "one")));
        assertEquals(1, VqaAccuracy.official("2", List.of("two", "2", "2", "2", "2", "2")), 1e-12);
        assertEquals(0, VqaAccuracy.official("Two", List.of("two", "two", "two", "two")));
        assertThrows(IllegalArgumentException.class, () -> VqaAccuracy.score("a", List.of()));
        assertEquals(1, TextErrors.anls(" Cat", List.of("dog", "cat ")));
        assertEquals(0, TextErrors.anls("cat", List.of("dog")));
        assertEquals(0.75, TextErrors.anls("cats", List.of("cart", "cat")), 1e-12);
    }

    @Test
    void aBoxIsWithinItself() {
        for (int round = 0; round < 200; round++) {
            Box one = box();
            Box other = box();
            double overlap = one.iou(other);
            assertTrue(overlap >= 0 && overlap <= 1);
            assertEquals(overlap, other.iou(one), 1e-12);
            assertEquals(1, one.iou(one), 1e-9);
            assertEquals(one.area(), one.intersection(one.around(other)), 1e-6);
        }
        assertEquals(0, new Box(1, 1, 0, 0).iou(new Box(1, 1, 0, 0)));
        assertEquals(new Box(1, 2, 3, 4), Box.ofCorners(4, 6, 1, 2));
        assertThrows(IllegalArgumentException.class, () -> new Box(0, 0, -1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Box(Double.NaN, 0, 1, 1));
    }

    private Box box() {
        return new Box(
                random.nextDouble(50), random.nextDouble(50), 1 + random.nextDouble(50), 1 + random.nextDouble(50));
    }

    @Test
    void findingWhatIsThereIsPerfectAndScoresOnlyOrder() {
        List<CocoDetection.Truth> truths = new ArrayList<>();
        List<CocoDetection.Prediction> found = new ArrayList<>();
        List<CocoDetection.Prediction> scaled = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Box box = box();
            truths.add(new CocoDetection.Truth(i / 4, i % 3, box, box.area(), false));
            Box near = random.nextBoolean() ? box : new Box(box.x() + 4, box.y(), box.width(), box.height());
            double score = random.nextDouble();
            found.add(new CocoDetection.Prediction(i / 4, i % 3, near, score));
            scaled.add(new CocoDetection.Prediction(i / 4, i % 3, near, 100 * score - 7));
        }
        List<CocoDetection.Prediction> exact = truths.stream()
                .map(truth -> new CocoDetection.Prediction(truth.image(), truth.category(), truth.box(), 0.5))
                .toList();
        assertEquals(1, CocoDetection.evaluate(truths, exact).ap(), 1e-12);
        CocoDetection.Scores scores = CocoDetection.evaluate(truths, found);
        assertEquals(scores, CocoDetection.evaluate(truths, scaled));
        assertTrue(scores.ap() < scores.ap50() && scores.ap50() <= 1);
        assertEquals(0, CocoDetection.evaluate(truths, List.of()).ap());
        assertTrue(Double.isNaN(CocoDetection.evaluate(List.of(), found).ap()));
        assertThrows(IllegalArgumentException.class, () -> new CocoDetection.Prediction(1, 1, box(), Double.NaN));
    }

    @Test
    void masksAreCutToThePicture() {
        PixelMask all = PixelMask.ofPolygons(List.of(new double[] {-5, -5, 30, -5, 30, 30, -5, 30}), 7, 4);
        assertEquals(28, all.area());
        PixelMask none = PixelMask.ofPolygons(List.of(new double[] {1, 1, 2, 2}), 7, 4);
        assertEquals(0, none.area());
        assertEquals(0, all.iou(none));
        assertEquals(1, none.iou(none));
        assertEquals(all.area(), all.union(none));
        PixelMask corner = PixelMask.ofRunLengths(new int[] {0, 1, 27}, 7, 4);
        assertTrue(corner.contains(0, 0) && !corner.contains(0, 1) && !corner.contains(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> PixelMask.ofRunLengths(new int[] {0, 1}, 7, 4));
        assertThrows(IllegalArgumentException.class, () -> PixelMask.ofRunLengths(new int[] {29, -1}, 7, 4));
        assertThrows(IllegalArgumentException.class, () -> PixelMask.ofCompressed("o", 7, 4));
        assertThrows(IllegalArgumentException.class, () -> all.intersection(PixelMask.ofPolygons(List.of(), 4, 7)));
        assertThrows(
                IllegalArgumentException.class,
                () -> PixelMask.ofPolygons(List.of(new double[] {0, 0, 1, Double.NaN, 2, 2}), 7, 4));
        assertThrows(
                IllegalArgumentException.class, () -> PixelMask.ofPolygons(List.of(new double[] {1e9, 0, 1}), 7, 4));
        assertThrows(IllegalArgumentException.class, () -> PixelMask.ofPolygons(List.of(), 0, 4));
    }

    @Test
    void intervalsHoldTheValueAndShrink() {
        for (int examples : new int[] {1, 10, 1000}) {
            for (int successes : new int[] {0, examples / 3, examples}) {
                Interval interval = Interval.wilson(successes, examples);
                double share = (double) successes / examples;
                assertTrue(interval.low() <= share && share <= interval.high(), interval.toString());
                assertTrue(interval.low() >= 0 && interval.high() <= 1, interval.toString());
            }
        }
        // statsmodels.stats.proportion.proportion_confint(3, 10, method="wilson")
        assertEquals(0.10779126740630099, Interval.wilson(3, 10).low(), 1e-12);
        assertEquals(0.6032218525388546, Interval.wilson(3, 10).high(), 1e-12);
        double[] values = random.doubles(400).toArray();
        ToDoubleFunction<int[]> average = drawn ->
                Arrays.stream(drawn).mapToDouble(i -> values[i]).average().orElseThrow();
        Interval mean = Interval.bootstrap(values.length, average);
        assertTrue(mean.low() < 0.5 && mean.high() > 0.5 && mean.high() - mean.low() < 0.1, mean.toString());
        assertEquals(mean, Interval.bootstrap(values.length, average));
        assertThrows(IllegalArgumentException.class, () -> Interval.bootstrap(0, average));
        assertThrows(IllegalArgumentException.class, () -> Interval.bootstrap(3, drawn -> Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> Interval.wilson(2, 1));
        assertThrows(IllegalArgumentException.class, () -> new Interval(1, 0));
    }

    @Test
    void ranksOfEqualScoresFavourTheLowerIndex() {
        double[] scores = {1, 2, 2, 0};
        assertArrayEquals(
                new int[] {2, 0, 1, 3},
                IntStream.range(0, 4)
                        .map(target -> Classification.rank(scores, target))
                        .toArray());
        assertThrows(IllegalArgumentException.class, () -> Classification.rank(scores, 4));
        assertThrows(IllegalArgumentException.class, () -> Classification.rank(new double[] {Double.NaN, 1}, 1));
        assertTrue(Double.isNaN(Classification.meanPerClass(new int[0], new double[0])));
    }

    @Test
    void equalPicturesAreTies() {
        List<float[]> pictures = List.of(new float[] {1, 0}, new float[] {1, 0}, new float[] {0, 1});
        Retrieval ranks = Retrieval.of(pictures, pictures, new int[] {0, 1, 2});
        assertArrayEquals(new int[] {0, 0, 0}, ranks.textToPicture());
        assertEquals(4, ranks.ties());
        assertEquals(1, Retrieval.mean(ranks.pictureToText()));
        assertEquals(2, Retrieval.median(new int[] {0, 1, 2, 1}));
        assertThrows(IllegalArgumentException.class, () -> Retrieval.of(pictures, pictures, new int[] {0, 0, 1}));
        assertThrows(IllegalArgumentException.class, () -> Retrieval.of(pictures, pictures, new int[] {0, 1, 3}));
    }

    @Test
    void calibrationIsZeroWhereConfidenceIsFrequency() {
        double[] half = {0.5, 0.5, 0.5, 0.5};
        assertEquals(0, Calibration.expectedError(half, new double[] {1, 0, 1, 0}, 15), 1e-12);
        assertEquals(0.5, Calibration.expectedError(half, new double[] {1, 1, 1, 1}, 15), 1e-12);
        assertThrows(
                IllegalArgumentException.class,
                () -> Calibration.expectedError(new double[] {Double.NaN}, new double[1], 15));
        assertTrue(Double.isNaN(Calibration.expectedError(new double[0], new double[0], 15)));
    }

    @Test
    void associationTurnsWithTheGroupsAndAFairOrderHasNoSkew() {
        List<float[]> x = List.of(new float[] {1, 0.1f}, new float[] {1, 0.2f});
        List<float[]> y = List.of(new float[] {0.1f, 1}, new float[] {0.3f, 1});
        List<float[]> a = List.of(new float[] {1, 0});
        List<float[]> b = List.of(new float[] {0, 1});
        Association there = Association.of(x, y, a, b);
        Association back = Association.of(y, x, a, b);
        assertEquals(there.effect(), -back.effect(), 1e-12);
        assertEquals(1 / 6.0, there.p(), 1e-12);
        assertEquals(1, back.p(), 1e-12);
        assertThrows(IllegalArgumentException.class, () -> Association.of(x, List.of(y.getFirst()), a, b));
        List<float[]> many = Collections.nCopies(20, new float[] {1, 1});
        assertEquals(1, Association.of(many, many, a, b).p());

        List<String> fair = List.of("f", "m", "m", "f", "f", "m", "m", "f");
        List<String> unfair = List.of("m", "m", "m", "m", "f", "f", "f", "f");
        assertEquals(0, Skew.maximum(fair, 2), 1e-12);
        assertEquals(Math.log(2), Skew.maximum(unfair, 4), 1e-12);
        assertTrue(Skew.divergence(unfair) > Skew.divergence(fair));
        assertNotEquals(0, Skew.divergence(fair)); // the first picture alone is of one group
        assertThrows(IllegalArgumentException.class, () -> Skew.maximum(fair, 0));
    }

    @Test
    void clipScoresAreOfUnrelatedTextsZero() {
        float[] picture = {1, 0};
        float[] caption = {-1, 0};
        assertEquals(0, ClipScore.score(picture, caption));
        assertEquals(2.5, ClipScore.score(picture, picture), 1e-6);
        assertEquals(0, ClipScore.referenceScore(0, caption, List.of(picture)));
        assertEquals(2 * 2.5 / 3.5, ClipScore.referenceScore(2.5, picture, List.of(caption, picture)), 1e-6);
        assertThrows(IllegalArgumentException.class, () -> ClipScore.referenceScore(1, caption, List.of()));
    }

    @Test
    void readWordsAreCountedWhateverTheirOrder() {
        TextErrors.Words words = TextErrors.commonWords("STOP go go now", "go stop STOP go");
        assertEquals(new TextErrors.Words(3, 4, 4), words);
        assertEquals("stop24", TextErrors.alphanumeric("Stop! 2-4"));
        assertEquals(1, TextErrors.similarity("", ""));
        assertEquals(0, TextErrors.similarity("", "abc"));
    }
}
