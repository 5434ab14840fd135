package dev.fovea.models.drawing;

import java.awt.Color;
import java.awt.Rectangle;
import java.awt.geom.Path2D;

/**
 * Something to draw.
 *
 * @param label its name; may be empty
 * @param outline its shape, inside of the picture
 * @param filled whether its inside is tinted
 */
record Mark(String label, Path2D outline, boolean filled, Color colour) {

    /** Returns the upright rectangle around it. */
    Rectangle bounds() {
        return outline.getBounds();
    }

    double area() {
        return outline.getBounds2D().getWidth() * outline.getBounds2D().getHeight();
    }
}
