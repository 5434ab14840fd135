package dev.fovea.kernels.cpu;

/**
 * How a tile of rows of A is packed for the micro-kernel, {@code [group][depth][rows of a group]}: groups of rows one behind the other, and
 * for every step of the depth the numbers of a group's rows side by side. Four rows are a group, since a square of four rows and as many
 * columns as a vector has lanes is turned by two steps of permutations; heights that are no multiple of four are one group.
 */
final class PackedTile {

    /** Rows that are packed together, if the height is a multiple of it. */
    static final int FOUR = 4;

    private PackedTile() {}

    /** Rows of a group. */
    static int group(int height) {
        return height % FOUR == 0 ? FOUR : height;
    }

    /**
     * Where the first row's numbers begin from a step of the depth on; a group's rows lie {@code depth * group} behind those of the one
     * before.
     */
    static int place(int height, int step) {
        return step * group(height);
    }
}
