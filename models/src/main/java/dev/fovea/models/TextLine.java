package dev.fovea.models;

import dev.fovea.models.check.Arguments;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * A line of text in a picture and the quadrilateral around it, in pixels.
 *
 * @param label the text
 * @param corners x1, y1, ... x4, y4: clockwise from where the text begins
 * @param score how sure the model is, from 0 to 1; empty where it does not say
 */
public record TextLine(String label, List<Integer> corners, OptionalDouble score) implements Finding {

    /** Copies the corners. */
    public TextLine {
        Objects.requireNonNull(label, "label is null");
        corners = List.copyOf(Arguments.present(corners, "corners"));
        Objects.requireNonNull(score, "score is null");
    }
}
