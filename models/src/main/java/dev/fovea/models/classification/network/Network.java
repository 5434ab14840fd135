package dev.fovea.models.classification.network;

import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/** A network that turns pixels into a logit for each class. */
public interface Network {

    /**
     * Computes the logits of pictures.
     *
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
