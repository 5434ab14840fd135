package dev.fovea.evaluation.metrics;

import java.util.Objects;

/**
 * Holds an upright box, as COCO has it.
 *
 * @param x left edge
 * @param y upper edge
 * @param width not negative
 * @param height not negative
 */
public record Box(double x, double y, double width, double height) {

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is NaN or infinite, or the box is inside out
     */
    public Box {
        if (!Double.isFinite(x + y + width + height) || width < 0 || height < 0) {
            throw new IllegalArgumentException("box x " + x + ", y " + y + ", width " + width + ", height " + height
                    + "; expected finite numbers and a width and height that are not negative");
        }
    }

    /** Makes a box of two opposite corners, in any order. */
    public static Box ofCorners(double x1, double y1, double x2, double y2) {
        return new Box(Math.min(x1, x2), Math.min(y1, y2), Math.abs(x2 - x1), Math.abs(y2 - y1));
    }

    /** Returns width times height. */
    public double area() {
        return width * height;
    }

    /** Returns the area that two boxes share. */
    public double intersection(Box other) {
        Objects.requireNonNull(other, "other is null");
        double across = Math.min(x + width, other.x + other.width) - Math.max(x, other.x);
        double down = Math.min(y + height, other.y + other.height) - Math.max(y, other.y);
        return across <= 0 || down <= 0 ? 0 : across * down;
    }

    /** Returns intersection over union, without the pixel that older code adds to each side; 0 of two empty boxes. */
    public double iou(Box other) {
        double shared = intersection(other);
        return shared == 0 ? 0 : shared / (area() + other.area() - shared);
    }

    /** Returns the smallest box around both. */
    public Box around(Box other) {
        Objects.requireNonNull(other, "other is null");
        return ofCorners(
                Math.min(x, other.x),
                Math.min(y, other.y),
                Math.max(x + width, other.x + other.width),
                Math.max(y + height, other.y + other.height));
    }
}
