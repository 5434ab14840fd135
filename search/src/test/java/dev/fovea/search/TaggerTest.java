package dev.fovea.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LabelScore;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaggerTest {

    private static final Path PICTURES = Path.of("../examples/pictures");

    private static Clip clip;

    @BeforeAll
    static void load() {
        clip = Clip.load("clip-mini");
    }

    @AfterAll
    static void close() {
        clip.close();
    }

    private static Picture picture(String name) {
        return Picture.read(PICTURES.resolve(name));
    }

    @Test
    void aPictureGetsWhatItShowsAndNothingElse() {
        Tagger tagger = Tagger.of(clip, List.of("octopus", "elephant", "bicycle", "guitar"));
        assertEquals(List.of("octopus"), labels(tagger.tag(picture("octopus.png"))));
        assertEquals(List.of("elephant"), labels(tagger.tag(picture("elephant.png"))));
        assertEquals(4, tagger.score(clip.embed(picture("octopus.png"))).size());
        assertEquals(4, tagger.withThreshold(0).tag(picture("octopus.png")).size());
    }

    /** A score does not depend on the other labels. */
    @Test
    void scoresStandAlone() {
        float[] octopus = clip.embed(picture("octopus.png"));
        float alone =
                Tagger.of(clip, List.of("octopus")).score(octopus).getFirst().score();
        float among = Tagger.of(clip, List.of("squid", "octopus", "spider")).score(octopus).stream()
                .filter(score -> score.label().equals("octopus"))
                .findFirst()
                .orElseThrow()
                .score();
        assertEquals(alone, among, 1e-6);
    }

    private static List<String> labels(List<LabelScore> tags) {
        return tags.stream().map(LabelScore::label).toList();
    }

    @Test
    void thresholdsLieBetweenRightAndWrongExamples() {
        Tagger tagger = Tagger.of(clip, List.of("octopus", "elephant", "zebra"));
        List<Tagger.Example> examples = new ArrayList<>();
        examples.add(new Tagger.Example(clip.embed(picture("octopus.png")), Set.of("octopus")));
        examples.add(new Tagger.Example(clip.embed(picture("elephant.png")), Set.of("elephant")));
        examples.add(new Tagger.Example(clip.embed(picture("coffee.jpg")), Set.of()));
        Tagger calibrated = tagger.calibrated(examples);
        for (Tagger.Example example : examples) {
            assertEquals(example.labels(), Set.copyOf(labels(calibrated.tag(example.embedding()))));
        }
        assertEquals(Tagger.THRESHOLD, calibrated.thresholds().get(2).score());
        double threshold = calibrated.thresholds().getFirst().score();
        assertTrue(threshold > 0 && threshold < 1, "threshold " + threshold);
        assertThrows(
                FoveaException.class,
                () -> tagger.calibrated(
                        List.of(new Tagger.Example(examples.getFirst().embedding(), Set.of("dog")))));
    }

    @Test
    void labelsAndThresholdsAreChecked() {
        assertThrows(FoveaException.class, () -> Tagger.of(clip, List.of()));
        assertThrows(FoveaException.class, () -> Tagger.of(clip, List.of("a", " ")));
        assertThrows(FoveaException.class, () -> Tagger.of(clip, List.of("a", "b", "a")));
        Tagger tagger = Tagger.of(clip, List.of("a"));
        for (double wrong : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThrows(FoveaException.class, () -> tagger.withThreshold(wrong));
        }
        assertThrows(FoveaException.class, () -> tagger.calibrated(List.of(), 0));
    }

    @Test
    void keywordsAreWrittenAsXmp(@TempDir Path directory) throws IOException {
        Path picture = directory.resolve("a.b.jpg");
        XmpSidecar.write(picture, List.of("a < b & c", "猫"));
        String packet = Files.readString(directory.resolve("a.b.xmp"));
        assertTrue(packet.contains("<rdf:li>a &lt; b &amp; c</rdf:li>"), packet);
        assertTrue(packet.contains("<rdf:li>猫</rdf:li>"), packet);
        XmpSidecar.write(picture, List.of("other"));
        assertTrue(Files.readString(directory.resolve("a.b.xmp")).contains("other"));
        Files.writeString(directory.resolve("a.b.xmp"), "<x:xmpmeta x:xmptk=\"Adobe\"/>");
        assertThrows(FoveaException.class, () -> XmpSidecar.write(picture, List.of("mine")));
        assertEquals("<x:xmpmeta x:xmptk=\"Adobe\"/>", Files.readString(directory.resolve("a.b.xmp")));
    }
}
