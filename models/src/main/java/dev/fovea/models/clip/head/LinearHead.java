package dev.fovea.models.clip.head;

import java.util.List;

/**
 * A linear layer on the unit-length embedding f: logits = W f + b.
 *
 * @param weight W, {@code [classes, dimension]} in row-major order
 * @param bias b, one number for each class
 */
public record LinearHead(String method, List<String> labels, float[] weight, float[] bias) implements ClassifierHead {

    @Override
    public int dimension() {
        return weight.length / bias.length;
    }

    @Override
    public double[] logits(float[] embedding) {
        double[] logits = new double[bias.length];
        for (int k = 0; k < logits.length; k++) {
            logits[k] = bias[k] + dot(weight, k * embedding.length, embedding);
        }
        return logits;
    }

    /** Returns the product of a vector and the row of a matrix that begins at an index. */
    static double dot(float[] matrix, int from, float[] vector) {
        double sum = 0;
        for (int i = 0; i < vector.length; i++) {
            sum += (double) matrix[from + i] * vector[i];
        }
        return sum;
    }
}
