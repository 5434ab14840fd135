package dev.fovea.evaluation;

import java.util.Objects;

/**
 * Holds the value of one part of the examples.
 *
 * @param kind of part, such as {@code class}
 * @param name of the part, such as {@code cat}
 * @param examples how many it has
 * @param value of the evaluation's first metric for that part, unless its documentation says otherwise
 */
public record Part(String kind, String name, int examples, double value) {

    /** Checks that nothing is null. */
    public Part {
        Objects.requireNonNull(kind, "kind is null");
        Objects.requireNonNull(name, "name is null");
    }
}
