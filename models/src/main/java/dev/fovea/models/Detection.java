package dev.fovea.models;

import java.util.Objects;
import java.util.OptionalDouble;

/**
 * An object in a picture and the upright box around it, in pixels. A model that writes its boxes may write corners in
 * the wrong order.
 *
 * @param label what it is
 * @param x1 left edge
 * @param y1 upper edge
 * @param x2 right edge
 * @param y2 lower edge
 * @param score how sure the model is, from 0 to 1; empty where it does not say
 */
public record Detection(String label, int x1, int y1, int x2, int y2, OptionalDouble score) implements Finding {

    /** Checks that nothing is missing. */
    public Detection {
        Objects.requireNonNull(label, "label is null");
        Objects.requireNonNull(score, "score is null");
    }
}
