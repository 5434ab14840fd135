package dev.fovea.models.classification;

import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/** Pixels to a logit for each class. */
interface Network {

    /**
     * @param pixels {@code [images * height * width, 3]}, normalised
     * @return {@code [images, classes]}
     */
    Tensor logits(Tensor pixels, Grid grid);

    /**
     * Refuses pictures that it cannot read.
     *
     * @throws dev.fovea.tensor.FoveaException if they are too small
     */
    void requireSize(int height, int width);
}
