package dev.fovea.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SegmentsTest {

    @Test
    void lengthsEndToEnd() {
        Segments segments = Segments.ofLengths(3, 0, 5);
        assertEquals(3, segments.count());
        assertEquals(8, segments.totalLength());
        assertEquals(8, segments.rowsNeeded());
        assertEquals(5, segments.longest());
        assertEquals(3, segments.start(1));
        assertEquals(0, segments.length(1));
        assertEquals(3, segments.start(2));
        assertEquals(7, segments.row(7));
        assertFalse(segments.isMapped());
        assertArrayEquals(new int[] {0, 4, 8}, Segments.uniform(3, 4).firstRows());
        assertThrows(IllegalArgumentException.class, segments::firstRows);
        assertThrows(IllegalArgumentException.class, () -> Segments.ofLengths(1, -1));
        assertThrows(IllegalArgumentException.class, () -> Segments.uniform(3, 1 << 30));
    }

    @Test
    void none() {
        for (Segments none : new Segments[] {Segments.ofLengths(), Segments.mapped(new int[] {0}, new int[0])}) {
            assertEquals(0, none.count());
            assertEquals(0, none.totalLength());
            assertEquals(0, none.longest());
            assertEquals(0, none.rowsNeeded());
            assertEquals(0, none.firstRows().length);
        }
    }

    @Test
    void mappedRows() {
        int[] rows = {7, 2, 2, 0};
        Segments segments = Segments.mapped(new int[] {0, 1, 4}, rows);
        rows[0] = 99;
        assertTrue(segments.isMapped());
        assertEquals(2, segments.count());
        assertEquals(8, segments.rowsNeeded());
        assertEquals(4, segments.totalLength());
        assertEquals(3, segments.longest());
        assertEquals(7, segments.row(0));
        assertEquals(0, segments.row(3));
        assertArrayEquals(new int[] {7, 2}, segments.firstRows());
    }

    @Test
    void mappingsThatDoNotFit() {
        int[] rows = {0, 1};
        assertThrows(IllegalArgumentException.class, () -> Segments.mapped(new int[] {0, 1}, rows));
        assertThrows(IllegalArgumentException.class, () -> Segments.mapped(new int[] {1, 2}, rows));
        assertThrows(IllegalArgumentException.class, () -> Segments.mapped(new int[] {0, 2, 1, 2}, rows));
        assertThrows(IllegalArgumentException.class, () -> Segments.mapped(new int[0], new int[0]));
        assertThrows(IllegalArgumentException.class, () -> Segments.mapped(new int[] {0, 2}, new int[] {0, -1}));
    }
}
