package dev.fovea.models;

import dev.fovea.models.check.Arguments;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * An object in a picture and its outline, in pixels.
 *
 * @param label what it is; may be empty
 * @param polygons one or more, each x1, y1, x2, y2, ...; some may have fewer than three corners
 * @param score how sure the model is, from 0 to 1; empty where it does not say
 */
public record Outline(String label, List<List<Integer>> polygons, OptionalDouble score) implements Finding {

    /** Copies the polygons. */
    public Outline {
        Objects.requireNonNull(label, "label is null");
        polygons = Arguments.present(polygons, "polygons").stream()
                .map(List::copyOf)
                .toList();
        Objects.requireNonNull(score, "score is null");
    }
}
