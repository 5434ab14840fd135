package dev.fovea.studio.inside;

import dev.fovea.tensor.ModelException;

/**
 * Weighs the channels of the last map of a ResNet or a FastViT by their gradient (Selvaraju et al. 2017, "Grad-CAM",
 * equations 1 and 2), here that of the cosine with a text. The pooling is all that lies behind the map, so the gradient
 * has a closed form, the attention included, and needs no tape.
 *
 * <pre>
 * alpha_c = mean_i dcos/dm_ic,  map_i = relu(sum_c alpha_c m_ic)
 * </pre>
 */
public final class GradCam {

    private GradCam() {}

    /**
     * Returns the weight of each cell of the last map for a text.
     *
     * @param text a vector of unit length
     * @throws ModelException if the picture's model has no last map
     */
    public static float[] map(PicturePass picture, float[] text) {
        if (!(picture.reader() instanceof CellReader reader)) {
            throw new ModelException(picture.inside().clip().folder()
                    + ": has no last map of cells for Grad-CAM; use Grad-ECLIP with a vision transformer");
        }
        double[][] gradients = reader.gradientOfCells(text);
        double[] alpha = new double[reader.width()];
        for (double[] cell : gradients) {
            for (int channel = 0; channel < alpha.length; channel++) {
                alpha[channel] += cell[channel] / gradients.length;
            }
        }
        float[] map = new float[gradients.length];
        for (int cell = 0; cell < map.length; cell++) {
            map[cell] = (float) Math.max(0, LinearAlgebra.dot(alpha, reader.cell(cell)));
        }
        return map;
    }
}
