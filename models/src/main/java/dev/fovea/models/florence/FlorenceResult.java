package dev.fovea.models.florence;

import dev.fovea.models.Detection;
import dev.fovea.models.Finding;
import dev.fovea.models.Outline;
import dev.fovea.models.TextLine;
import dev.fovea.models.check.Arguments;
import java.util.List;
import java.util.stream.Stream;

/**
 * The content of an answer of Florence-2 about a picture. {@link FlorenceTask#output()} tells which parts a task fills;
 * the others are empty.
 *
 * <p>Florence-2 reports no confidence. The score of a finding is the geometric mean of the probabilities of the tokens
 * that it was written with, those of its label and its locations, from 0 to 1. It ranks the findings of one answer; it
 * is not the probability that one is right, and answers of other tasks, prompts or pictures do not compare.
 *
 * @param task the task that was run
 * @param text the answer of a task that gives text, without special tokens
 * @param boxes in the order in which the model wrote them, like the other lists
 * @param quads quadrilaterals around lines of text
 * @param polygons outlines
 */
public record FlorenceResult(
        FlorenceTask task, String text, List<Detection> boxes, List<TextLine> quads, List<Outline> polygons) {

    /** Copies the lists. */
    public FlorenceResult {
        Arguments.present(task, "task");
        Arguments.present(text, "text");
        boxes = List.copyOf(Arguments.present(boxes, "boxes"));
        quads = List.copyOf(Arguments.present(quads, "quads"));
        polygons = List.copyOf(Arguments.present(polygons, "polygons"));
    }

    /** Returns all that was found: boxes, then lines of text, then outlines. */
    public List<Finding> findings() {
        return Stream.of(boxes, quads, polygons).<Finding>flatMap(List::stream).toList();
    }
}
