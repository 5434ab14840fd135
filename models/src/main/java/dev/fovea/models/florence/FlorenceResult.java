package dev.fovea.models.florence;

import dev.fovea.models.Finding;
import java.util.List;
import java.util.stream.Stream;

/**
 * The content of an answer of Florence-2 about a picture. {@link FlorenceTask#output()} tells which parts a task fills;
 * the others are empty.
 *
 * @param task the task that was run
 * @param text the answer of a task that gives text, without special tokens
 * @param boxes in the order in which the model wrote them, like the other lists
 * @param quads quadrilaterals around lines of text
 * @param polygons outlines
 */
public record FlorenceResult(
        FlorenceTask task, String text, List<FoundBox> boxes, List<FoundQuad> quads, List<FoundPolygons> polygons) {

    /** Copies the lists. */
    public FlorenceResult {
        boxes = List.copyOf(boxes);
        quads = List.copyOf(quads);
        polygons = List.copyOf(polygons);
    }

    /** Returns all that was found: boxes, then lines of text, then outlines. */
    public List<Finding> findings() {
        return Stream.of(boxes, quads, polygons)
                .flatMap(List::stream)
                .map(Found::finding)
                .toList();
    }

    /** Returns this result with a score for everything that was found. */
    public FlorenceResult scored(TokenScores scores) {
        return new FlorenceResult(
                task,
                text,
                boxes.stream().map(box -> box.scored(scores)).toList(),
                quads.stream().map(quad -> quad.scored(scores)).toList(),
                polygons.stream().map(outline -> outline.scored(scores)).toList());
    }
}
