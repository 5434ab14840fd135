package dev.fovea.kernels.cpu.layout;

/** Cuts rows into tiles of any height up to a tallest one, as evenly as possible. */
public record EvenCut(int rows, int tiles) {

    /** Cuts rows into as few tiles as possible. */
    public static EvenCut of(int rows, int tallest) {
        return new EvenCut(rows, Math.ceilDiv(rows, tallest));
    }

    /** Cuts rows into as few tiles as possible that make a number of pieces of as many tiles each. */
    public static EvenCut of(int rows, int tallest, int pieces) {
        return new EvenCut(rows, pieces * Math.ceilDiv(Math.ceilDiv(rows, pieces), tallest));
    }

    /** Returns the first row of a tile; for the one past the last, the number of rows. */
    public int start(int tile) {
        return (int) ((long) rows * tile / tiles);
    }

    /** Returns the number of rows of a tile. */
    public int height(int tile) {
        return start(tile + 1) - start(tile);
    }
}
