package dev.fovea.studio.inside;

/** Compares the tokens of the patches between two layers: how alike they are, how long they are. */
public final class PatchTokens {

    private PatchTokens() {}

    /**
     * Returns the cosine of a patch with every patch.
     *
     * @param layer as for {@link TowerPass#state}; up to {@link TowerPass#lastWhole}
     * @param patch from 0 on
     */
    public static float[] similarity(PicturePass picture, int layer, int patch) {
        double[] query = Readout.slice(picture.tower().state(layer, picture.token(patch)));
        float[] map = new float[picture.patches()];
        for (int i = 0; i < map.length; i++) {
            map[i] = (float)
                    LinearAlgebra.cosine(query, Readout.slice(picture.tower().state(layer, picture.token(i))));
        }
        return map;
    }

    /**
     * Returns the length of every token after every layer. Some patches of dull background grow up to ten times longer
     * than the others in later layers of large models and hold what is known of the whole picture (Darcet et al. 2024,
     * "Vision Transformers Need Registers"); more than three medians is a sign of one.
     *
     * @return {@code [layers + 1, tokens]}, before the first layer first; NaN where a token is not computed
     */
    public static float[] norms(TowerPass pass) {
        float[] norms = new float[(pass.layers() + 1) * pass.tokens()];
        for (int layer = 0; layer <= pass.layers(); layer++) {
            for (int token = 0; token < pass.tokens(); token++) {
                boolean computed = layer == 0 || pass.computes(layer - 1, token);
                norms[layer * pass.tokens() + token] =
                        computed ? (float) LinearAlgebra.length(Readout.slice(pass.state(layer, token))) : Float.NaN;
            }
        }
        return norms;
    }
}
