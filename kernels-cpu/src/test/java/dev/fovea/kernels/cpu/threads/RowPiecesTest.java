package dev.fovea.kernels.cpu.threads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.kernels.cpu.layout.EvenCut;
import org.junit.jupiter.api.Test;

class RowPiecesTest {

    private static final int TALLEST = 12;

    @Test
    void piecesThatBecomeSmallerCoverAllTiles() {
        int[] ends = RowPieces.ends(100, 30_000, 2);
        assertEquals(100, ends[ends.length - 1]);
        int before = Integer.MAX_VALUE;
        for (int i = 0; i < ends.length; i++) {
            int tiles = ends[i] - (i == 0 ? 0 : ends[i - 1]);
            assertTrue(tiles > 0 && tiles <= before, "tiles of piece " + i + ": " + tiles + " after " + before);
            before = tiles;
        }
    }

    @Test
    void equalPiecesDifferByARowAndAreAsManyForEveryThread() {
        for (int threads = 1; threads <= 5; threads++) {
            for (int rows = 32 * threads; rows < 400 * threads; rows += 7) {
                int pieces = RowPieces.equal(rows, TALLEST, threads);
                assertEquals(0, pieces % threads);
                EvenCut cut = EvenCut.of(rows, TALLEST, pieces);
                assertEquals(0, cut.tiles() % pieces);
                int tiles = cut.tiles() / pieces;
                for (int piece = 0; piece < pieces; piece++) {
                    int length = cut.start((piece + 1) * tiles) - cut.start(piece * tiles);
                    assertTrue(
                            Math.abs(length - (double) rows / pieces) < 1, rows + " rows, " + length + " of a piece");
                }
                for (int tile = 0; tile < cut.tiles(); tile++) {
                    assertTrue(cut.height(tile) >= 1 && cut.height(tile) <= TALLEST, rows + " rows: " + tile);
                }
            }
        }
    }
}
