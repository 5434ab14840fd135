package dev.fovea.models.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fovea.tensor.FoveaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenIdsTest {

    @Test
    void knownIdsAreReturned() {
        int[] ids = {0, 9, 4};
        assertSame(ids, TokenIds.requireKnown(ids, 10, "the prompt"));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 10})
    void unknownIdsAreNamed(int id) {
        FoveaException error =
                assertThrows(FoveaException.class, () -> TokenIds.requireKnown(new int[] {3, id}, 10, "the prompt"));
        assertEquals(
                "token " + id
                        + " of the prompt is unknown to this model; expected 0 to 9, does the tokenizer belong to it?",
                error.getMessage());
    }
}
