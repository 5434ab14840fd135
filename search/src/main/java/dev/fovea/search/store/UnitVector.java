package dev.fovea.search.store;

import dev.fovea.tensor.FoveaException;

/** Brings vectors that were computed elsewhere to length 1. */
public final class UnitVector {

    /** How far the length of a vector may be from 1 for it to be kept with the bits that it has. */
    private static final double ROUNDING = 1e-6;

    private UnitVector() {}

    /**
     * Checks a vector and scales it to length 1.
     *
     * @param dimension how many numbers it must have
     * @param owner what the vector is of, for complaints
     * @return the vector itself if its length is 1
     * @throws FoveaException if it has another dimension, is not finite or has the length 0
     */
    public static float[] of(float[] vector, int dimension, Object owner) {
        if (vector.length != dimension) {
            throw new FoveaException(owner + ": its vector has " + vector.length + " numbers, those of the index have "
                    + dimension + "; give vectors of the model that the index is of");
        }
        double squares = 0;
        for (float number : vector) {
            squares += (double) number * number;
        }
        if (!(squares > 0) || Double.isInfinite(squares)) {
            throw new FoveaException(owner + ": its vector has the length " + Math.sqrt(squares)
                    + "; expected one that is finite and larger than 0");
        }
        double length = Math.sqrt(squares);
        if (Math.abs(length - 1) < ROUNDING) {
            return vector;
        }
        float[] unit = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            unit[i] = (float) (vector[i] / length);
        }
        return unit;
    }
}
