package dev.fovea.tensor.observe;

import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.numbers.Sizes;

/** Computes on the host how strongly every query of an attention weighs each key, for those who want to see it. */
final class AttentionMap {

    private AttentionMap() {}

    /**
     * Returns the probabilities of one sequence, {@code softmax(scale q kᵀ)} with zeros where the mask hides a key.
     *
     * @param q {@code [rows, width]}
     * @param k {@code [rows, width]}
     * @return {@code [heads * queries, keys]}, the queries of the first head first
     */
    static float[] of(
            float[] q,
            float[] k,
            int width,
            Segments querySegments,
            Segments keySegments,
            int segment,
            AttentionShape shape) {
        int queries = querySegments.length(segment);
        int keys = keySegments.length(segment);
        int headSize = width / shape.heads();
        float[] probabilities = new float[Sizes.product("attention probabilities", shape.heads(), queries, keys)];
        double[] scores = new double[keys];
        for (int head = 0; head < shape.heads(); head++) {
            for (int query = 0; query < queries; query++) {
                int left = querySegments.row(querySegments.start(segment) + query) * width + head * headSize;
                int visible = shape.visibleKeys(query, queries, keys);
                double largest = Double.NEGATIVE_INFINITY;
                for (int key = 0; key < visible; key++) {
                    int right = keySegments.row(keySegments.start(segment) + key) * width + head * headSize;
                    double sum = 0;
                    for (int i = 0; i < headSize; i++) {
                        sum += (double) q[left + i] * k[right + i];
                    }
                    scores[key] = shape.scale() * sum;
                    largest = Math.max(largest, scores[key]);
                }
                double total = 0;
                for (int key = 0; key < visible; key++) {
                    scores[key] = Math.exp(scores[key] - largest);
                    total += scores[key];
                }
                for (int key = 0; key < visible; key++) {
                    probabilities[(head * queries + query) * keys + key] = (float) (scores[key] / total);
                }
            }
        }
        return probabilities;
    }
}
