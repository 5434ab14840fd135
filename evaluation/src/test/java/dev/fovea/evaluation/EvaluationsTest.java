package dev.fovea.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.evaluation.data.AskedQuestion;
import dev.fovea.evaluation.data.AssociationProbe;
import dev.fovea.evaluation.data.BiasFile;
import dev.fovea.evaluation.data.CaptionedImage;
import dev.fovea.evaluation.data.CocoFile;
import dev.fovea.evaluation.data.GroundedPhrase;
import dev.fovea.evaluation.data.GroupedImage;
import dev.fovea.evaluation.data.LabelledImage;
import dev.fovea.evaluation.data.Members;
import dev.fovea.evaluation.data.SegmentedExpression;
import dev.fovea.evaluation.data.WrittenText;
import dev.fovea.evaluation.metrics.Box;
import dev.fovea.evaluation.metrics.CocoDetection;
import dev.fovea.evaluation.metrics.PixelMask;
import dev.fovea.models.Detection;
import dev.fovea.models.LabelScore;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationsTest {

    private static final Path PICTURES = Path.of("../examples/pictures");
    private static final double EXACT = 1e-9;

    private static Clip clip;

    @TempDir
    private Path directory;

    @BeforeAll
    static void load() {
        clip = Clip.load("clip-mini");
    }

    @AfterAll
    static void close() {
        clip.close();
    }

    private static double value(Evaluation evaluation, String name) {
        return evaluation.value(name).orElseThrow(() -> new AssertionError(name + " of " + evaluation.metrics()));
    }

    private static List<LabelScore> scores(double... logits) {
        return LabelScore.ranked(List.of("a", "b", "c", "d", "e", "f").subList(0, logits.length), logits);
    }

    @Test
    void picturesAreClassified() {
        ZeroShotEvaluation evaluation = new ZeroShotEvaluation(List.of("a", "b", "c", "d", "e", "f"));
        Path file = Path.of("x.png");
        evaluation.add(new LabelledImage(file, "a"), scores(3, 2, 1, 0, 0, 0));
        evaluation.add(new LabelledImage(file, "a"), scores(3, 2, 1, 0, 0, 0));
        evaluation.add(new LabelledImage(file, "b"), scores(3, 2, 1, 0, 0, 0));
        evaluation.add(new LabelledImage(file, "f"), scores(9, 2, 1, 3, 4, 0));
        Evaluation result = evaluation.result();
        assertEquals(0.5, value(result, "top1"));
        assertEquals(0.75, value(result, "top5"));
        assertEquals(1 / 3.0, value(result, "mean_per_class"), EXACT);
        assertEquals("f", result.worst(1).getFirst().fields().get("label"));
        assertEquals(6, result.worst(1).getFirst().fields().get("rank"));
        assertEquals(
                List.of("a", "b", "f"), result.parts().stream().map(Part::name).toList());
        assertEquals(1, result.remarks().size());
        assertEquals(result, evaluation.result());
        String message = assertThrows(
                        FoveaException.class,
                        () -> evaluation.add(new LabelledImage(file, "zebra"), scores(1, 2, 3, 4, 5, 6)))
                .getMessage();
        assertTrue(message.startsWith("x.png: its label \"zebra\" is not among the labels"), message);
        assertThrows(IllegalArgumentException.class, () -> evaluation.add(new LabelledImage(file, "a"), scores(1, 2)));
        assertThrows(FoveaException.class, () -> new ZeroShotEvaluation(List.of()));
        assertThrows(FoveaException.class, () -> new ZeroShotEvaluation(List.of("a", "a")));
        assertThrows(FoveaException.class, () -> new ZeroShotEvaluation(List.of("a")).result());
        ZeroShotEvaluation few = new ZeroShotEvaluation(List.of("a", "b"));
        few.add(new LabelledImage(file, "b"), scores(1, 2));
        assertEquals(OptionalDouble.empty(), few.result().value("top5"));
        assertTrue(few.result().value("ece").isPresent());
        few.add(new LabelledImage(file, "b"), List.of(new LabelScore("a", 0.1f, -2), new LabelScore("b", 0.2f, -1)));
        assertEquals(OptionalDouble.empty(), few.result().value("ece"));
        assertEquals(1, value(few.result(), "top1"));
        assertTrue(few.result().remarks().toString().contains("no distribution"));
    }

    @Test
    void textsFindPictures() {
        RetrievalEvaluation evaluation = new RetrievalEvaluation();
        CaptionedImage one = new CaptionedImage(Path.of("1.png"), List.of("x", "y"), Optional.empty());
        CaptionedImage two = new CaptionedImage(Path.of("2.png"), List.of("z"), Optional.empty());
        evaluation.add(one, new float[] {1, 0}, List.of(new float[] {1, 0}, new float[] {0, 1}));
        evaluation.add(two, new float[] {0, 1}, List.of(new float[] {0.6f, 0.8f}));
        Evaluation result = evaluation.result();
        assertEquals(2 / 3.0, value(result, "text_to_image_recall@1"), EXACT);
        assertEquals(0.5, value(result, "image_to_text_recall@1")); // "y" is nearer to 2.png than "z"
        assertEquals(1.5, value(result, "image_to_text_mean_rank"));
        assertEquals(3, result.examples().size());
        assertEquals("y", result.worst(1).getFirst().fields().get("text"));
        assertThrows(IllegalArgumentException.class, () -> evaluation.add(one, new float[2], List.of(new float[2])));
        assertThrows(FoveaException.class, () -> new RetrievalEvaluation().result());
    }

    @Test
    void captionsAreCompared() {
        CaptionEvaluation evaluation = new CaptionEvaluation();
        for (String name : List.of("octopus", "elephant")) {
            Path file = PICTURES.resolve(name + ".png");
            CaptionedImage picture =
                    new CaptionedImage(file, List.of("a drawing of an " + name, "an " + name), Optional.empty());
            evaluation.add(picture, "an octopus", clip.embed(Picture.read(file)), clip);
        }
        Evaluation result = evaluation.result();
        assertTrue(value(result, "cider") > 1);
        assertEquals(0.75, value(result, "bleu_1"), 1e-6);
        assertTrue(value(result, "clip_score") > 0 && value(result, "ref_clip_score") > 0);
        assertTrue(result.worst(1).getFirst().image().endsWith("elephant.png"));
        CaptionEvaluation single = new CaptionEvaluation();
        single.add(new CaptionedImage(Path.of("a.png"), List.of("a cat"), Optional.empty()), "a cat");
        assertEquals(0, value(single.result(), "cider"));
        assertEquals(1, single.result().examples().getFirst().score());
        assertEquals(1, single.result().remarks().size());
        assertEquals(OptionalDouble.empty(), single.result().value("clip_score"));
        assertThrows(FoveaException.class, () -> new CaptionEvaluation().result());
    }

    private static AskedQuestion question(String id, String type, String... answers) {
        return new AskedQuestion(id, Path.of("a.png"), "what?", List.of(answers), Optional.of(type), Optional.empty());
    }

    @Test
    void answersAreCompared() {
        AnswerEvaluation evaluation = new AnswerEvaluation();
        evaluation.add(question("1", "number", "2", "2", "two", "3"), "Two");
        evaluation.add(question("2", "other", "cat", "dog"), "mouse");
        Evaluation result = evaluation.result();
        // Of the four, 2 and two agree: three of them see two others, the fourth sees three.
        assertEquals((3 * 2 / 3.0 + 1) / 4 / 2, value(result, "vqa_accuracy"), EXACT);
        assertEquals(
                List.of("number", "other"),
                result.parts().stream().map(Part::name).toList());
        assertEquals("2", result.worst(1).getFirst().fields().get("question_id"));
        assertTrue(result.remarks().getFirst().startsWith("1 of 2 questions"));
        AnswerEvaluation official = new AnswerEvaluation(true);
        official.add(question("1", "number", "two", "two", "two", "two"), "Two");
        assertEquals(0, value(official.result(), "vqa_accuracy"));
    }

    private static Detection found(String label, int x) {
        return new Detection(label, x, 0, x + 10, 10, OptionalDouble.empty());
    }

    @Test
    void boxesAreCompared() {
        Map<Long, Path> images = Map.of(1L, Path.of("1.png"), 2L, Path.of("2.png"), 3L, Path.of("3.png"));
        CocoDetection.Truth truth = new CocoDetection.Truth(1, 5, new Box(0, 0, 10, 10), 100, false);
        CocoFile data = new CocoFile(Path.of("c.json"), images, Map.of(5L, "Cat", 6L, "dog"), List.of(truth), Map.of());
        DetectionEvaluation evaluation = new DetectionEvaluation(data);
        evaluation.add(1, List.of(found("cat ", 0), found("cat", 1), found("unicorn", 0)));
        evaluation.add(2, List.of());
        Evaluation result = evaluation.result();
        assertEquals(1, value(result, "ap"), 1e-6); // the second box comes after the right one
        assertEquals(2 / 3.0, value(result, "f1"), EXACT);
        assertEquals(OptionalDouble.empty(), result.value("ap_large"));
        assertEquals(2, result.examples().size());
        assertTrue(result.remarks().getFirst().contains("unicorn"));
        assertThrows(IllegalArgumentException.class, () -> evaluation.add(8, List.of()));
        DetectionEvaluation all = new DetectionEvaluation(data);
        all.addAll(List.of(new CocoDetection.Prediction(1, 5, new Box(0, 0, 10, 6), 0.3)));
        assertEquals(0.3, value(all.result(), "ap"), 1e-6); // overlap .6: right at .5, .55 and .6
        assertEquals(3, all.result().examples().size());
        assertThrows(FoveaException.class, () -> new DetectionEvaluation(data).result());
    }

    @Test
    void phrasesAndOutlinesAreCompared() {
        GroundingEvaluation phrases = new GroundingEvaluation();
        Box truth = new Box(0, 0, 10, 10);
        GroundedPhrase phrase =
                new GroundedPhrase(Path.of("a.png"), "cat", List.of(truth, new Box(50, 0, 4, 4)), Optional.empty());
        phrases.add(phrase, List.of(new Box(50, 0, 4, 4)));
        phrases.add(phrase, List.of(new Box(0, 0, 10, 4), truth));
        phrases.add(phrase, List.of());
        Evaluation grounding = phrases.result();
        assertEquals(1 / 3.0, value(grounding, "accuracy@0.5"), EXACT);
        assertEquals(2 / 3.0, value(grounding, "recall@5"), EXACT);
        assertEquals(1.4 / 3, value(grounding, "mean_iou"), EXACT);

        SegmentationEvaluation outlines = new SegmentationEvaluation();
        double[] left = {0, 0, 2, 0, 2, 4, 0, 4};
        SegmentedExpression half = new SegmentedExpression(
                Path.of("a.png"),
                "left half",
                4,
                4,
                (width, height) -> PixelMask.ofPolygons(List.of(left), width, height),
                Optional.of((width, height) -> PixelMask.ofRunLengths(new int[] {0, 4, 12}, width, height)));
        outlines.add(half);
        outlines.add(half, PixelMask.ofPolygons(List.of(left), 4, 4));
        outlines.add(half, PixelMask.ofPolygons(List.of(), 4, 4));
        Evaluation segmentation = outlines.result();
        assertEquals(0.5, value(segmentation, "miou"), EXACT);
        assertEquals(12 / 24.0, value(segmentation, "ciou"), EXACT);
        assertEquals(2 / 3.0, value(segmentation, "precision@0.5"), EXACT);
        assertEquals(1 / 3.0, value(segmentation, "precision@0.9"), EXACT);
        SegmentedExpression wrong = new SegmentedExpression(
                Path.of("a.png"),
                "x",
                0,
                0,
                half.region(),
                Optional.of(half.predicted().orElseThrow()));
        assertThrows(FoveaException.class, () -> outlines.add(wrong));
    }

    @Test
    void readTextIsCompared() {
        OcrEvaluation evaluation = new OcrEvaluation();
        evaluation.add(new WrittenText(Path.of("a.png"), "STOP here", Optional.empty()), " stop\nhere ");
        evaluation.add(new WrittenText(Path.of("b.png"), "", Optional.empty()), "noise");
        Evaluation result = evaluation.result();
        assertEquals(2 * 1 / 5.0, value(result, "word_f1"), EXACT);
        assertEquals(0.5, value(result, "alphanumeric"));
        assertEquals(0, value(result, "exact"));
        assertEquals(9 / 9.0, value(result, "cer"), EXACT);
        assertEquals((1 - 4 / 9.0) / 2, value(result, "one_minus_ned"), EXACT);
    }

    @Test
    void groupsAreCompared() {
        Path octopus = PICTURES.resolve("octopus.png");
        Path elephant = PICTURES.resolve("elephant.png");
        Path missing = Path.of("missing.png");
        Members sea = new Members(List.of(), List.of("an octopus", "a squid"));
        Members land = new Members(List.of(), List.of("an elephant", "a lion"));
        BiasFile data = new BiasFile(
                List.of(
                        new GroupedImage(octopus, "sea", Optional.of("octopus")),
                        new GroupedImage(elephant, "land", Optional.of("trumpet")),
                        new GroupedImage(missing, "land", Optional.of("octopus"))),
                List.of("octopus", "trumpet"),
                List.of("elephant"),
                List.of(),
                List.of("an animal"),
                List.of(
                        new AssociationProbe(
                                "near",
                                sea,
                                land,
                                new Members(List.of(octopus), List.of()),
                                new Members(List.of(elephant), List.of())),
                        new AssociationProbe("gone", sea, land, new Members(List.of(missing), List.of()), sea)));
        assertEquals(List.of(octopus, elephant, missing), data.images());
        Map<Path, float[]> embeddings = new HashMap<>();
        for (Path file : List.of(octopus, elephant)) {
            embeddings.put(file, clip.embed(Picture.read(file)));
        }
        Evaluation result = BiasEvaluation.of(data, embeddings, clip);
        assertEquals(0.5, value(result, "accuracy")); // the elephant is no trumpet
        assertEquals(0, value(result, "worst_group"));
        assertEquals(1, value(result, "gap"));
        assertEquals(0, value(result, "ratio"));
        assertEquals(0.5, value(result, "unwanted"));
        assertEquals(1, value(result, "unwanted_gap"));
        assertTrue(value(result, "effect near") > 1);
        assertEquals(1 / 6.0, value(result, "p near"), EXACT);
        assertEquals(0, value(result, "max_skew@10"), EXACT);
        assertTrue(result.remarks().stream().anyMatch(line -> line.contains("\"gone\" is left out")));
        assertThrows(FoveaException.class, () -> BiasEvaluation.of(data, Map.of(), clip));
    }

    @Test
    void examplesAndSheetsAreWritten() throws IOException {
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < 70; i++) {
            examples.add(new Example(
                    i == 69 ? PICTURES.resolve("octopus.png") : Path.of("gone" + i + ".png"),
                    -i,
                    Map.of("text", "\"<b>\"\n" + i, "list", List.of(1, "x"))));
        }
        Evaluation evaluation = new Evaluation(List.of(), List.of(), examples, List.of());
        Path lines = directory.resolve("out.jsonl");
        evaluation.writeExamples(lines);
        List<String> written = Files.readAllLines(lines);
        assertEquals(70, written.size());
        JsonValue last = JsonReader.readObject(written.getLast(), "line");
        assertEquals("\"<b>\"\n69", last.get("text").text(""));
        assertEquals(-69, last.get("score").number(0));
        assertEquals(2, last.get("list").items().size());
        assertEquals("image", last.fields().keySet().iterator().next());
        Path sheet = directory.resolve("out.html");
        evaluation.writeSheet(sheet, "worst & best");
        String page = Files.readString(sheet);
        assertEquals(61, page.split("<figure>").length);
        assertTrue(page.contains("worst &amp; best") && page.contains("-69.000 octopus.png"), page);
        assertTrue(page.contains("data:image/jpeg;base64,"));
        assertFalse(page.contains("<b>"));
        assertThrows(FoveaException.class, () -> evaluation.writeExamples(directory.resolve("no/folder.jsonl")));
    }

    @Test
    void tenExamplesHaveAnInterval() {
        GroundingEvaluation evaluation = new GroundingEvaluation();
        Box truth = new Box(0, 0, 10, 10);
        GroundedPhrase phrase = new GroundedPhrase(Path.of("a.png"), "cat", List.of(truth), Optional.empty());
        for (int i = 1; i <= 10; i++) {
            evaluation.add(phrase, List.of(new Box(0, 0, 10, i)));
            Metric mean = evaluation.result().metrics().getLast();
            assertEquals("mean_iou", mean.name());
            assertEquals(i == 10, mean.interval().isPresent());
            if (i == 10) {
                assertTrue(mean.interval().get().low() < mean.value()
                        && mean.value() < mean.interval().get().high());
            }
        }
    }
}
