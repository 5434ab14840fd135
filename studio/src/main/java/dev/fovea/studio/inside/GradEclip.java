package dev.fovea.studio.inside;

/**
 * Weighs each patch by what its value would change in the cosine (Zhao et al. 2024, "Gradient-based Visual Explanation
 * for Transformer-based CLIP", section 3.3): the gradient of the cosine at the output of the attention that is read,
 * times the patch's value, times how alike query and key are, which is less sharp than softmax.
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
        EmbeddingReader reader = picture.reader();
        double[] gradient = reader.gradient(text);
        double[] query = reader.projected(reader.query());
        double[] alike = new double[picture.patches()];
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (int patch = 0; patch < alike.length; patch++) {
            alike[patch] = LinearAlgebra.cosine(query, reader.projected(reader.key(picture.token(patch))));
            least = Math.min(least, alike[patch]);
            most = Math.max(most, alike[patch]);
        }
        float[] map = new float[alike.length];
        for (int patch = 0; patch < map.length; patch++) {
            double weight = most > least ? (alike[patch] - least) / (most - least) : 1;
            double value = LinearAlgebra.dot(gradient, reader.value(picture.token(patch)));
            map[patch] = (float) Math.max(0, weight * value);
        }
        return map;
    }
}
