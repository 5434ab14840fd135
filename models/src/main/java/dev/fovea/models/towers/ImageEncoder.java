package dev.fovea.models.towers;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.ModelException;
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

    /**
     * Encodes pixels up to the projection into the space of the texts: {@code pooler_output} of transformers.
     *
     * @param pixels {@code [images * height * width, 3]}, normalised
     * @return {@code [images, hidden]}
     * @throws FoveaException if the tower has no such output
     */
    default Tensor pool(Tensor pixels, Grid grid) {
        throw new ModelException("only a CLIP with a vision transformer projects its pooled output; this model's tower"
                + " has no projection of its own");
    }
}
