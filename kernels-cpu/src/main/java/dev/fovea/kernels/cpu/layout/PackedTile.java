package dev.fovea.kernels.cpu.layout;

/**
 * How a tile of rows of A is packed for the micro-kernel, {@code [group][depth][rows of a group]}: groups of rows one behind the other, and
 * for every step of the depth the numbers of a group's rows side by side. Four rows are a group, since a square of four rows and as many
 * columns as a vector has lanes is turned by two steps of permutations; heights that are no multiple of four are one group.
 */
public final class PackedTile {

    /** Rows that are packed together, if the height is a multiple of it. */
    public static final int FOUR = 4;

    private PackedTile() {}

    /** Rows of a group. */
    public static int group(int height) {
        return height % FOUR == 0 ? FOUR : height;
    }

    /** Where a row's number for the first step of the depth lies; those of the next steps follow {@link #group} apart. */
    public static int row(int height, int depth, int row) {
        int group = group(height);
        return row / group * group * depth + row % group;
    }

    /** Where the first row's number for a step lies; those of the other rows lie as far behind it as they do for the first step. */
    public static int place(int height, int step) {
        return step * group(height);
    }
}
