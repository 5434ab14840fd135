package dev.fovea.studio.inside;

import java.util.stream.IntStream;

/**
 * Follows attention through all layers (Abnar and Zuidema 2020, "Quantifying Attention Flow in Transformers", section
 * 3): where information could have come from, if heads counted alike and every layer passed on half of itself.
 *
 * <pre>
 * B^l = (mean_h A^l + I) / 2,  r = e_0ᵀ B^L ... B^1,  map = r_1..r_P
 * </pre>
 *
 * <p>It is the same for every label, and does not know what the values are that attention carries.
 */
public final class Rollout {

    private Rollout() {}

    /**
     * Returns how much of the embedding comes from each token: one product of a vector and a matrix a layer. Where
     * attention pools the patches, r begins with the mean of its heads; where a plain mean does, with equal parts. Of a
     * FastViT it follows the last stage, whose cells convolutions have mixed before.
     *
     * @return a number for each token, which sum to 1
     */
    public static float[] of(PicturePass picture) {
        TowerPass pass = picture.tower();
        double[] r = new double[pass.tokens()];
        if (pass.layers() == 0 || pass.pooledToken() < 0) {
            r = Readout.slice(picture.weights());
        } else {
            r[pass.pooledToken()] = 1;
        }
        for (int layer = pass.layers() - 1; layer >= 0; layer--) {
            r = through(pass, layer, r);
        }
        return LinearAlgebra.floats(r);
    }

    /** Returns the part of {@link #of} that lies on the patches of a picture. */
    public static float[] map(PicturePass pass) {
        return pass.ofPatches(of(pass));
    }

    /** Returns {@code rᵀ (mean_h A + I) / 2}. Rows are summed in their order, so the result is always the same. */
    private static double[] through(TowerPass pass, int layer, double[] r) {
        float[][] rows = IntStream.range(0, r.length)
                .parallel()
                .mapToObj(token -> r[token] == 0 ? null : pass.meanAttention(layer, token))
                .toArray(float[][]::new);
        double[] next = new double[r.length];
        for (int token = 0; token < r.length; token++) {
            next[token] += r[token] / 2;
            for (int key = 0; rows[token] != null && key < r.length; key++) {
                next[key] += r[token] * rows[token][key] / 2;
            }
        }
        return next;
    }
}
