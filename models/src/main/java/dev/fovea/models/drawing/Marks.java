package dev.fovea.models.drawing;

import dev.fovea.models.Detection;
import dev.fovea.models.Finding;
import dev.fovea.models.Outline;
import dev.fovea.models.TextLine;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns findings into drawable marks. Corners may be in the wrong order, outside of the picture, or too few to enclose
 * an area.
 */
final class Marks {

    private final int width;
    private final int height;
    private final double inset;
    private final double offset;
    private final Colours colours = new Colours();

    /**
     * Makes marks for a picture of this size.
     *
     * @param line width of lines: those at the picture's edge move in by half of it, and all get sharp sides
     */
    Marks(int width, int height, int line) {
        this.width = width;
        this.height = height;
        this.inset = line / 2.0;
        this.offset = line % 2 / 2.0;
    }

    /** Returns the marks of all findings that have a shape, in the order of the answer. */
    List<Mark> of(List<? extends Finding> findings) {
        List<Mark> marks = new ArrayList<>();
        for (Finding finding : findings) {
            switch (finding) {
                case Detection box -> {
                    List<Integer> corners =
                            List.of(box.x1(), box.y1(), box.x2(), box.y1(), box.x2(), box.y2(), box.x1(), box.y2());
                    add(marks, box.label(), List.of(corners), false);
                }
                case TextLine line -> add(marks, line.label(), List.of(line.corners()), false);
                case Outline thing -> add(marks, thing.label(), thing.polygons(), true);
            }
        }
        return marks;
    }

    private void add(List<Mark> marks, String label, List<List<Integer>> polygons, boolean filled) {
        Path2D outline = new Path2D.Double(Path2D.WIND_NON_ZERO);
        for (List<Integer> corners : polygons) {
            if (corners.size() >= 2) {
                outline.append(polygon(corners), false);
            }
        }
        if (outline.getCurrentPoint() != null) {
            marks.add(new Mark(label, outline, filled, colours.of(label)));
        }
    }

    /** Returns a closed line; a dot where it would have no length, since Java2D then draws nothing. */
    private Shape polygon(List<Integer> corners) {
        Path2D polygon = new Path2D.Double();
        polygon.moveTo(within(corners.get(0), width), within(corners.get(1), height));
        for (int i = 2; i + 1 < corners.size(); i += 2) {
            polygon.lineTo(within(corners.get(i), width), within(corners.get(i + 1), height));
        }
        polygon.closePath();
        Rectangle2D bounds = polygon.getBounds2D();
        return bounds.getWidth() == 0 && bounds.getHeight() == 0
                ? new Ellipse2D.Double(bounds.getX() - inset, bounds.getY() - inset, 2 * inset, 2 * inset)
                : polygon;
    }

    private double within(int pixel, int size) {
        return 2 * inset > size ? size / 2.0 : Math.clamp(pixel + offset, inset, size - inset);
    }
}
