package dev.fovea.models.florence;

import dev.fovea.models.Outline;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The outline of one object in pixels of the original picture.
 *
 * @param label what it is
 * @param polygons one or more, each x1, y1, x2, y2, ...; the model may stop early, so some may have fewer than three
 *     corners, even none
 */
public record FoundPolygons(String label, List<List<Integer>> polygons, Source source, OptionalDouble score)
        implements Found {

    /** Copies the lists. */
    public FoundPolygons {
        polygons = polygons.stream().map(List::copyOf).toList();
    }

    @Override
    public Outline finding() {
        return new Outline(label, polygons, score);
    }

    FoundPolygons scored(TokenScores scores) {
        return new FoundPolygons(label, polygons, source, scores.of(source));
    }
}
