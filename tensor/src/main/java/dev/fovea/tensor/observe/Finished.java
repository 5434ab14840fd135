package dev.fovea.tensor.observe;

import dev.fovea.tensor.Tensor;

/** Waits for results, so that a device which computes behind the caller's back is timed honestly too. */
final class Finished {

    private Finished() {}

    /** Returns the result of an operation when it is computed. */
    static <T> T of(T result) {
        if (result instanceof Tensor tensor && tensor.elements() > 0) {
            tensor.rows(0, 1).columns(0, 1).toArray();
        }
        return result;
    }
}
