package dev.fovea.training.method;

import dev.fovea.tensor.CancelledException;
import dev.fovea.training.numerics.Matrices;

/**
 * Follows a descent: keeps the best state, and tells when the loss leaves the valley, so that a rate that is too large
 * ends with the last good state. What is best is said by the accuracy on validation pictures, the last of equal ones.
 * Without any it is the last state or, after the descent has diverged, the one of the lowest loss.
 */
final class Descent {

    /** A loss this many times the first one (plus one, for a first one near 0) has diverged. */
    private static final double DIVERGED = 10;

    private final boolean validated;
    private double first = Double.NaN;
    private double lowest = Double.POSITIVE_INFINITY;
    private Score best = Score.NONE;
    private double[][] state;
    private int step;
    private boolean diverged;

    /**
     * Begins.
     *
     * @param validated whether states come with scores of validation pictures
     */
    Descent(boolean validated) {
        this.validated = validated;
    }

    /**
     * Takes a state into account.
     *
     * @param loss of the training pictures in this state
     * @param score of the validation pictures, null without any
     * @return whether to go on: false after a loss that has diverged
     */
    boolean reach(double loss, Score score, double[][] reached) {
        CancelledException.throwIfInterrupted();
        if (Double.isNaN(first)) {
            first = loss;
        }
        if (!(loss <= DIVERGED * (first + 1))) {
            diverged = true;
            return false;
        }
        if (validated ? score.accuracy() >= best.accuracy() : loss < lowest) {
            best = score;
            lowest = loss;
            state = Matrices.copy(reached);
        }
        step++;
        return true;
    }

    /** Returns whether the loss diverged. */
    boolean diverged() {
        return diverged;
    }

    /** Returns the number of states that were good. */
    int steps() {
        return step;
    }

    /**
     * Returns the result.
     *
     * @param last state that was reached
     */
    double[][] result(double[][] last) {
        return validated || diverged ? state : last;
    }
}
