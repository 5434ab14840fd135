package dev.fovea.models.adapter;

import java.util.Arrays;

/** The product of a LoRA pair, {@code scale * B A} (Hu et al. 2021, section 4.1). */
public final class LowRankProduct {

    private LowRankProduct() {}

    /**
     * Adds the product to a matrix, in double precision and rounded once, so that a merged checkpoint and one that is
     * merged at load are the same to the bit.
     *
     * @param matrix {@code [outputs, inputs]}; of a table of embeddings {@code [inputs, outputs]}, which gets the
     *     product's transpose
     * @param a {@code [rank, inputs]}
     * @param b {@code [outputs, rank]}
     */
    public static void addTo(float[] matrix, float[] a, float[] b, int rank, float scale, boolean isTable) {
        int inputs = a.length / rank;
        int outputs = b.length / rank;
        // A row of B A is the sum of A's rows, each times B[output, k]: all runs are along rows of A.
        double[] row = new double[inputs];
        for (int output = 0; output < outputs; output++) {
            Arrays.fill(row, 0);
            for (int k = 0; k < rank; k++) {
                double factor = (double) scale * b[output * rank + k];
                for (int i = 0; i < inputs; i++) {
                    row[i] += factor * a[k * inputs + i];
                }
            }
            for (int i = 0; i < inputs; i++) {
                int at = isTable ? i * outputs + output : output * inputs + i;
                matrix[at] = (float) (matrix[at] + row[i]);
            }
        }
    }
}
