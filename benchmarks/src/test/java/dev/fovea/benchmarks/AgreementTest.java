package dev.fovea.benchmarks;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import org.junit.jupiter.api.Test;

class AgreementTest {

    @Test
    void findsTheWorstNumberAndRow() {
        Agreement found = Agreement.of(new float[] {1, 0, 0, 5}, new float[] {1, 0, 3, 4}, 2, false);
        assertEquals(3.0 / 4, found.difference(), 1e-9);
        assertEquals(4.0 / 5, found.cosine(), 1e-9);
        Agreement directions = Agreement.of(new float[] {2, 0, 0, 0.1f}, new float[] {1, 0, 0, 4}, 2, true);
        assertEquals(0, directions.difference(), 1e-9);
        assertEquals(1, directions.cosine(), 1e-9);
    }

    @Test
    void refusesWhatIsNotWorthTiming() {
        Agreement rounded = new Agreement(2e-2, 0.9998);
        rounded.check("Fovea int8", "image-1", false);
        String message = assertThrows(FoveaException.class, () -> rounded.check("Fovea", "image-1", true))
                .getMessage();
        assertTrue(message.startsWith("Fovea: image-1: ") && message.contains("0.02"), message);
        assertThrows(FoveaException.class, () -> new Agreement(1, 0.89).check("peer", "image-1", false));
        Agreement broken = Agreement.of(new float[] {Float.NaN, 1}, new float[] {1, 1}, 2, true);
        assertThrows(FoveaException.class, () -> broken.check("peer", "image-1", false));
        Agreement empty = Agreement.of(new float[2], new float[] {1, 1}, 2, true);
        assertThrows(FoveaException.class, () -> empty.check("peer", "image-1", false));
        assertDoesNotThrow(() -> Agreement.UNKNOWN.check("peer", "generate-3", true));
    }

    @Test
    void refusesAnswersOfAnotherSize() {
        assertThrows(FoveaException.class, () -> Agreement.of(new float[2], new float[4], 2, true));
    }

    @Test
    void keepsTheWorseOfTwo() {
        Agreement some = new Agreement(1e-3, 0.99);
        assertEquals(new Agreement(1e-2, 0.99), some.and(new Agreement(1e-2, 1)));
        assertEquals(some, some.and(Agreement.UNKNOWN));
        assertEquals(some, Agreement.UNKNOWN.and(some));
    }
}
