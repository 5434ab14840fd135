package dev.fovea.kernels.cpu;

/**
 * Rows cut into tiles of nearly equal height: 50 rows in tiles of at most 6 are five of 6 and four of 5, never a thin one at the end,
 * which would read a whole panel for little work.
 *
 * @param count rows to cut
 * @param tiles number of tiles
 */
record Tiling(int count, int tiles) {

    static Tiling of(int count, int mostRows) {
        return new Tiling(count, (count + mostRows - 1) / mostRows);
    }

    /** First row of a tile. */
    int start(int tile) {
        int larger = count % tiles;
        return tile * (count / tiles) + Math.min(tile, larger);
    }

    /** Rows of a tile. */
    int rows(int tile) {
        return count / tiles + (tile < count % tiles ? 1 : 0);
    }
}
