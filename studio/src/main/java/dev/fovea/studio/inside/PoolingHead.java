package dev.fovea.studio.inside;

import java.util.Arrays;

/**
 * SigLIP's head, which pools patches with one learned query (Zhai et al. 2022, "Scaling Vision Transformers", section
 * 2.1): all that is read at the end.
 *
 * <pre>
 * q = Wq probe + bq,  k_i, v_i = Wk LN(x_i) + bk, Wv LN(x_i) + bv,  a = Wo o + bo,  u = a + MLP(a)
 * </pre>
 */
final class PoolingHead {

    final NormWeights norm;
    final MlpWeights mlp;
    final float[] out;
    final float[] outBias;
    private final int heads;
    private final int hidden;
    private final float[] matrix;
    private final float[] bias;
    private final double[] query;

    PoolingHead(ClipInside inside) {
        String head = "vision_model.head.";
        norm = inside.postNorm();
        mlp = inside.mlp(head + "layernorm", head + "mlp");
        out = inside.weight(head + "attention.out_proj.weight");
        outBias = inside.weight(head + "attention.out_proj.bias");
        matrix = inside.weight(head + "attention.in_proj_weight");
        bias = inside.weight(head + "attention.in_proj_bias");
        heads = inside.layout().shape().heads();
        hidden = inside.layout().shape().hiddenSize();
        query = part(0, Readout.slice(inside.weight(head + "probe")));
    }

    /** Returns {@code W x + b} of queries (0), keys (1) or values (2). */
    private double[] part(int which, double[] x) {
        double[] result = new double[hidden];
        for (int row = 0; row < hidden; row++) {
            int at = which * hidden + row;
            result[row] = LinearAlgebra.dot(x, matrix, at * hidden) + bias[at];
        }
        return result;
    }

    /** Returns Wv, {@code [hidden, hidden]}. */
    float[] values() {
        return Arrays.copyOfRange(matrix, 2 * hidden * hidden, 3 * hidden * hidden);
    }

    /** Returns bv. */
    float[] valueBias() {
        return Arrays.copyOfRange(bias, 2 * hidden, 3 * hidden);
    }

    /** Returns what the head makes of patches, such as those after an earlier layer: u. */
    double[] embed(double[][] patches) {
        double[][] x = Arrays.stream(patches).map(norm::apply).toArray(double[][]::new);
        int size = hidden / heads;
        double[] mixed = new double[hidden]; // o
        for (int head = 0; head < heads; head++) {
            double[] asked = asked(head, size); // Wkᵀ q: what is the same for all patches leaves the softmax as it is
            double[] weights = Arrays.stream(x)
                    .mapToDouble(patch -> LinearAlgebra.dot(asked, patch) / Math.sqrt(size))
                    .toArray();
            LinearAlgebra.softmax(weights);
            double[] token = new double[hidden];
            for (int i = 0; i < x.length; i++) {
                for (int channel = 0; channel < hidden; channel++) {
                    token[channel] += weights[i] * x[i][channel];
                }
            }
            for (int row = head * size; row < (head + 1) * size; row++) {
                int at = 2 * hidden + row;
                mixed[row] = LinearAlgebra.dot(token, matrix, at * hidden) + bias[at];
            }
        }
        double[] a = LinearAlgebra.multiply(out, mixed);
        LinearAlgebra.add(a, outBias);
        return mlp.apply(a);
    }

    private double[] asked(int head, int size) {
        double[] asked = new double[hidden];
        for (int row = head * size; row < (head + 1) * size; row++) {
            int from = (hidden + row) * hidden;
            for (int channel = 0; channel < hidden; channel++) {
                asked[channel] += query[row] * matrix[from + channel];
            }
        }
        return asked;
    }
}
