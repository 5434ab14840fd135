package dev.fovea.models.florence;

import dev.fovea.models.florence.CleanText.Location;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.List;

/**
 * The grid of 1000 by 1000 bins that Florence-2 lays over a picture of any size: the token {@code <loc_n>} is bin n, by
 * turns of x and y. The arithmetic is that of transformers' {@code Florence2PostProcessor}, in f32, so that pixels come
 * out the same to the last one:
 *
 * <pre>
 * bin   = clamp(floor(pixel / (size / 1000)), 0, 999)
 * pixel = (bin + 0.5) * (size / 1000), its fraction cut off
 * </pre>
 *
 * @param width of the original picture in pixels
 * @param height of the original picture in pixels
 */
public record LocationGrid(int width, int height) {

    /** Number of bins along each side. */
    public static final int BINS = 1000;

    /** Checks that there are pixels. */
    public LocationGrid {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("a picture of " + width + " x " + height + " pixels");
        }
    }

    /** Returns the bin, 0 to 999, of a distance from the left edge in pixels. */
    public int column(double x) {
        return bin(x, width);
    }

    /** Returns the bin, 0 to 999, of a distance from the upper edge in pixels. */
    public int row(double y) {
        return bin(y, height);
    }

    /**
     * Returns the middle of a bin in pixels from the left edge. Bins that no token has (1000 and above) lie outside of
     * the picture.
     */
    public int x(long column) {
        return pixel(column, width);
    }

    /**
     * Returns the middle of a bin in pixels from the upper edge. Bins that no token has lie outside of the picture, as
     * for {@link #x}.
     */
    public int y(long row) {
        return pixel(row, height);
    }

    /**
     * Writes a part of the picture as the location tokens that some tasks take as their region.
     *
     * @param x1 left edge in pixels
     * @param y1 upper edge
     * @param x2 right edge, at most the picture's width
     * @param y2 lower edge, at most the picture's height
     * @return {@code <loc_x1><loc_y1><loc_x2><loc_y2>}
     * @throws FoveaException if an edge lies outside of the picture, or left and right or top and bottom are in the
     *     wrong order
     */
    public String region(double x1, double y1, double x2, double y2) {
        String shown = "the region " + x1 + ", " + y1 + ", " + x2 + ", " + y2;
        if (!(isInside(x1, width) && isInside(x2, width) && isInside(y1, height) && isInside(y2, height))) {
            throw new FoveaException(
                    shown + " lies outside of the picture; expected x1, y1, x2, y2 in pixels, x from 0 to " + width
                            + " and y from 0 to " + height);
        }
        if (x1 > x2 || y1 > y2) {
            throw new FoveaException(
                    shown + " is inverted; expected x1, y1, x2, y2 in pixels, x1 at most x2 and y1 at most y2");
        }
        return "<loc_" + column(x1) + "><loc_" + row(y1) + "><loc_" + column(x2) + "><loc_" + row(y2) + ">";
    }

    /** Returns pixels of locations, alternating x and y; a last x without its y is left out. */
    List<Integer> pixels(List<Location> locations) {
        List<Integer> pixels = new ArrayList<>(locations.size());
        for (int i = 0; i + 1 < locations.size(); i += 2) {
            pixels.add(x(locations.get(i).bin()));
            pixels.add(y(locations.get(i + 1).bin()));
        }
        return pixels;
    }

    /** Returns whether a pixel is inside of the picture; false also for NaN. */
    private static boolean isInside(double pixel, int size) {
        return pixel >= 0 && pixel <= size;
    }

    private static int bin(double pixel, int size) {
        double bin = Math.floor((float) pixel / (float) (size / (double) BINS));
        return (int) Math.clamp(bin, 0, BINS - 1);
    }

    /**
     * Returns the middle of a bin in pixels. A result beyond an int becomes the largest int; the reference's result is
     * undefined there.
     */
    private static int pixel(long bin, int size) {
        return (int) (((float) bin + 0.5f) * (float) (size / (double) BINS));
    }
}
