package dev.fovea.studio.inside;

/**
 * The attention that the embedding of a picture is read with, and what follows it. With the values v of all tokens,
 * heads side by side, the embedding is {@code u / |u|} of
 *
 * <pre>
 * o_h = sum_i A_hi v_hi,  a = Wo o + bo,  u = f(a)
 * </pre>
 *
 * <p>It is the last layer where a class token is read ({@link ClassTokenReader}), else a pooling after it, which may be
 * a plain mean.
 */
abstract class EmbeddingReader {

    /** Returns the number of heads. */
    abstract int heads();

    /** Returns the channels of all heads together. */
    abstract int width();

    /** Returns how strongly a head weighs each token; the numbers sum to 1. */
    abstract float[] attention(int head);

    /** Returns the query, all heads side by side. */
    abstract double[] query();

    /** Returns the key of a token, all heads side by side. */
    abstract double[] key(int token);

    /** Returns the value of a token, all heads side by side. */
    abstract double[] value(int token);

    /** Returns Wo, {@code [outputs, width]}. */
    abstract float[] outWeight();

    /** Returns bo. */
    abstract float[] outBias();

    /** Returns the embedding of an attended vector by itself, without what else the model adds before f. */
    abstract double[] embeddingOf(double[] attended);

    /** Returns u, the embedding of the picture before it is brought to unit length. */
    abstract double[] output();

    /** Returns the gradient at a of a function whose gradient at u is given. */
    abstract double[] backward(double[] du);

    /** Returns {@code Wo x + bo}. */
    final double[] projected(double[] x) {
        double[] result = LinearAlgebra.multiply(outWeight(), x);
        LinearAlgebra.add(result, outBias());
        return result;
    }

    /** Returns the dot product of a head's part of two vectors. */
    final double dotHead(double[] a, double[] b, int head) {
        int size = width() / heads();
        double sum = 0;
        for (int i = head * size; i < (head + 1) * size; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /**
     * Returns the gradient of the cosine with a text at the heads' outputs: {@code g = Woᵀ f'ᵀ du, du = (w - c u / |u|)
     * / |u|}. One vector is left there, so the chain rule is a few products with matrices, and needs no tape.
     *
     * @param text w, a vector of unit length
     */
    final double[] gradient(float[] text) {
        double[] u = output();
        double length = LinearAlgebra.length(u);
        double[] w = Readout.slice(text);
        double cosine = LinearAlgebra.dot(w, u) / length;
        double[] du = new double[u.length];
        for (int i = 0; i < u.length; i++) {
            du[i] = (w[i] - cosine * u[i] / length) / length;
        }
        return LinearAlgebra.multiplyTransposed(outWeight(), backward(du));
    }
}
