package dev.fovea.models.florence;

import dev.fovea.models.TextLine;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A line of text and the quadrilateral around it in pixels of the original picture.
 *
 * @param label the text
 * @param coordinates x1, y1, ... x4, y4: clockwise from where the text begins, if the model keeps to its training
 */
public record FoundQuad(String label, List<Integer> coordinates, Source source, OptionalDouble score) implements Found {

    /** Copies the list. */
    public FoundQuad {
        coordinates = List.copyOf(coordinates);
    }

    @Override
    public TextLine finding() {
        return new TextLine(label, coordinates, score);
    }

    FoundQuad scored(TokenScores scores) {
        return new FoundQuad(label, coordinates, source, scores.of(source));
    }
}
