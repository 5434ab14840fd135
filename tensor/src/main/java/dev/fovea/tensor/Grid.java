package dev.fovea.tensor;

/**
 * How the rows of a tensor form pictures: row {@code (image * height + y) * width + x} is the pixel (x, y) of an image.
 *
 * @param images number of pictures
 * @param height rows of pixels in each
 * @param width pixels in a row
 */
public record Grid(int images, int height, int width) {

    /** Pixels of all pictures: the rows of the tensor. */
    public int rows() {
        return Math.multiplyExact(images, Math.multiplyExact(height, width));
    }
}
