package dev.fovea.models.check;

/** Checks whether numbers are finite: neither NaN nor infinite. */
public final class Finite {

    /** The bits of infinity; those of NaN are larger, those of all finite numbers smaller. */
    private static final int INFINITY = 0x7F80_0000;

    private Finite() {}

    /** Returns whether all numbers are finite: neither NaN nor an infinity. */
    public static boolean all(float[] values) {
        // A maximum of integers, which the compiler turns into vector instructions.
        int largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Float.floatToRawIntBits(value) & Integer.MAX_VALUE);
        }
        return largest < INFINITY;
    }

    /**
     * Checks an answer of a model and returns it.
     *
     * @param answer the name of the numbers, such as {@code the embedding of a picture}
     * @throws NotFiniteException if one of them is NaN or infinite
     */
    public static float[] answer(float[] values, String answer) {
        if (!all(values)) {
            throw new NotFiniteException(answer);
        }
        return values;
    }

    /**
     * Checks the scores of tokens that may follow. Negative infinity forbids a token and is fine as long as others are
     * allowed.
     *
     * @throws NotFiniteException if a score is NaN or positive infinity, or none is finite
     */
    public static void scores(float[] scores) {
        if (all(scores)) {
            return;
        }
        boolean someAllowed = false;
        for (float score : scores) {
            if (Float.isNaN(score) || score == Float.POSITIVE_INFINITY) {
                throw new NotFiniteException("the scores of the next token");
            }
            someAllowed |= score != Float.NEGATIVE_INFINITY;
        }
        if (!someAllowed) {
            throw new NotFiniteException("the scores of the next token");
        }
    }

    /**
     * Checks numbers that a caller passes.
     *
     * @param argument the name of the numbers, such as {@code pixels}
     * @throws IllegalArgumentException if one of them is NaN or infinite
     */
    public static void argument(float[] values, String argument) {
        if (all(values)) {
            return;
        }
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new IllegalArgumentException(
                        argument + " holds " + values[i] + " at index " + i + "; expected finite numbers");
            }
        }
    }
}
