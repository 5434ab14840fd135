package dev.fovea.training.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.clip.head.CacheHead;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import dev.fovea.training.numerics.AdamW;
import dev.fovea.training.numerics.Matrices;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What scikit-learn and torch compute in f64, recorded by {@code oracle/training_cases.py}. */
class MethodCasesTest {

    private JsonValue values;
    private Features features;
    private double[][] texts;
    private double factor;

    private void read(String name) throws IOException {
        try (InputStream file = MethodCasesTest.class.getResourceAsStream(name + ".json")) {
            values = JsonReader.readObject(new String(file.readAllBytes(), StandardCharsets.UTF_8), name);
        }
        int[] classes = values.get("labels").items().stream()
                .mapToInt(label -> label.integer(-1))
                .toArray();
        features = Features.of(matrix(values.get("features")), classes);
        texts = matrix(values.get("texts"));
        factor = values.get("factor").number(0);
    }

    private static double[][] matrix(JsonValue rows) {
        return rows.items().stream().map(MethodCasesTest::vector).toArray(double[][]::new);
    }

    private static double[] vector(JsonValue numbers) {
        return numbers.items().stream()
                .mapToDouble(number -> number.number(Double.NaN))
                .toArray();
    }

    private static void assertClose(double[][] expected, double[][] found, double tolerance) {
        assertEquals(expected.length, found.length);
        for (int i = 0; i < expected.length; i++) {
            assertClose(expected[i], found[i], tolerance);
        }
    }

    private static void assertClose(double[] expected, double[] found, double tolerance) {
        assertEquals(expected.length, found.length);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], found[i], tolerance * Math.max(1, Math.abs(expected[i])), "number " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"three", "two"})
    void probeFindsTheOptimumOfScikitLearn(String name) throws IOException {
        read(name);
        for (JsonValue probe : values.get("probes").items()) {
            LogisticRegression.Fit fit = LogisticRegression.fit(
                    features, texts.length, probe.get("penalty").number(0), 1e-12, 5000);
            assertTrue(fit.converged());
            assertClose(new double[] {probe.get("objective").number(0)}, new double[] {fit.objective()}, 1e-10);
            assertClose(matrix(probe.get("weight")), fit.layer().weight(), 1e-6);
            assertClose(vector(probe.get("bias")), fit.layer().bias(), 1e-6);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"three", "two"})
    void theLoosestToleranceChangesNoProbability(String name) throws IOException {
        read(name);
        double[][] exact = LogisticRegression.fit(features, texts.length, 0.1, 1e-12, 5000)
                .layer()
                .logits(features);
        double[][] loose = LogisticRegression.fit(features, texts.length, 0.1, LogisticRegression.TOLERANCE, 1000)
                .layer()
                .logits(features);
        assertClose(exact, loose, 1e-4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"three", "two"})
    void tipAddsTheVotesOfThePictures(String name) throws IOException {
        read(name);
        JsonValue tip = values.get("tip");
        CacheHead head = new CacheHead(
                "tip",
                IntStream.range(0, texts.length).mapToObj(Integer::toString).toList(),
                Matrices.toFloats(features.rows()),
                features.classes(),
                Matrices.toFloats(texts),
                tip.get("alpha").number(0),
                tip.get("beta").number(0),
                factor);
        double[][] logits = matrix(tip.get("logits"));
        for (int n = 0; n < features.size(); n++) {
            float[] feature = Matrices.toFloats(new double[][] {features.rows()[n]});
            assertClose(logits[n], head.logits(feature), 1e-12);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"three", "two"})
    void tipFTakesTorchsSteps(String name) throws IOException {
        read(name);
        JsonValue expected = values.get("tipF");
        double[] losses = vector(expected.get("losses"));
        TipAdapter adapter = new TipAdapter(features, texts, factor);
        TipAdapter.Weights weights = new TipAdapter.Weights(
                expected.get("alpha").number(0), expected.get("beta").number(0));
        double[] found = new double[losses.length];
        for (int step = 0; step < losses.length; step++) {
            found[step] = adapter.step(features, weights, AdamW.cosine(1e-3, step, losses.length));
        }
        assertClose(losses, found, 1e-11);
        assertClose(matrix(expected.get("keys")), adapter.keys(), 1e-11);
    }

    /** Whole batches in any order are the same steps but for the order of the sums. */
    @ParameterizedTest
    @ValueSource(strings = {"three", "two"})
    void tipFTrainsInEpochs(String name) throws IOException {
        read(name);
        JsonValue expected = values.get("tipF");
        TipAdapter adapter = new TipAdapter(features, texts, factor);
        DescentResult<double[][]> outcome = adapter.train(
                features,
                Features.of(List.of(), new int[0]),
                new TipAdapter.Weights(
                        expected.get("alpha").number(0), expected.get("beta").number(0)),
                expected.get("losses").items().size(),
                1e-3,
                TipAdapter.BATCH,
                5);
        assertClose(matrix(expected.get("keys")), outcome.result(), 1e-10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"three", "two"})
    void probePlusPlusTakesTorchsSteps(String name) throws IOException {
        read(name);
        JsonValue expected = values.get("lpPlusPlus");
        double largest = values.get("largestEigenvalue").number(0);
        assertEquals(largest, Matrices.largestEigenvalue(features.rows()), 1e-9 * largest);
        double[] losses = vector(expected.get("losses"));
        LinearProbePlusPlus probe = new LinearProbePlusPlus(features, texts);
        double[] found = new double[losses.length];
        for (int step = 0; step < losses.length; step++) {
            found[step] = probe.step();
        }
        assertClose(losses, found, 1e-9);
        assertClose(matrix(expected.get("weight")), probe.layer().weight(), 1e-9);
        assertClose(vector(expected.get("bias")), probe.layer().bias(), 1e-9);
    }

    @ParameterizedTest
    @ValueSource(strings = {"three", "two"})
    void prolipTakesTorchsSteps(String name) throws IOException {
        read(name);
        JsonValue expected = values.get("prolip");
        double[] losses = vector(expected.get("losses"));
        double rate = expected.get("rate").number(0);
        Features pooled = Features.of(matrix(expected.get("pooled")), features.classes());
        double[][] start = matrix(expected.get("start"));
        ProjectionTuning tuning = new ProjectionTuning(pooled, start, texts, factor);
        double[] found = new double[losses.length];
        for (int step = 0; step < losses.length; step++) {
            found[step] = tuning.step(AdamW.cosine(rate, step, losses.length));
        }
        assertClose(losses, found, 1e-11);
        DescentResult<double[][]> outcome =
                new ProjectionTuning(pooled, start, texts, factor).train(losses.length, rate);
        assertClose(matrix(expected.get("projection")), outcome.result(), 1e-11);
    }
}
