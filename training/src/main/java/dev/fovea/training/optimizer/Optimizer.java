package dev.fovea.training.optimizer;

import dev.fovea.training.numerics.FloatMemory;
import dev.fovea.training.tape.Parameter;
import java.util.List;

/** Changes parameters by their gradients. */
public interface Optimizer {

    /**
     * Takes a step and leaves the gradients as they are.
     *
     * @param rate of this step; a schedule says it
     */
    void step(double rate);

    /** Returns the parameters that it changes. */
    List<Parameter> parameters();

    /** Returns the number of steps that were taken. */
    int steps();

    /**
     * Returns what it remembers of the steps before, for each parameter as much as it keeps, so that training can be
     * interrupted: the memory itself.
     */
    List<List<FloatMemory>> memory();

    /** Goes on after some steps, whose memory was put back into {@link #memory}. */
    void resume(int steps);
}
