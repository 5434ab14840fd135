package dev.fovea.models.florence;

import static dev.fovea.models.florence.FlorenceTask.CAPTION;
import static dev.fovea.models.florence.FlorenceTask.CAPTION_TO_PHRASE_GROUNDING;
import static dev.fovea.models.florence.FlorenceTask.OCR_WITH_REGION;
import static dev.fovea.models.florence.FlorenceTask.OD;
import static dev.fovea.models.florence.FlorenceTask.OPEN_VOCABULARY_DETECTION;
import static dev.fovea.models.florence.FlorenceTask.REFERRING_EXPRESSION_SEGMENTATION;
import static dev.fovea.models.florence.FlorenceTask.REGION_PROPOSAL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.Detection;
import dev.fovea.models.Outline;
import dev.fovea.models.TextLine;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Texts of transformers' own tests and of the published models; {@link FlorenceTextReplayTest} has the odd ones. */
class FlorenceParserTest {

    /** A picture whose pixels are the bins. */
    private static final LocationGrid THOUSAND = new LocationGrid(1000, 1000);

    private static final LocationGrid CAR = new LocationGrid(640, 480);
    private static final LocationGrid AUSTRALIA = new LocationGrid(1300, 876);

    @Test
    void captionsLoseTheirSpecialTokens() {
        String text = "</s><s>a green car parked in front of a yellow building</s>";
        assertEquals(
                "a green car parked in front of a yellow building",
                parse(CAPTION, text, CAR).text());
        assertEquals(
                "a <loc_1> b<pad>",
                parse(CAPTION, "</s><s> a <loc_1> b</s><pad>", CAR).text());
    }

    @Test
    void objectsHaveLabelsAndBoxes() {
        String text = "</s><s>car" + at(53, 333, 933, 774) + "door handle" + at(425, 503, 474, 515) + "wheel"
                + at(709, 576, 865, 772) + at(150, 584, 309, 773) + "</s>";
        assertEquals(
                List.of(
                        "car 34 160 597 371",
                        "door handle 272 241 303 247",
                        "wheel 454 276 553 370",
                        "wheel 96 280 198 371"),
                boxes(OD, text, CAR));
    }

    @Test
    void proposalsHaveNoLabels() {
        String text = "</s><s>" + at(0, 0, 998, 711, 0, 0, 419, 673, 993) + "</s><pad>";
        assertEquals(List.of(" 0 0 1298 623", " 0 0 545 589"), boxes(REGION_PROPOSAL, text, AUSTRALIA));
        assertEquals(List.of(), boxes(REGION_PROPOSAL, "</s><s>" + at(1, 2, 3) + "</s>", AUSTRALIA));
    }

    @Test
    void phrasesThatNameNothingAreLeftOut() {
        String text = "</s><s>red car" + at(53, 334, 933, 775, 711, 203, 906, 546) + "sky" + at(0, 0, 1000, 300)
                + "the image" + at(0, 0, 999, 999) + "</s>";
        assertEquals(
                List.of("red car 53 334 933 775", "red car 711 203 906 546", "sky 0 0 1000 300"),
                boxes(CAPTION_TO_PHRASE_GROUNDING, text, THOUSAND));
        assertEquals("the image 0 0 999 999", boxes(OD, text, THOUSAND).getLast());
    }

    @Test
    void linesOfTextHaveQuadrilaterals() {
        String text = "</s><s>中新中" + at(533, 68, 653, 68, 653, 128, 533, 128) + "\n 88 " + at(1, 2, 3, 4, 5, 6, 7, 8)
                + "</s>";
        List<TextLine> quads = parse(OCR_WITH_REGION, text, AUSTRALIA).quads();
        assertEquals(List.of("中新中", "88"), quads.stream().map(TextLine::label).toList());
        assertEquals(
                List.of(693, 60, 849, 60, 849, 112, 693, 112), quads.getFirst().corners());
    }

    @Test
    void outlinesHaveOneOrMorePolygons() {
        String one = at(279, 379, 282, 379, 290, 373, 293, 373, 298, 369, 301, 369);
        FlorenceResult result = parse(REFERRING_EXPRESSION_SEGMENTATION, "</s><s>" + one + "</s>", THOUSAND);
        assertEquals(
                List.of(List.of(279, 379, 282, 379, 290, 373, 293, 373, 298, 369, 301, 369)),
                result.polygons().getFirst().polygons());
        assertEquals("", result.polygons().getFirst().label());
        result = parse(
                REFERRING_EXPRESSION_SEGMENTATION,
                "</s><s>" + at(1, 2, 3, 4, 5, 6) + "<sep>" + at(7, 8, 9) + "</s>",
                THOUSAND);
        assertEquals(
                List.of(List.of(1, 2, 3, 4, 5, 6), List.of(7, 8)),
                result.polygons().getFirst().polygons());
    }

    @Test
    void openVocabularyGivesBoxesOrOutlines() {
        String boxes = "</s><s>car" + at(52, 334, 932, 774) + "</s>";
        assertEquals(List.of("car 33 160 596 371"), boxes(OPEN_VOCABULARY_DETECTION, boxes, CAR));
        String outlines = "</s><s>Hello<poly>" + at(769, 248, 771, 234, 773, 206) + "</poly><poly>" + at(1, 2, 3, 4)
                + "</poly></s>";
        FlorenceResult result = parse(OPEN_VOCABULARY_DETECTION, outlines, THOUSAND);
        assertEquals(List.of(), result.boxes());
        assertEquals(
                List.of(List.of(List.of(769, 248, 771, 234, 773, 206)), List.of(List.of(1, 2, 3, 4))),
                result.polygons().stream().map(Outline::polygons).toList());
        assertEquals("Hello", result.polygons().getLast().label());
    }

    @Test
    void whatWasFoundSaysWhereItStands() {
        String text = "</s><s> a</s> dog " + at(1, 2, 3, 4) + "<s>" + at(5, 6, 7, 8) + "</s>";
        List<Located<Detection>> boxes = read(OD, text).boxes();
        assertEquals(List.of("a</s> dog", "a</s> dog"), sources(text, boxes, true));
        assertEquals(List.of(at(1, 2, 3, 4), at(5, 6, 7, 8)), sources(text, boxes, false));
        List<Located<Detection>> nameless = read(REGION_PROPOSAL, text).boxes();
        assertEquals(List.of("", ""), sources(text, nameless, true));
    }

    /** Two boxes of one label: each has the label's tokens and its own. */
    @Test
    void scoresAreMeansOverTheTokensOfTheLabelAndTheBox() {
        List<String> tokens = List.of(
                "</s>", "<s>", "red", " car", "<loc_1>", "<loc_2>", "<loc_3>", "<loc_4>", "<loc_5>", "<loc_6>",
                "<loc_7>", "<loc_8>", "</s>");
        float[] probabilities = {1e-3f, 1e-3f, 0.5f, 0.25f, 1, 1, 1, 1, 0.5f, 0.5f, 0.5f, 0.5f, 1e-3f};
        String text = String.join("", tokens);
        assertTrue(parse(OD, text, THOUSAND).boxes().getFirst().score().isEmpty());
        TokenScores scores = new TokenScores(spans(tokens), logarithms(probabilities));
        FlorenceResult scored = parse(OD, text, THOUSAND, scores);
        assertEquals(
                Math.pow(0.5 * 0.25, 1.0 / 6), scored.boxes().get(0).score().orElseThrow(), 1e-6);
        assertEquals(
                Math.pow(0.5 * 0.25 * 0.0625, 1.0 / 6),
                scored.boxes().get(1).score().orElseThrow(),
                1e-6);
    }

    @Test
    void linesAndOutlinesAreScoredToo() {
        List<String> line = List.of(
                "88", "<loc_1>", "<loc_2>", "<loc_3>", "<loc_4>", "<loc_5>", "<loc_6>", "<loc_7>", "<loc_8>", "</s>");
        float[] probabilities = {0.5f, 1, 1, 1, 1, 1, 1, 1, 0.5f, 1e-3f};
        TokenScores scores = new TokenScores(spans(line), logarithms(probabilities));
        String text = String.join("", line);
        FlorenceResult quads = parse(OCR_WITH_REGION, text, THOUSAND, scores);
        assertEquals(Math.pow(0.25, 1.0 / 9), quads.quads().getFirst().score().orElseThrow(), 1e-6);
        FlorenceResult outlines = parse(REFERRING_EXPRESSION_SEGMENTATION, text, THOUSAND, scores);
        assertEquals(
                Math.pow(0.5, 1.0 / 8), outlines.polygons().getFirst().score().orElseThrow(), 1e-6);
    }

    /** As an expression with backtracking would not: each of these has a hundred thousand characters. */
    @ParameterizedTest
    @EnumSource
    void longGarbageTakesLittleTime(FlorenceTask task) {
        List<String> repeated = List.of(
                "<loc_1>",
                "<loc_",
                "<",
                "a",
                " ",
                "\n",
                "a<loc_1>",
                "<poly>",
                "</poly>",
                "<sep>",
                "<poly><loc_1>",
                "<s>",
                "<<s>s>",
                "a<loc_1><loc_2><loc_3>",
                "<loc_1><loc_2><loc_3><loc_4><loc_5><loc_6><loc_7>\n",
                "<loc_1><sep>",
                "a<poly><poly><poly><sep>");
        for (String part : repeated) {
            String text = "<poly>" + part.repeat(100_000 / part.length());
            assertTimeout(Duration.ofSeconds(2), () -> parse(task, text, THOUSAND), () -> task + " " + part);
        }
        String digits = "<loc_" + "9".repeat(100_000) + ">";
        assertTimeout(Duration.ofSeconds(2), () -> parse(task, "a" + digits.repeat(8), THOUSAND));
    }

    private static String at(int... bins) {
        return Arrays.stream(bins).mapToObj(bin -> "<loc_" + bin + ">").collect(Collectors.joining());
    }

    private static List<String> boxes(FlorenceTask task, String text, LocationGrid grid) {
        return parse(task, text, grid).boxes().stream()
                .map(box -> box.label() + " " + box.x1() + " " + box.y1() + " " + box.x2() + " " + box.y2())
                .toList();
    }

    private static FlorenceResult parse(FlorenceTask task, String text, LocationGrid grid) {
        return parse(task, text, grid, TokenScores.NONE);
    }

    private static FlorenceResult parse(FlorenceTask task, String text, LocationGrid grid, TokenScores scores) {
        return FlorenceParser.parse(task, text, grid, scores).result();
    }

    private static FlorenceReading read(FlorenceTask task, String text) {
        return FlorenceParser.parse(task, text, THOUSAND, TokenScores.NONE);
    }

    private static List<String> sources(String text, List<Located<Detection>> boxes, boolean label) {
        return boxes.stream()
                .map(box -> label ? box.label() : box.locations())
                .map(span -> text.substring(span.from(), span.to()))
                .toList();
    }

    private static List<Span> spans(List<String> tokens) {
        int[] at = {0};
        return tokens.stream()
                .map(token -> new Span(at[0], at[0] += token.length()))
                .toList();
    }

    private static float[] logarithms(float[] probabilities) {
        float[] logarithms = new float[probabilities.length];
        for (int i = 0; i < logarithms.length; i++) {
            logarithms[i] = (float) Math.log(probabilities[i]);
        }
        return logarithms;
    }
}
