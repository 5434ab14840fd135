package dev.fovea.evaluation.metrics;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;

/**
 * Holds which pixels of a picture belong to a thing. Polygons become pixels as in pycocotools ({@code rleFrPoly}): the
 * outline is drawn on a grid five times as fine, and each column of pixels changes between outside and inside where the
 * outline crosses its middle. Immutable.
 */
public final class PixelMask {

    private static final int FINER = 5;

    /** The largest coordinate, far beyond any picture, so that an outline has an end. */
    private static final double FURTHEST = 1e6;

    private final int width;
    private final int height;
    /** Column after column, as COCO's run lengths have them. */
    private final BitSet pixels;

    private PixelMask(int width, int height, BitSet pixels) {
        if (width < 1 || height < 1 || (long) width * height > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "a mask of " + width + " x " + height + " pixels; expected a picture's width and height");
        }
        this.width = width;
        this.height = height;
        this.pixels = pixels;
    }

    /**
     * Makes the mask of what lies in any of some polygons. What lies outside of the picture is cut off.
     *
     * @param polygons each x1, y1, x2, y2, ... in pixels; those with fewer than three corners count for nothing
     * @param width of the picture
     * @param height of the picture
     * @throws IllegalArgumentException if a coordinate is NaN or beyond a million, or there is an odd number of them
     */
    public static PixelMask ofPolygons(List<double[]> polygons, int width, int height) {
        Objects.requireNonNull(polygons, "polygons is null");
        PixelMask mask = new PixelMask(width, height, new BitSet());
        for (double[] polygon : polygons) {
            if (polygon.length % 2 != 0 || !Arrays.stream(polygon).allMatch(value -> Math.abs(value) <= FURTHEST)) {
                throw new IllegalArgumentException("polygon " + Arrays.toString(polygon)
                        + "; expected x1, y1, x2, y2, ... in pixels of a picture");
            }
            if (polygon.length >= 6) {
                mask.pixels.or(new Outline(polygon, width, height).inside());
            }
        }
        return mask;
    }

    /**
     * Makes a mask of COCO's run lengths.
     *
     * @param counts of pixels outside and inside by turns, column after column
     * @throws IllegalArgumentException if they are not as many as the picture has
     */
    public static PixelMask ofRunLengths(int[] counts, int width, int height) {
        Objects.requireNonNull(counts, "counts is null");
        PixelMask mask = new PixelMask(width, height, new BitSet());
        long at = 0;
        for (int i = 0; i < counts.length; i++) {
            long end = at + counts[i];
            if (counts[i] < 0 || end > (long) width * height) {
                at = -1;
                break;
            }
            if (i % 2 == 1) {
                mask.pixels.set((int) at, (int) end);
            }
            at = end;
        }
        if (at != (long) width * height) {
            throw new IllegalArgumentException("run lengths that do not add up to the " + width + " x " + height
                    + " pixels of the picture; check the mask's size");
        }
        return mask;
    }

    /**
     * Makes a mask of COCO's run lengths in their compressed form, a text of six bits a character.
     *
     * @throws IllegalArgumentException if the text is cut off, or the lengths do not add up to the picture
     */
    public static PixelMask ofCompressed(String counts, int width, int height) {
        Objects.requireNonNull(counts, "counts is null");
        int[] lengths = new int[counts.length()];
        int runs = 0;
        int at = 0;
        while (at < counts.length()) {
            long value = 0;
            int shift = 0;
            int bits;
            do {
                bits = at < counts.length() ? counts.charAt(at++) - '0' : -1;
                if (bits < 0 || bits > 63 || shift > 30) {
                    throw new IllegalArgumentException(
                            "compressed run lengths that are broken at character " + at + "; write the mask again");
                }
                value |= (long) (bits & 31) << shift;
                shift += 5;
            } while ((bits & 32) != 0);
            if ((bits & 16) != 0) {
                value |= -1L << shift;
            }
            // From the third on, each is the difference to the last run of the same kind.
            lengths[runs] = (int) (runs > 2 ? value + lengths[runs - 2] : value);
            runs++;
        }
        return ofRunLengths(Arrays.copyOf(lengths, runs), width, height);
    }

    /** Returns the width of the picture in pixels. */
    public int width() {
        return width;
    }

    /** Returns the height of the picture in pixels. */
    public int height() {
        return height;
    }

    /** Returns whether a pixel belongs to the thing; none outside of the picture does. */
    public boolean contains(int x, int y) {
        return x >= 0 && x < width && y >= 0 && y < height && pixels.get(x * height + y);
    }

    /** Returns how many pixels belong to the thing. */
    public int area() {
        return pixels.cardinality();
    }

    /**
     * Returns how many pixels two masks share.
     *
     * @throws IllegalArgumentException if they are of pictures of another size
     */
    public int intersection(PixelMask other) {
        Objects.requireNonNull(other, "other is null");
        if (other.width != width || other.height != height) {
            throw new IllegalArgumentException("masks of " + width + " x " + height + " and " + other.width + " x "
                    + other.height + " pixels; expected masks of one picture");
        }
        BitSet both = (BitSet) pixels.clone();
        both.and(other.pixels);
        return both.cardinality();
    }

    /** Returns how many pixels are in one of two masks or in both. */
    public int union(PixelMask other) {
        return area() + Objects.requireNonNull(other, "other is null").area() - intersection(other);
    }

    /** Returns intersection over union; 1 where both masks are empty. */
    public double iou(PixelMask other) {
        int union = union(other);
        return union == 0 ? 1 : (double) intersection(other) / union;
    }

    /** Finds where the outline of one polygon crosses the middles of columns. */
    private static final class Outline {

        private final int width;
        private final int height;
        private int[] crossings = new int[64];
        private int count;
        /** The point of the finer grid that was visited before. */
        private int lastX;

        private int lastY;
        private boolean begun;

        Outline(double[] polygon, int width, int height) {
            this.width = width;
            this.height = height;
            int corners = polygon.length / 2;
            for (int corner = 0; corner < corners; corner++) {
                int next = (corner + 1) % corners;
                edge(
                        finer(polygon[2 * corner]),
                        finer(polygon[2 * corner + 1]),
                        finer(polygon[2 * next]),
                        finer(polygon[2 * next + 1]));
            }
        }

        private static int finer(double coordinate) {
            return (int) (FINER * coordinate + 0.5);
        }

        /**
         * Visits the points of an edge, one for each step along its longer side. They are computed from the end with
         * the smaller coordinate, so that two polygons that share an edge share its points.
         */
        private void edge(int fromX, int fromY, int toX, int toY) {
            int across = Math.abs(toX - fromX);
            int down = Math.abs(toY - fromY);
            boolean flat = across >= down;
            boolean backwards = flat ? fromX > toX : fromY > toY;
            int startX = backwards ? toX : fromX;
            int startY = backwards ? toY : fromY;
            double slope = flat
                    ? (double) (backwards ? fromY - toY : toY - fromY) / across
                    : (double) (backwards ? fromX - toX : toX - fromX) / down;
            int steps = Math.max(across, down);
            for (int step = 0; step <= steps; step++) {
                int along = backwards ? steps - step : step;
                if (flat) {
                    // A single point has no slope; NaN becomes 0.
                    visit(startX + along, (int) (startY + slope * along + 0.5));
                } else {
                    visit((int) (startX + slope * along + 0.5), startY + along);
                }
            }
        }

        private void visit(int x, int y) {
            if (begun && x != lastX) {
                cross(x < lastX ? x : x - 1, Math.min(y, lastY));
            }
            begun = true;
            lastX = x;
            lastY = y;
        }

        /** Notes a step between two columns of the finer grid, if it passes the middle of a column of pixels. */
        private void cross(int finerX, int finerY) {
            double column = (finerX + 0.5) / FINER - 0.5;
            if (column != Math.floor(column) || column < 0 || column > width - 1) {
                return;
            }
            int row = (int) Math.ceil(Math.clamp((finerY + 0.5) / FINER - 0.5, 0, height));
            if (count == crossings.length) {
                crossings = Arrays.copyOf(crossings, 2 * count);
            }
            crossings[count++] = (int) column * height + row;
        }

        /** Returns the pixels between each crossing and the next, from the first on, by turns. */
        BitSet inside() {
            int[] sorted = Arrays.copyOf(crossings, count);
            Arrays.sort(sorted);
            BitSet inside = new BitSet();
            for (int i = 0; i < count; i += 2) {
                inside.set(sorted[i], i + 1 < count ? sorted[i + 1] : width * height);
            }
            return inside;
        }
    }
}
