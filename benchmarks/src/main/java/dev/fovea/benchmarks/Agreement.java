package dev.fovea.benchmarks;

import dev.fovea.tensor.FoveaException;

/**
 * Measures how far an answer is from PyTorch's in f32.
 *
 * @param difference the largest of any element, relative to the element of largest magnitude in PyTorch's answer; NaN
 *     where nothing was compared
 * @param cosine the least of any row; NaN where nothing was compared
 */
record Agreement(double difference, double cosine) {

    /** Nothing was compared, because there is nothing to compare with. */
    static final Agreement UNKNOWN = new Agreement(Double.NaN, Double.NaN);

    /** An answer with NaN, or a row of zeros. */
    private static final Agreement NOWHERE = new Agreement(Double.POSITIVE_INFINITY, -1);

    /**
     * In f32 rounding makes differences of some 1e-6; more than this is a mistake, and timing it would be pointless.
     */
    private static final double EXACT = 1e-4;

    /** Rounded operands turn an embedding by a degree or two; below this it points somewhere else. */
    private static final double LEAST_COSINE = 0.9;

    /**
     * Compares rows of equal length, end to end.
     *
     * @param directions whether only the rows' directions count
     */
    static Agreement of(float[] found, float[] answer, int columns, boolean directions) {
        if (found.length != answer.length || found.length == 0 || found.length % columns != 0) {
            throw new FoveaException("an answer of " + found.length + " numbers, expected " + answer.length
                    + " in rows of " + columns + "; remove the peers' cache and let them write it again");
        }
        double largest = 0;
        double difference = 0;
        double leastCosine = 1;
        for (int row = 0; row < found.length; row += columns) {
            double product = 0;
            double ours = 0;
            double theirs = 0;
            for (int i = row; i < row + columns; i++) {
                product += (double) found[i] * answer[i];
                ours += (double) found[i] * found[i];
                theirs += (double) answer[i] * answer[i];
            }
            leastCosine = Math.min(leastCosine, product / Math.sqrt(ours * theirs));
            double ourLength = directions ? Math.sqrt(ours) : 1;
            double theirLength = directions ? Math.sqrt(theirs) : 1;
            for (int i = row; i < row + columns; i++) {
                largest = Math.max(largest, Math.abs(answer[i] / theirLength));
                difference = Math.max(difference, Math.abs(answer[i] / theirLength - found[i] / ourLength));
            }
        }
        boolean compares = !Double.isNaN(difference / largest) && !Double.isNaN(leastCosine);
        return compares ? new Agreement(difference / largest, leastCosine) : NOWHERE;
    }

    /**
     * Refuses an answer that is too far off to be worth timing: an exact one that rounding does not explain, else one
     * of another direction.
     *
     * @param who gave it
     * @param what was asked
     * @param exact whether it computes in f32 with the weights as they are
     * @throws FoveaException if it is
     */
    void check(String who, String what, boolean exact) {
        if (equals(UNKNOWN)) {
            return;
        }
        boolean fits = exact ? difference <= EXACT : cosine >= LEAST_COSINE;
        if (!fits) {
            throw new FoveaException(who + ": " + what + ": the result differs by " + difference + " (least cosine "
                    + cosine + ") from PyTorch's; no use in timing it");
        }
    }

    /** Returns the worse of two agreements. */
    Agreement and(Agreement other) {
        if (equals(UNKNOWN)) {
            return other;
        }
        return other.equals(UNKNOWN)
                ? this
                : new Agreement(Math.max(difference, other.difference), Math.min(cosine, other.cosine));
    }
}
