package dev.fovea.studio.inside;

import java.util.List;

/**
 * Reads the class token after every layer as if it were the last one (nostalgebraist 2020, "interpreting GPT: the logit
 * lens"): {@code cos(P LN(x_l), w)}. The last norm and the projection were trained for the end only, so early layers
 * are not calibrated to them; look at ranks, too.
 */
public final class Lens {

    private Lens() {}

    /**
     * Returns the cosine with each text after each layer.
     *
     * @param texts vectors of unit length
     * @return {@code [layers + 1][texts]}, before the first layer first
     */
    public static double[][] of(PicturePass picture, List<float[]> texts) {
        TowerPass pass = picture.tower();
        NormWeights norm = picture.inside().postNorm();
        float[] projection = picture.inside().projection();
        double[][] cosines = new double[pass.layers() + 1][texts.size()];
        for (int layer = 0; layer < cosines.length; layer++) {
            double[] x = Readout.slice(pass.state(layer, pass.pooledToken()));
            double[] u = LinearAlgebra.multiply(projection, norm.apply(x));
            for (int text = 0; text < texts.size(); text++) {
                cosines[layer][text] = LinearAlgebra.cosine(u, Readout.slice(texts.get(text)));
            }
        }
        return cosines;
    }
}
