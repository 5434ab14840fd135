package dev.fovea.tensor;

import dev.fovea.tensor.numbers.Sizes;

/**
 * Says how the rows of a tensor form images: row {@code (image * height + y) * width + x} is the pixel (x, y) of an
 * image.
 *
 * @param images number of images
 * @param height rows of pixels in each
 * @param width pixels in a row
 */
public record Grid(int images, int height, int width) {

    /**
     * @throws IllegalArgumentException if a size is negative, or the pictures have more pixels than a tensor has rows
     */
    public Grid {
        // An empty picture is no reason for sizes whose product with another one wraps around.
        boolean fits = images >= 0 && height >= 0 && width >= 0;
        long most = Sizes.MOST / Math.max(1, images) / Math.max(1, height);
        if (!fits || Math.max(1, width) > most) {
            throw new IllegalArgumentException("no such grid: " + images + " pictures of " + height + " x " + width
                    + " pixels; sizes are not negative and there are at most " + Sizes.MOST + " pixels");
        }
    }

    /** Compares the sizes. Written out, since the JVM makes classes to compare records, 20 ms of the first picture. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Grid grid && images == grid.images && height == grid.height && width == grid.width;
    }

    @Override
    public int hashCode() {
        return (images * 31 + height) * 31 + width;
    }

    /** Returns the pixels of all pictures: the rows of the tensor. */
    public int rows() {
        return images * height * width;
    }
}
