package dev.fovea.models.clip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class PromptTemplatesTest {

    private static final PromptTemplates TWO = new PromptTemplates(List.of("a {}", "the {}, a {}"));

    @Test
    void everyPlaceIsFilledLabelAfterLabel() {
        assertEquals(List.of("a cat", "the cat, a cat", "a {}", "the {}, a {}"), TWO.texts(List.of("cat", "{}")));
        assertEquals(List.of("cat"), PromptTemplates.of(List.of()).texts(List.of("cat")));
        assertEquals(7, PromptTemplates.ENSEMBLE.texts(List.of("cat")).size());
    }

    @Test
    void vectorsOfALabelAreAveragedToUnitLength() {
        List<float[]> means =
                TWO.average(List.of(new float[] {1, 0}, new float[] {0, 1}, new float[] {0, -1}, new float[] {0, -1}));
        float half = (float) Math.sqrt(0.5);
        assertArrayEquals(new float[] {half, half}, means.get(0), 1e-7f);
        assertArrayEquals(new float[] {0, -1}, means.get(1));
        List<float[]> one = List.of(new float[] {3, 4});
        assertSame(one, PromptTemplates.NONE.average(one));
    }

    @Test
    void mistakesAreNamed() {
        assertEquals(
                "template \"a cat\" has no place for the label; expected {} where it goes",
                assertThrows(IllegalArgumentException.class, () -> PromptTemplates.of(List.of("a cat")))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> new PromptTemplates(List.of()));
        assertThrows(IllegalArgumentException.class, () -> TWO.average(List.of(new float[1])));
        assertThrows(IllegalArgumentException.class, () -> TWO.average(List.of(new float[1], new float[2])));
    }
}
