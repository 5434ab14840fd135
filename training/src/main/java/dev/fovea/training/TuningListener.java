package dev.fovea.training;

/**
 * Is told how far a training is. An exception that it throws ends the training; what was kept in a state file stays.
 */
@FunctionalInterface
public interface TuningListener {

    /** Is called after each epoch, when its state is kept. */
    void epoch(TuningProgress done);

    /**
     * Is called after each step; does nothing unless overridden.
     *
     * @param step number of the step, from 1, over all epochs
     * @param steps of the whole training
     * @param loss of the step's batch, before the step
     * @param rate of the step
     */
    default void step(int step, int steps, double loss, double rate) {}
}
