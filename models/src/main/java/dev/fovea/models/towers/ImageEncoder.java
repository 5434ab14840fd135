package dev.fovea.models.towers;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/** The image tower of a model: a vision transformer or a ResNet. */
public interface ImageEncoder {

    /** Returns the length of an embedding, in numbers. */
    int dimension();

    /**
     * Returns the number of pictures that are computed at a time: enough for full speed, few enough to bound memory.
     */
    int atOnce(int height, int width);

    /**
     * Refuses pictures that it cannot read.
     *
     * @throws FoveaException if they are not of a size that it knows
     */
    void requireSize(int height, int width);

    /**
     * Encodes pixels as image features.
     *
     * @param pixels {@code [images * height * width, 3]}, normalised
     * @return {@code [images, dimension]}, not of unit length
     */
    Tensor encode(Tensor pixels, Grid grid);
}
