package dev.fovea.evaluation.data;

import java.util.Objects;

/**
 * Asks whether one group is nearer to some attributes, and the other group to others.
 *
 * @param name of the test
 * @param x one group
 * @param y the other group, as large
 * @param a attributes expected near x
 * @param b attributes expected near y
 */
public record AssociationProbe(String name, Members x, Members y, Members a, Members b) {

    /** Checks that nothing is null. */
    public AssociationProbe {
        Objects.requireNonNull(name, "name is null");
        Objects.requireNonNull(x, "x is null");
        Objects.requireNonNull(y, "y is null");
        Objects.requireNonNull(a, "a is null");
        Objects.requireNonNull(b, "b is null");
    }
}
