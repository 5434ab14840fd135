package dev.fovea.models.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The steps of a text end with its tokens. */
class MergeStepsTest {

    private static final String MINI = "../mini-models/%s/src/main/resources/dev/fovea/minimodels/%s";

    private static Tokenizer tokenizer(String jar, String folder) {
        return Tokenizer.load(Path.of(MINI.formatted(jar, folder)));
    }

    @Test
    void mergesLeadFromCharactersToTokens() {
        Tokenizer clip = tokenizer("clip-mini", "clip-mini");
        String text = "A photo of an umbrella, Zürich!";
        List<PieceSteps> pieces = clip.steps(text);
        int[] ids = clip.encode(text);
        int[] last = pieces.stream()
                .flatMapToInt(piece -> IntStream.of(piece.steps().getLast().tokens()))
                .toArray();
        assertArrayEquals(IntStream.of(ids).skip(1).limit(ids.length - 2).toArray(), last);
        int merges = 0;
        for (PieceSteps piece : pieces) {
            assertEquals(-1, piece.steps().getFirst().rank());
            for (int i = 1; i < piece.steps().size(); i++) {
                assertTrue(piece.steps().get(i).rank() >= 0);
                assertEquals(
                        piece.steps().get(i - 1).tokens().length - 1,
                        piece.steps().get(i).tokens().length);
                merges++;
            }
        }
        assertTrue(merges > 10, "merges: " + merges);
    }

    @Test
    void whatIsNotMergedHasOneStep() {
        Tokenizer blip = tokenizer("blip-mini", "blip-mini/captioner");
        for (PieceSteps piece : blip.steps("a frog")) {
            assertEquals(1, piece.steps().size());
        }
    }
}
