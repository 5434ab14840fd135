package dev.fovea.studio.inside;

import dev.fovea.tensor.Activation;

/**
 * The gradient of the cosine at what the heads of the last layer give the class token. Only one token is left there, so
 * the chain rule is four products of a matrix and a vector, and needs no tape:
 *
 * <pre>
 * x1 = x + Wo o + bo,  x2 = x1 + W2 act(W1 LN2(x1) + b1) + b2,  u = P LN(x2),  c = w . u / |u|
 * du = (w - c u / |u|) / |u|,  dx2 = LN'(Pᵀ du),  dx1 = dx2 + LN2'(W1ᵀ (act'(a) * W2ᵀ dx2)),  g = Woᵀ dx1
 * </pre>
 */
final class ClassTokenGradient {

    /** For central differences in double precision, whose error is then some 1e-10. */
    private static final double STEP = 1e-5;

    private ClassTokenGradient() {}

    /**
     * Returns {@code g = dc/do}, all heads side by side: {@code [hidden]}.
     *
     * @param text w, a vector of unit length
     */
    static double[] of(PicturePass picture, float[] text) {
        ClipInside inside = picture.inside();
        TowerPass pass = picture.tower();
        int last = pass.layers() - 1;
        double[] x2 = Readout.slice(pass.state(pass.layers(), pass.pooledToken()));
        double[] x1 = Readout.slice(pass.attended(last));
        double[] u = Readout.of(picture, text).output();
        double length = LinearAlgebra.length(u);
        double[] w = Readout.slice(text);
        double cosine = LinearAlgebra.dot(w, u) / length;
        double[] du = new double[u.length];
        for (int i = 0; i < u.length; i++) {
            du[i] = (w[i] - cosine * u[i] / length) / length;
        }
        double[] dx2 = inside.postNorm().backward(x2, LinearAlgebra.multiplyTransposed(inside.projection(), du));
        NormWeights norm = inside.layerNorm(last, "layer_norm2");
        float[] expand = inside.layerWeight(last, "mlp.fc1.weight");
        double[] a = LinearAlgebra.multiply(expand, norm.apply(x1));
        LinearAlgebra.add(a, inside.layerWeight(last, "mlp.fc1.bias"));
        double[] da = LinearAlgebra.multiplyTransposed(inside.layerWeight(last, "mlp.fc2.weight"), dx2);
        for (int i = 0; i < a.length; i++) {
            da[i] *= slope(inside.activation(), a[i]);
        }
        double[] dx1 = norm.backward(x1, LinearAlgebra.multiplyTransposed(expand, da));
        for (int i = 0; i < dx1.length; i++) {
            dx1[i] += dx2[i];
        }
        return LinearAlgebra.multiplyTransposed(inside.layerWeight(last, "self_attn.out_proj.weight"), dx1);
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
