package dev.fovea.studio.inside;

import dev.fovea.tensor.ModelException;

/**
 * Weighs the channels of a ResNet's last map by their gradient (Selvaraju et al. 2017, "Grad-CAM", equations 1 and 2),
 * here that of the cosine with a text. The pooling is all that lies behind the map, so the gradient has a closed form,
 * the attention included, and needs no tape.
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
     * @throws ModelException if the picture's model is no ResNet
     */
    public static float[] map(PicturePass picture, float[] text) {
        if (!(picture.reader() instanceof MapReader reader)) {
            throw new ModelException(picture.inside().clip().folder()
                    + ": has no map of a ResNet for Grad-CAM; use Grad-ECLIP with a vision transformer");
        }
        double[][] gradients = reader.gradientOfCells(text);
        double[] alpha = new double[reader.width()];
        for (double[] cell : gradients) {
            for (int channel = 0; channel < alpha.length; channel++) {
                alpha[channel] += cell[channel] / gradients.length;
            }
        }
        float[] positions = picture.inside().weight("vision_model.attnpool.positional_embedding");
        float[] map = new float[gradients.length];
        for (int cell = 0; cell < map.length; cell++) {
            float[] token = picture.tower().state(0, picture.token(cell));
            double sum = 0;
            for (int channel = 0; channel < alpha.length; channel++) {
                // Positions were added to the cells.
                sum += alpha[channel] * (token[channel] - positions[picture.token(cell) * alpha.length + channel]);
            }
            map[cell] = (float) Math.max(0, sum);
        }
        return map;
    }
}
