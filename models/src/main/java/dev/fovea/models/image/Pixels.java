package dev.fovea.models.image;

import dev.fovea.models.check.Arguments;
import dev.fovea.models.check.Finite;
import dev.fovea.tensor.Grid;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Preprocessed pictures, which a model's image encoder reads. Another size than a model was trained on is fine where
 * the model says so.
 *
 * @param values {@code [images, height, width, 3]}, normalised
 * @param grid number of images, height and width
 */
public record Pixels(float[] values, Grid grid) {

    private static final int CHANNELS = 3;

    /**
     * Checks the pixels.
     *
     * @throws NullPointerException if one of them is null
     * @throws IllegalArgumentException if a size is negative, there are not exactly as many numbers as the sizes say,
     *     or one of them is NaN or infinite
     */
    public Pixels {
        Objects.requireNonNull(values, "pixels is null");
        Objects.requireNonNull(grid, "the grid of the pixels is null");
        BigInteger expected = BigInteger.valueOf(CHANNELS)
                .multiply(BigInteger.valueOf(grid.images()))
                .multiply(BigInteger.valueOf(grid.height()))
                .multiply(BigInteger.valueOf(grid.width()));
        if (grid.images() < 0 || grid.height() < 1 || grid.width() < 1) {
            throw new IllegalArgumentException(grid.images() + " pictures of " + grid.width() + " x " + grid.height()
                    + " pixels; expected sides of at least 1");
        }
        if (!expected.equals(BigInteger.valueOf(values.length))) {
            throw new IllegalArgumentException(
                    "pixels hold " + values.length + " numbers; " + grid.images() + " pictures of " + grid.width()
                            + " x " + grid.height() + " pixels with red, green and blue need " + expected);
        }
        Finite.argument(values, "pixels");
    }

    /**
     * Takes pixels with their sizes.
     *
     * @param values {@code [images, height, width, 3]}, normalised
     * @throws IllegalArgumentException as the constructor does
     */
    public static Pixels of(float[] values, int images, int height, int width) {
        return new Pixels(values, new Grid(images, height, width));
    }

    /** Preprocesses pictures. */
    public static Pixels of(Preprocessing preprocessing, List<? extends PictureInput> pictures) {
        return new Pixels(
                Arguments.present(preprocessing, "preprocessing").applyAll(pictures),
                new Grid(pictures.size(), preprocessing.height(), preprocessing.width()));
    }

    /** Returns the pictures {@code from} to {@code to} (exclusive). */
    public Pixels part(int from, int to) {
        int size = CHANNELS * grid.height() * grid.width();
        return new Pixels(
                Arrays.copyOfRange(values, from * size, to * size), new Grid(to - from, grid.height(), grid.width()));
    }
}
