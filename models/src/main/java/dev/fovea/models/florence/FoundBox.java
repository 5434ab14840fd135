package dev.fovea.models.florence;

import dev.fovea.models.Detection;
import java.util.OptionalDouble;

/**
 * An upright box in pixels of the original picture. The model may write a box whose corners are in the wrong order, and
 * location tokens spelled out letter by letter may lie outside of the picture; both are kept as they are.
 *
 * @param label what is in it
 * @param x1 left edge
 * @param y1 upper edge
 * @param x2 right edge
 * @param y2 lower edge
 */
public record FoundBox(String label, int x1, int y1, int x2, int y2, Source source, OptionalDouble score)
        implements Found {

    @Override
    public Detection finding() {
        return new Detection(label, x1, y1, x2, y2, score);
    }

    FoundBox scored(TokenScores scores) {
        return new FoundBox(label, x1, y1, x2, y2, source, scores.of(source));
    }
}
