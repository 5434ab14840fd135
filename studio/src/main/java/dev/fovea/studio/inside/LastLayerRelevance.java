package dev.fovea.studio.inside;

/**
 * Weighs the last layer's attention by its gradient (Chefer et al. 2021, "Generic Attention-model Explainability",
 * section 3.2, in the form that the authors use for CLIP: the last layer only, since earlier ones would swamp it).
 *
 * <pre>
 * map_i = mean_h relu(A_0i^h  dc/dA_0i^h),  dc/dA_0i^h = g_h . v_i^h
 * </pre>
 */
public final class LastLayerRelevance {

    private LastLayerRelevance() {}

    /**
     * Returns the relevance of each patch for a text.
     *
     * @param text a vector of unit length
     */
    public static float[] map(PicturePass picture, float[] text) {
        EmbeddingReader reader = picture.reader();
        double[] gradient = reader.gradient(text);
        double[] sum = new double[picture.tower().tokens()];
        for (int head = 0; head < reader.heads(); head++) {
            float[] row = reader.attention(head);
            for (int token = 0; token < sum.length; token++) {
                double relevance = row[token] * reader.dotHead(gradient, reader.value(token), head);
                sum[token] += Math.max(0, relevance) / reader.heads();
            }
        }
        return picture.ofPatches(LinearAlgebra.floats(sum));
    }
}
