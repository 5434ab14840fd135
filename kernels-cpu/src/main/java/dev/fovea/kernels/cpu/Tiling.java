package dev.fovea.kernels.cpu;

/**
 * Rows cut into tiles of the heights that the micro-kernels have: as many of 6 as possible, but rather two of 4 than one of 6 and one of
 * 2, since a thin tile reads a whole panel for little work. The order is 6 ..., 4 ..., 2, 1.
 */
record Tiling(int sixes, int fours, int twos, int ones) {

    /** The highest tile. */
    static final int MOST_ROWS = 6;

    static Tiling of(int rows) {
        int sixes = rows / 6;
        int rest = rows % 6;
        if (sixes > 0 && (rest == 2 || rest == 3)) {
            sixes--;
            rest += 6;
        }
        return new Tiling(sixes, rest / 4, rest % 4 / 2, rest % 2);
    }

    /** Number of tiles. */
    int tiles() {
        return sixes + fours + twos + ones;
    }

    /** First row of a tile. */
    int start(int tile) {
        int past6 = Math.min(tile, sixes);
        int past4 = Math.clamp(tile - sixes, 0, fours);
        int past2 = Math.clamp(tile - sixes - fours, 0, twos);
        return 6 * past6 + 4 * past4 + 2 * past2;
    }

    /** Rows of a tile. */
    int rows(int tile) {
        if (tile < sixes) {
            return 6;
        }
        return tile < sixes + fours ? 4 : tile < sixes + fours + twos ? 2 : 1;
    }
}
