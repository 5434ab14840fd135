package dev.fovea.kernels.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The faster way to read weights is found, whatever single products were held up by. */
class PanelReadingTest {

    private static final PackedMatrix LARGE = new PackedMatrix(512, 1024, 32, DType.F32);
    private static final PackedMatrix SMALL = new PackedMatrix(64, 64, 32, DType.F32);
    private static final int TILES = 5;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theFasterWayIsUsed(boolean wholeFirstIsFaster) {
        PanelReading reading = new PanelReading(new TileHeights(12, 0));
        int timed = 0;
        for (PanelReading.Way way = reading.next(LARGE, TILES); way.isTimed(); way = reading.next(LARGE, TILES)) {
            boolean heldUp = ++timed % 7 == 0;
            reading.took(way, (way.wholeFirst() == wholeFirstIsFaster ? 90 : 100) + (heldUp ? 100_000 : 0), 1);
        }
        assertTrue(timed >= 200 && timed < 220, timed + " products timed");
        assertEquals(wholeFirstIsFaster, reading.next(LARGE, TILES).wholeFirst());
        assertEquals(wholeFirstIsFaster, reading.next(SMALL, 1).wholeFirst());
    }

    @Test
    void whatSaysNothingIsNotTimed() {
        PanelReading reading = new PanelReading(new TileHeights(12, 0));
        assertFalse(reading.next(SMALL, TILES).isTimed());
        assertFalse(reading.next(LARGE, Kernels.AHEAD_TILES - 1).isTimed());
        PanelReading cold = new PanelReading(new TileHeights(12, TileHeights.COLD));
        assertFalse(cold.next(LARGE, TILES).isTimed());
    }
}
