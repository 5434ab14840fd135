package dev.fovea.training;

/** Checks that numbers of options are in their ranges. */
final class Ranges {

    private Ranges() {}

    /**
     * Refuses a number.
     *
     * @param range in words
     * @throws IllegalArgumentException if it is not inside
     */
    static void require(boolean inside, String name, String range, Object found) {
        if (!inside) {
            throw new IllegalArgumentException(name + " must be " + range + ", found " + found);
        }
    }
}
