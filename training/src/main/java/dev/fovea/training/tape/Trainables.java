package dev.fovea.training.tape;

import dev.fovea.tensor.WeightData;

/** Says what of a model is trained. The tape asks while the model takes its weights. */
public interface Trainables {

    /** Trains nothing. */
    Trainables NONE = new Trainables() {};

    /**
     * Returns the parameter that takes the place of a weight of the checkpoint; null where the weight stays as it is.
     * The same weight must always get the same parameter, so that what is used twice is trained once.
     */
    default Parameter parameter(WeightData weight) {
        return null;
    }

    /** Is called when gradients have been added to parameters, after each way back. */
    default void gather() {}

    /** Is called when parameters have changed, before the tape reads them. */
    default void refresh() {}

    /** Returns the low-rank addition to a matrix of a linear layer, or null. */
    default LowRank adapter(WeightData matrix) {
        return null;
    }
}
