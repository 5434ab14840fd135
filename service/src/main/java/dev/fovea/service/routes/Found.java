package dev.fovea.service.routes;

import dev.fovea.models.Detection;
import dev.fovea.models.Finding;
import dev.fovea.models.Outline;
import dev.fovea.models.TextLine;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.service.json.About;
import java.util.List;

/** What has places in a picture, in its pixels, with the fields of the command line. */
public final class Found {

    private Found() {}

    /** A box around something. */
    public record FoundBox(
            @About(value = "what it is", required = true) String label,

            @About(value = "x1, y1, x2, y2 in pixels", required = true, min = 4, max = 4)
            List<Integer> box,

            @About("how sure the model is, from 0 to 1") Float score) {

        static FoundBox of(Detection found) {
            return new FoundBox(found.label(), List.of(found.x1(), found.y1(), found.x2(), found.y2()), scoreOf(found));
        }
    }

    /** A line of text. */
    public record FoundQuad(
            @About(value = "the text of the line", required = true)
            String label,

            @About(value = "x1, y1, ..., x4, y4 in pixels, clockwise", required = true, min = 8, max = 8)
            List<Integer> quad,

            @About("how sure the model is, from 0 to 1") Float score) {

        static FoundQuad of(TextLine found) {
            return new FoundQuad(found.label(), found.corners(), scoreOf(found));
        }
    }

    /** The outline of something. */
    public record FoundOutline(
            @About(value = "what it is; may be empty", required = true)
            String label,

            @About(value = "each x1, y1, x2, y2, ... in pixels", required = true)
            List<List<Integer>> polygons,

            @About("how sure the model is, from 0 to 1") Float score) {

        static FoundOutline of(Outline found) {
            return new FoundOutline(found.label(), found.polygons(), scoreOf(found));
        }
    }

    /** All places of an answer; those that its task does not give are absent. */
    record FoundPlaces(List<FoundBox> boxes, List<FoundQuad> quads, List<FoundOutline> polygons) {

        static FoundPlaces of(FlorenceResult result) {
            List<FoundBox> boxes = Found.boxes(result);
            List<FoundQuad> quads = Found.quads(result);
            List<FoundOutline> polygons = Found.polygons(result);
            return switch (result.task().output()) {
                case BOXES -> new FoundPlaces(boxes, null, null);
                case QUADS -> new FoundPlaces(null, quads, null);
                case POLYGONS -> new FoundPlaces(null, null, polygons);
                case BOXES_OR_POLYGONS -> new FoundPlaces(boxes, null, polygons);
                case TEXT -> new FoundPlaces(null, null, null);
            };
        }
    }

    /** Returns the boxes of an answer. */
    public static List<FoundBox> boxes(FlorenceResult result) {
        return result.boxes().stream().map(FoundBox::of).toList();
    }

    /** Returns the lines of text of an answer. */
    public static List<FoundQuad> quads(FlorenceResult result) {
        return result.quads().stream().map(FoundQuad::of).toList();
    }

    static List<FoundOutline> polygons(FlorenceResult result) {
        return result.polygons().stream().map(FoundOutline::of).toList();
    }

    private static Float scoreOf(Finding found) {
        return found.score().isPresent() ? (float) found.score().getAsDouble() : null;
    }
}
