package dev.fovea.models.image;

import dev.fovea.tensor.Grid;
import java.util.Arrays;
import java.util.List;

/**
 * Pictures that are preprocessed: what a model's tower reads. Another size than a model was trained on is fine where the model says so.
 *
 * @param values {@code [images, height, width, 3]}, normalised
 * @param grid number of images, height and width
 */
public record Pixels(float[] values, Grid grid) {

    /** Preprocesses pictures. */
    public static Pixels of(Preprocessing preprocessing, List<Picture> pictures) {
        return new Pixels(
                preprocessing.applyAll(pictures),
                new Grid(pictures.size(), preprocessing.height(), preprocessing.width()));
    }

    /** Some of the pictures. */
    public Pixels part(int from, int to) {
        int size = 3 * grid.height() * grid.width();
        return new Pixels(
                Arrays.copyOfRange(values, from * size, to * size), new Grid(to - from, grid.height(), grid.width()));
    }
}
