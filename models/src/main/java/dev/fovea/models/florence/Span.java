package dev.fovea.models.florence;

/**
 * A range of characters of a generated text, counted as {@link String} counts them.
 *
 * @param from the first
 * @param to one past the last; equal to {@code from} for none
 */
record Span(int from, int to) {

    /** Returns whether both spans have a character in common. */
    boolean overlaps(Span other) {
        return Math.max(from, other.from) < Math.min(to, other.to);
    }
}
