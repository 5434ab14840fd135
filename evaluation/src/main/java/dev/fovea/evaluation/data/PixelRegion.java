package dev.fovea.evaluation.data;

import dev.fovea.evaluation.metrics.PixelMask;

/** Says which pixels of a picture belong to a thing, once the picture's size is known. */
@FunctionalInterface
public interface PixelRegion {

    /**
     * Returns the pixels.
     *
     * @param width of the picture
     * @param height of the picture
     * @throws IllegalArgumentException if the region is of a picture of another size
     */
    PixelMask mask(int width, int height);
}
