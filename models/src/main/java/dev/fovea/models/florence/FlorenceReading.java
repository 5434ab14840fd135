package dev.fovea.models.florence;

import dev.fovea.models.Detection;
import dev.fovea.models.Finding;
import dev.fovea.models.Outline;
import dev.fovea.models.TextLine;
import java.util.List;

/**
 * The content of a generated text, as {@link FlorenceParser} reads it: a {@link FlorenceResult} whose findings have a
 * position in the text.
 */
record FlorenceReading(
        FlorenceTask task,
        String text,
        List<Located<Detection>> boxes,
        List<Located<TextLine>> quads,
        List<Located<Outline>> polygons) {

    /** Returns the content without positions in the text. */
    FlorenceResult result() {
        return new FlorenceResult(task, text, findings(boxes), findings(quads), findings(polygons));
    }

    private static <F extends Finding> List<F> findings(List<Located<F>> located) {
        return located.stream().map(Located::finding).toList();
    }
}
