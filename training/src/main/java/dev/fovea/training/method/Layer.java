package dev.fovea.training.method;

import dev.fovea.training.numerics.Matrices;

/**
 * A linear layer: logits = W f + b.
 *
 * @param weight W, {@code [classes, features]}
 * @param bias b
 */
public record Layer(double[][] weight, double[] bias) {

    /** Returns the logits {@code [classes, pictures]}. */
    public double[][] logits(Features features) {
        double[][] logits = Matrices.times(weight, features.columns());
        for (int k = 0; k < bias.length; k++) {
            for (int n = 0; n < logits[k].length; n++) {
                logits[k][n] += bias[k];
            }
        }
        return logits;
    }

    /**
     * Returns the layer between the zero-shot classifier and this one: (1 - share) s T and no bias at 0, this one at 1.
     *
     * @param zeroShot s T, {@code [classes, features]}
     */
    public Layer interpolated(double[][] zeroShot, double share) {
        double[] scaled = new double[bias.length];
        Matrices.add(scaled, share, bias);
        return new Layer(Matrices.interpolate(zeroShot, weight, share), scaled);
    }
}
