package dev.fovea.kernels.cpu.threads;

import java.util.Arrays;

/**
 * Cuts the tiles of many rows into pieces of work, so that the packed rows of one stay in a core's second-level cache.
 */
public final class RowPieces {

    /**
     * Bytes that one piece of work goes over, half the second-level cache of a large core.
     */
    public static final long BYTES = 1 << 20;

    /** The fewest tiles of a piece, but for the last one: fewer would read the weights too often. */
    private static final int FEWEST_TILES = 2;

    /** The fewest tiles of a piece where all are equal, unless a thread has fewer altogether. */
    private static final int FEWEST_EQUAL_TILES = 4;

    private RowPieces() {}

    /**
     * Returns where the pieces end: large ones first and smaller ones towards the end, so that cores share the work
     * evenly though they are not equally fast (guided self-scheduling, Polychronopoulos and Kuck 1987).
     *
     * @param bytesOfTile that a piece goes over for every tile
     */
    public static int[] ends(int tiles, long bytesOfTile, int threads) {
        long most = BYTES / (bytesOfTile + 1);
        int[] ends = new int[tiles];
        int count = 0;
        for (int end = 0; end < tiles; ) {
            int left = tiles - end;
            int share = Math.max(FEWEST_TILES, left / (2 * threads));
            end += (int) Math.min(left, Math.max(1, Math.min(most, share)));
            ends[count++] = end;
        }
        return Arrays.copyOf(ends, count);
    }

    /**
     * Returns how many equal pieces to cut rows into where there are too few for pieces that become smaller: as many
     * for every thread, so that all end at once.
     *
     * @param tallest rows of the tallest tile
     */
    public static int equal(int rows, int tallest, int threads) {
        return threads * Math.max(1, rows / (threads * tallest * FEWEST_EQUAL_TILES));
    }
}
