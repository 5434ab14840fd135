package dev.fovea.kernels.cpu.layout;

import java.util.Arrays;

/**
 * Cuts rows into tiles of the heights that the micro-kernels have: the tallest ones, and for what is left those that
 * take the least time together. A low tile reads a whole panel for little work, so the last one may reach over the end
 * by a row or two, and two of middle height may take the place of a tall one.
 *
 * @param tallest the height of the first {@code full} tiles
 * @param rest heights of the others
 * @param total number of rows
 */
public record Tiling(int tallest, int full, int[] rest, int total) {

    /** The most rows of a tile on any machine. */
    public static final int MOST_ROWS = 12;

    private static final int[] HEIGHTS = {12, 8, 6, 4, 1};

    /** Multiplying a tile of fewer rows takes no less time: reading the panel does. */
    private static final int CHEAPEST = 3;

    /** What a tile costs besides its rows: a vector of A is loaded for each, two of B for all of them. */
    private static final int OVERHEAD = 1;

    /** For each count of rows that may be left, the height of the tile to begin with. */
    private static final int[][] FIRST = new int[MOST_ROWS + 1][];

    static {
        for (int tallest : HEIGHTS) {
            FIRST[tallest] = first(tallest);
        }
    }

    private static int[] first(int tallest) {
        int[] first = new int[2 * tallest];
        int[] cost = new int[2 * tallest];
        for (int rows = 1; rows < first.length; rows++) {
            cost[rows] = Integer.MAX_VALUE;
            for (int height : heights(tallest)) {
                int together = Math.max(CHEAPEST, height) + OVERHEAD + cost[Math.max(0, rows - height)];
                if (together < cost[rows]) {
                    cost[rows] = together;
                    first[rows] = height;
                }
            }
        }
        return first;
    }

    /** Returns the heights that there are, the tallest first. */
    private static int[] heights(int tallest) {
        return Arrays.stream(HEIGHTS).filter(height -> height <= tallest).toArray();
    }

    /**
     * Cuts.
     *
     * @param tallest the most rows of a tile, one of the heights
     */
    static Tiling of(int rows, int tallest) {
        int full = Math.max(0, rows / tallest - 1);
        int left = rows - full * tallest;
        int[] rest = new int[MOST_ROWS];
        int count = 0;
        while (left > 0) {
            rest[count] = FIRST[tallest][left];
            left -= rest[count++];
        }
        return new Tiling(tallest, full, Arrays.copyOf(rest, count), rows);
    }

    /** Cuts into tiles of one height. */
    static Tiling ofTallest(int rows, int tallest) {
        return new Tiling(tallest, (rows + tallest - 1) / tallest, new int[0], rows);
    }

    /** Returns the number of tiles. */
    public int tiles() {
        return full + rest.length;
    }

    /**
     * Returns the first row of a tile; for the one past the last, the rows of all tiles together, at least {@link
     * #total}.
     */
    public int start(int tile) {
        int start = Math.min(tile, full) * tallest;
        for (int i = full; i < tile; i++) {
            start += rest[i - full];
        }
        return start;
    }

    /** Returns the rows of a tile. */
    public int height(int tile) {
        return tile < full ? tallest : rest[tile - full];
    }

    /** Returns the rows of a tile that are not beyond the end. */
    public int rows(int tile) {
        return Math.min(height(tile), total - start(tile));
    }
}
