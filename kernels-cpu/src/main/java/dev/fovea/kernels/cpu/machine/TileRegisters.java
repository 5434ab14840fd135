package dev.fovea.kernels.cpu.machine;

/**
 * Shares out the vector registers of a kernel that multiplies a tile with a panel: the sums, two for each row, then a
 * row of the panel, then what is left for words of the tile.
 */
record TileRegisters(InstructionSet set) {

    /** Returns the sums of a row of the tile in one half of the panel's columns. */
    Vec sum(int row, int half) {
        return set.register(InstructionSet.HALVES * row + half);
    }

    /** Returns one half of a row of the panel. */
    Vec panel(int half) {
        return set.register(InstructionSet.HALVES * set.tallest() + half);
    }

    /**
     * Returns the register for a word of a row of the tile. One for several rows is enough where there are few: the
     * processor renames them.
     */
    Vec word(int row) {
        int first = InstructionSet.HALVES * (set.tallest() + 1);
        return set.register(first + row % (last() - first));
    }

    /** Returns the register that is never one of the others. */
    Vec spare() {
        return set.register(last());
    }

    private int last() {
        return set.registers() - 1;
    }
}
