package dev.fovea.models.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fovea.models.generation.Generation.Sequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TextStreamTest {

    private static final String[] VOCABULARY = {"", "a", " cat", "nip", " is", " here"};

    private final List<String> pieces = new ArrayList<>();
    private final TextStream stream = new TextStream(TextStreamTest::text, pieces::add);

    private static String text(int[] tokens) {
        return Arrays.stream(tokens).mapToObj(token -> VOCABULARY[token]).collect(Collectors.joining());
    }

    private static Sequence sequence(int... tokens) {
        return new Sequence(tokens, 0, new float[tokens.length]);
    }

    @Test
    void aWordIsGivenWhenTheNextOneBegins() {
        int[] tokens = {1, 2, 3, 4, 5};
        for (int i = 1; i < tokens.length; i++) {
            stream.tokenAdded(0, List.of(sequence(Arrays.copyOf(tokens, i))), List.of());
        }
        assertEquals(List.of("a", " catnip"), pieces);
        stream.tokenAdded(0, List.of(), List.of(sequence(tokens)));
        assertEquals(List.of("a", " catnip", " is here"), pieces);
        stream.end("a catnip is here");
        assertEquals(3, pieces.size());
    }

    @Test
    void ofSeveralSequencesNothingIsSureBeforeTheEnd() {
        stream.tokenAdded(0, List.of(sequence(1, 2, 4), sequence(1, 2, 3)), List.of());
        stream.tokenAdded(0, List.of(sequence(1, 2, 4)), List.of(sequence(1, 2)));
        assertEquals(List.of(), pieces);
        stream.end("a cat");
        assertEquals(List.of("a cat"), pieces);
    }

    @Test
    void whatWasStoppedIsGivenAsFarAsItGot() {
        stream.tokenAdded(0, List.of(sequence(1, 2, 4)), List.of());
        stream.end("a cat is");
        assertEquals("a cat is", String.join("", pieces));
    }
}
