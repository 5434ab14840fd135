package dev.fovea.studio.inside;

/**
 * Compares each patch with a text (Zhou et al. 2022, "Extract Free Dense Labels from CLIP", section 3.2): the last
 * layer's attention is left out, so that each patch keeps its own value.
 *
 * <pre>
 * f_i = P LN(Wo v_i + bo),  map_i = cos(f_i, w)
 * </pre>
 *
 * <p>Values of the last layer were never trained to be read alone: maps of some checkpoints are the opposite of what
 * one expects, with the background lit.
 */
public final class MaskClip {

    private MaskClip() {}

    /**
     * Returns the cosine of each patch with a text.
     *
     * @param text a vector of unit length
     */
    public static float[] map(PicturePass picture, float[] text) {
        ClipInside inside = picture.inside();
        TowerPass pass = picture.tower();
        int last = pass.layers() - 1;
        float[] out = inside.layerWeight(last, "self_attn.out_proj.weight");
        float[] bias = inside.layerWeight(last, "self_attn.out_proj.bias");
        float[] projection = inside.projection();
        NormWeights norm = inside.postNorm();
        double[] w = Readout.slice(text);
        float[] map = new float[picture.patches()];
        for (int patch = 0; patch < map.length; patch++) {
            double[] x = LinearAlgebra.multiply(out, pass.value(last, patch + 1));
            LinearAlgebra.add(x, bias);
            map[patch] = (float) LinearAlgebra.cosine(LinearAlgebra.multiply(projection, norm.apply(x)), w);
        }
        return map;
    }
}
