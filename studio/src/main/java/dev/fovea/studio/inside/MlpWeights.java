package dev.fovea.studio.inside;

import dev.fovea.tensor.Activation;

/**
 * Computes {@code x + W2 act(W1 LN(x) + b1) + b2}, the second half of a block, and what flows back through it.
 *
 * @param norm before the layers
 * @param expand W1
 * @param expandBias b1
 * @param reduce W2
 * @param reduceBias b2
 */
record MlpWeights(
        NormWeights norm,
        float[] expand,
        float[] expandBias,
        float[] reduce,
        float[] reduceBias,
        Activation activation) {

    /** For central differences in double precision, whose error is then some 1e-10. */
    private static final double STEP = 1e-5;

    private double[] hidden(double[] x) {
        double[] a = LinearAlgebra.multiply(expand, norm.apply(x));
        LinearAlgebra.add(a, expandBias);
        return a;
    }

    /** Returns the vector after the block's second half. */
    double[] apply(double[] x) {
        double[] a = hidden(x);
        for (int i = 0; i < a.length; i++) {
            a[i] = activation.of(a[i]);
        }
        double[] result = LinearAlgebra.multiply(reduce, a);
        LinearAlgebra.add(result, reduceBias);
        for (int i = 0; i < x.length; i++) {
            result[i] += x[i];
        }
        return result;
    }

    /**
     * Returns the gradient at the input: {@code dx = dy + LN'(W1ᵀ (act'(a) * W2ᵀ dy))}.
     *
     * @param x the input
     * @param dy the gradient at the output
     */
    double[] backward(double[] x, double[] dy) {
        double[] a = hidden(x);
        double[] da = LinearAlgebra.multiplyTransposed(reduce, dy);
        for (int i = 0; i < a.length; i++) {
            da[i] *= slope(activation, a[i]);
        }
        double[] dx = norm.backward(x, LinearAlgebra.multiplyTransposed(expand, da));
        for (int i = 0; i < dx.length; i++) {
            dx[i] += dy[i];
        }
        return dx;
    }

    /** Returns the derivative of an activation; in closed form of quick-gelu, which all of OpenAI's models have. */
    static double slope(Activation activation, double a) {
        if (activation == Activation.QUICK_GELU) {
            double s = 1 / (1 + Math.exp(-1.702 * a));
            return s + 1.702 * a * s * (1 - s);
        }
        return (activation.of(a + STEP) - activation.of(a - STEP)) / (2 * STEP);
    }
}
