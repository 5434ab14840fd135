package dev.fovea.evaluation.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Every metric equals what the field's own program said about the same results ({@code oracle/metric_cases.py}). */
class MetricCasesTest {

    private static final double EXACT = 1e-9;
    /** Of programs that compute in 32 bits. */
    private static final double FLOAT = 1e-6;

    private static JsonValue file(String name) {
        return JsonReader.readObject(Path.of("src/test/resources/dev/fovea/evaluation/metrics", name));
    }

    private static List<JsonValue> cases(String name) {
        List<JsonValue> cases = file(name).get("cases").items();
        assertTrue(!cases.isEmpty(), name);
        return cases;
    }

    private static List<String> texts(JsonValue list) {
        return list.items().stream().map(item -> item.text(null)).toList();
    }

    private static double[] numbers(JsonValue list) {
        return list.items().stream()
                .mapToDouble(item -> item.number(Double.NaN))
                .toArray();
    }

    private static int[] integers(JsonValue list) {
        return Arrays.stream(numbers(list)).mapToInt(number -> (int) number).toArray();
    }

    private static List<float[]> vectors(JsonValue rows) {
        List<float[]> vectors = new ArrayList<>();
        for (JsonValue row : rows.items()) {
            float[] vector = new float[row.items().size()];
            for (int i = 0; i < vector.length; i++) {
                vector[i] = (float) row.get(i).number(Double.NaN);
            }
            vectors.add(vector);
        }
        return vectors;
    }

    @Test
    void captionsAreSplitAsByStanfordsProgram() {
        for (JsonValue each : cases("words.json")) {
            String text = each.get("text").text("");
            assertEquals(texts(each.get("words")), PtbTokenizer.words(text), text);
        }
    }

    @Test
    void captionsAreScoredAsByCocoCaption() {
        for (JsonValue each : cases("captions.json")) {
            List<ScoredCaption> captions = new ArrayList<>();
            for (int i = 0; i < each.get("captions").items().size(); i++) {
                captions.add(ScoredCaption.of(
                        each.get("captions").get(i).text(""),
                        texts(each.get("references").get(i))));
            }
            assertArrayEquals(numbers(each.get("bleu")), Bleu.corpus(captions), EXACT);
            assertArrayEquals(numbers(each.get("cider")), CiderD.scores(captions), EXACT);
            assertArrayEquals(
                    numbers(each.get("rouge")),
                    captions.stream().mapToDouble(RougeL::score).toArray(),
                    EXACT);
        }
    }

    @Test
    void answersAreScoredAsByTheVqaEvaluation() {
        for (JsonValue each : cases("vqa.json")) {
            String answer = each.get("answer").text("");
            List<String> answers = texts(each.get("answers"));
            assertEquals(each.get("normal").text(null), VqaAccuracy.normalize(answer), answer);
            assertEquals(
                    each.get("official").number(-1), VqaAccuracy.official(answer, answers), EXACT, each.toString());
        }
    }

    @Test
    void boxesAreScoredAsByPycocotools() {
        for (JsonValue each : cases("detection.json")) {
            List<CocoDetection.Truth> truths = new ArrayList<>();
            for (JsonValue row : each.get("truths").items()) {
                double[] n = numbers(row);
                Box box = new Box(n[2], n[3], n[4], n[5]);
                truths.add(new CocoDetection.Truth((long) n[0], (long) n[1], box, n[6], n[7] == 1));
            }
            List<CocoDetection.Prediction> predictions = new ArrayList<>();
            for (JsonValue row : each.get("predictions").items()) {
                double[] n = numbers(row);
                Box box = new Box(n[2], n[3], n[4], n[5]);
                predictions.add(new CocoDetection.Prediction((long) n[0], (long) n[1], box, n[6]));
            }
            CocoDetection.Scores scores = CocoDetection.evaluate(truths, predictions);
            double[] found = {
                scores.ap(), scores.ap50(), scores.ap75(), scores.apSmall(), scores.apMedium(), scores.apLarge(),
                scores.ar1(), scores.ar10(), scores.ar100(), scores.arSmall(), scores.arMedium(), scores.arLarge()
            };
            double[] expected = Arrays.stream(numbers(each.get("stats")))
                    .map(stat -> stat == -1 ? Double.NaN : stat)
                    .toArray();
            assertArrayEquals(expected, found, 1e-12);
            assertEquals(
                    scores.ap(),
                    scores.apByCategory().values().stream()
                            .mapToDouble(Double::doubleValue)
                            .average()
                            .orElse(Double.NaN),
                    1e-12);
        }
    }

    @Test
    void polygonsAreFilledAsByPycocotools() {
        for (JsonValue each : cases("masks.json")) {
            int width = each.get("width").integer(0);
            int height = each.get("height").integer(0);
            List<PixelMask> filled = new ArrayList<>();
            for (String side : List.of("one", "other")) {
                int index = filled.size();
                PixelMask mask = PixelMask.ofPolygons(
                        each.get(side).items().stream()
                                .map(MetricCasesTest::numbers)
                                .toList(),
                        width,
                        height);
                PixelMask decoded =
                        PixelMask.ofCompressed(each.get("counts").get(index).text(""), width, height);
                assertEquals(each.get("areas").get(index).integer(-1), decoded.area(), each.toString());
                assertEquals(decoded.area(), mask.area(), each.toString());
                assertEquals(decoded.area(), mask.intersection(decoded), each.toString());
                filled.add(mask);
            }
            assertEquals(each.get("iou").number(-1), filled.get(0).iou(filled.get(1)), EXACT);
        }
    }

    @Test
    void classesAndProbabilitiesAreScoredAsByScikitLearnAndTorchmetrics() {
        for (JsonValue each : cases("classification.json")) {
            List<double[]> scores = each.get("scores").items().stream()
                    .map(MetricCasesTest::numbers)
                    .toList();
            int[] targets = integers(each.get("targets"));
            int[] ranks = IntStream.range(0, targets.length)
                    .map(i -> Classification.rank(scores.get(i), targets[i]))
                    .toArray();
            double[] right =
                    Arrays.stream(ranks).mapToDouble(rank -> rank == 0 ? 1 : 0).toArray();
            for (int k : new int[] {1, 3, 5}) {
                if (!each.get("top" + k).isMissing()) {
                    assertEquals(
                            each.get("top" + k).number(-1),
                            (double) Classification.top(ranks, k) / ranks.length,
                            EXACT);
                }
            }
            assertEquals(each.get("balanced").number(-1), Classification.meanPerClass(targets, right), EXACT);
            double[][] probabilities =
                    scores.stream().map(MetricCasesTest::softmax).toArray(double[][]::new);
            double[] sure = Arrays.stream(probabilities)
                    .mapToDouble(row -> Arrays.stream(row).max().orElseThrow())
                    .toArray();
            assertEquals(each.get("nll").number(-1), Calibration.negativeLogLikelihood(probabilities, targets), EXACT);
            assertEquals(each.get("brier").number(-1), Calibration.brier(probabilities, targets), EXACT);
            assertEquals(each.get("ece").number(-1), Calibration.expectedError(sure, right, Calibration.BINS), FLOAT);
            assertEquals(each.get("mce").number(-1), Calibration.maximumError(sure, right, Calibration.BINS), FLOAT);
        }
    }

    private static double[] softmax(double[] logits) {
        double total = Arrays.stream(logits).map(Math::exp).sum();
        return Arrays.stream(logits).map(logit -> Math.exp(logit) / total).toArray();
    }

    @Test
    void retrievalIsCountedAsByTopk() {
        for (JsonValue each : cases("retrieval.json")) {
            Retrieval ranks = Retrieval.of(
                    vectors(each.get("pictures")), vectors(each.get("texts")), integers(each.get("picture_of_text")));
            for (int k : new int[] {1, 5, 10}) {
                int[] texts = ranks.textToPicture();
                int[] pictures = ranks.pictureToText();
                assertEquals(
                        each.get("text_to_picture@" + k).number(-1),
                        (double) Classification.top(texts, k) / texts.length,
                        EXACT);
                assertEquals(
                        each.get("picture_to_text@" + k).number(-1),
                        (double) Classification.top(pictures, k) / pictures.length,
                        EXACT);
            }
            assertEquals(0, ranks.ties());
        }
    }

    @Test
    void textsAreComparedAsByJiwer() {
        int[] sums = new int[4];
        for (JsonValue each : cases("texts.json")) {
            String read = each.get("read").text("");
            String truth = each.get("truth").text("");
            int characters = TextErrors.distance(TextErrors.characters(read), TextErrors.characters(truth));
            int words = TextErrors.distance(TextErrors.words(read), TextErrors.words(truth));
            int[] counts = {
                characters,
                TextErrors.characters(truth).size(),
                words,
                TextErrors.words(truth).size()
            };
            assertEquals(each.get("cer").number(-1), (double) counts[0] / counts[1], EXACT, each.toString());
            assertEquals(each.get("wer").number(-1), (double) counts[2] / counts[3], EXACT, each.toString());
            assertEquals(each.get("similarity").number(-1), TextErrors.similarity(read, truth), EXACT);
            Arrays.setAll(sums, i -> sums[i] + counts[i]);
        }
        assertEquals(file("texts.json").get("cer").number(-1), (double) sums[0] / sums[1], EXACT);
        assertEquals(file("texts.json").get("wer").number(-1), (double) sums[2] / sums[3], EXACT);
    }

    @Test
    void associationsAreThoseOfNumpy() {
        for (JsonValue each : cases("association.json")) {
            Association found = Association.of(
                    vectors(each.get("x")), vectors(each.get("y")), vectors(each.get("a")), vectors(each.get("b")));
            assertEquals(each.get("effect").number(-9), found.effect(), FLOAT);
            assertEquals(each.get("p").number(-1), found.p(), EXACT);
        }
    }
}
