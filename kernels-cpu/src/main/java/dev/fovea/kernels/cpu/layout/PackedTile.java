package dev.fovea.kernels.cpu.layout;

/**
 * Says how a tile of rows of A is packed for the micro-kernel, {@code [group][depth][rows of a group]}: groups of rows
 * lie one behind the other, and within a group each step of the depth has the elements of its rows side by side. A
 * group is four rows, because two steps of permutations transpose a square of four rows and as many columns as a vector
 * has lanes. Heights that are no multiple of four are one group.
 */
public final class PackedTile {

    /** Rows that are packed together, if the height is a multiple of it. */
    public static final int FOUR = 4;

    private PackedTile() {}

    /** Returns the rows of a group. */
    public static int group(int height) {
        return height % FOUR == 0 ? FOUR : height;
    }

    /**
     * Returns the index of a row's element for the first step of the depth; the next steps follow {@link #group} apart.
     */
    public static int row(int height, int depth, int row) {
        int group = group(height);
        return row / group * group * depth + row % group;
    }

    /**
     * Returns the index of the first row's element for a step, relative to its element for the first step. It is the
     * same for all rows.
     */
    public static int place(int height, int step) {
        return step * group(height);
    }
}
