package dev.fovea.search;

import java.util.Objects;

/**
 * Describes an index.
 *
 * @param model the model that made the vectors, as it was named
 * @param compute the arithmetic that it computed in, such as {@code f32}
 * @param dimension length of the vectors
 * @param pictures how many there are
 */
public record IndexInfo(String model, String compute, int dimension, int pictures) {

    /** Checks that nothing is null. */
    public IndexInfo {
        Objects.requireNonNull(model, "model is null");
        Objects.requireNonNull(compute, "compute is null");
    }
}
