package dev.fovea.studio.inside;

/**
 * Weighs each patch by what its value would change in the cosine (Zhao et al. 2024, "Gradient-based Visual Explanation
 * for Transformer-based CLIP", section 3.3): the gradient of the cosine at the class token's attention output, times
 * the patch's value, times how alike query and key are, which is less sharp than softmax.
 *
 * <pre>
 * map_i = relu(s_i g . v_i),  s_i = cos(Wo q_0 + bo, Wo k_i + bo) brought to 0..1 over the patches
 * </pre>
 *
 * <p>The authors' script runs the last attention with one head; here g comes from the model's own heads.
 */
public final class GradEclip {

    private GradEclip() {}

    /**
     * Returns the weight of each patch for a text.
     *
     * @param text a vector of unit length
     */
    public static float[] map(PicturePass picture, float[] text) {
        ClipInside inside = picture.inside();
        TowerPass pass = picture.tower();
        int last = pass.layers() - 1;
        double[] gradient = ClassTokenGradient.of(picture, text);
        float[] out = inside.layerWeight(last, "self_attn.out_proj.weight");
        float[] bias = inside.layerWeight(last, "self_attn.out_proj.bias");
        double[] query = projected(out, bias, pass.query(last, pass.pooledToken()));
        double[] alike = new double[picture.patches()];
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (int patch = 0; patch < alike.length; patch++) {
            alike[patch] = LinearAlgebra.cosine(query, projected(out, bias, pass.key(last, patch + 1)));
            least = Math.min(least, alike[patch]);
            most = Math.max(most, alike[patch]);
        }
        float[] map = new float[alike.length];
        for (int patch = 0; patch < map.length; patch++) {
            double weight = most > least ? (alike[patch] - least) / (most - least) : 1;
            double value = LinearAlgebra.dot(gradient, pass.value(last, patch + 1));
            map[patch] = (float) Math.max(0, weight * value);
        }
        return map;
    }

    private static double[] projected(float[] out, float[] bias, double[] x) {
        double[] result = LinearAlgebra.multiply(out, x);
        LinearAlgebra.add(result, bias);
        return result;
    }
}
