package dev.fovea.studio.inside;

/**
 * The way from the class token at the end to the cosine with a text, {@code z = LN(x), u = P z + p, c = w . u / |u|},
 * made linear: {@code c = direction . x + constant} with the norm's divisor and the length of u as they are here.
 *
 * @param direction rho, {@code [hidden]}
 * @param constant what the norm's beta and the bias of the projection give
 */
record Readout(double[] direction, double constant) {

    static Readout of(PicturePass picture, float[] text) {
        ClipInside inside = picture.inside();
        TowerPass pass = picture.tower();
        double[] x = slice(pass.state(pass.layers(), pass.pooledToken()));
        NormWeights norm = inside.postNorm();
        float[] projection = inside.projection();
        double[] u = LinearAlgebra.multiply(projection, norm.apply(x));
        LinearAlgebra.add(u, inside.projectionBias());
        double[] back = LinearAlgebra.multiplyTransposed(projection, slice(text)); // Pᵀ w
        double length = LinearAlgebra.length(u);
        for (int i = 0; i < back.length; i++) {
            back[i] /= length;
        }
        double bias = LinearAlgebra.dot(slice(text), inside.projectionBias(), 0) / length;
        return new Readout(norm.linear(x, back), LinearAlgebra.dot(back, norm.beta(), 0) + bias);
    }

    static double[] slice(float[] values) {
        return LinearAlgebra.slice(values, 0, values.length);
    }
}
