package dev.fovea.training.numerics;

/**
 * AdamW as torch computes it (Loshchilov and Hutter 2019; {@code torch/optim/adamw.py}): θ ← θ (1 - lr·decay); m ← m +
 * (g - m)(1 - β₁); v ← β₂ v + (1 - β₂) g²; θ ← θ - lr / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε), with β₁ .9 and β₂ .999.
 * Without decay it is Adam.
 */
public final class AdamW {

    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;

    private final double epsilon;
    private final double decay;
    private final double[][] mean;
    private final double[][] square;
    private int steps;

    /**
     * Starts.
     *
     * @param parameters of which only the shape is taken
     * @param epsilon ε
     * @param decay weight decay
     */
    public AdamW(double[][] parameters, double epsilon, double decay) {
        this.epsilon = epsilon;
        this.decay = decay;
        mean = new double[parameters.length][parameters[0].length];
        square = new double[parameters.length][parameters[0].length];
    }

    /**
     * Takes a step: changes the parameters by their gradient.
     *
     * @param rate lr of this step
     */
    public void step(double[][] parameters, double[][] gradient, double rate) {
        steps++;
        double step = rate / (1 - Math.pow(BETA1, steps));
        double root = Math.sqrt(1 - Math.pow(BETA2, steps));
        for (int i = 0; i < parameters.length; i++) {
            double[] row = parameters[i];
            for (int j = 0; j < row.length; j++) {
                double g = gradient[i][j];
                mean[i][j] += (g - mean[i][j]) * (1 - BETA1);
                square[i][j] = BETA2 * square[i][j] + (1 - BETA2) * g * g;
                row[j] = row[j] * (1 - rate * decay) - step * mean[i][j] / (Math.sqrt(square[i][j]) / root + epsilon);
            }
        }
    }

    /**
     * Returns the rate of a step of a cosine schedule: ½ lr (1 + cos(π step / steps)), torch's {@code
     * CosineAnnealingLR}.
     *
     * @param step from 0
     */
    public static double cosine(double rate, int step, int steps) {
        return 0.5 * rate * (1 + Math.cos(Math.PI * step / steps));
    }
}
