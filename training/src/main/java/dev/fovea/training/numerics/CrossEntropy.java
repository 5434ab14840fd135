package dev.fovea.training.numerics;

/**
 * The softmax cross-entropy of examples, mean over examples of lse(z) - z_target. Logits are {@code [classes,
 * examples]}: a row for each class.
 */
public final class CrossEntropy {

    private CrossEntropy() {}

    /** Returns the loss, and overwrites the logits with its gradient, (softmax - onehot) / examples. */
    public static double gradient(double[][] logits, int[] targets) {
        int examples = targets.length;
        double[] largest = logits[0].clone();
        for (double[] row : logits) {
            for (int n = 0; n < examples; n++) {
                largest[n] = Math.max(largest[n], row[n]);
            }
        }
        double loss = 0;
        for (int n = 0; n < examples; n++) {
            loss -= (logits[targets[n]][n] - largest[n]) / examples;
        }
        double[] total = new double[examples];
        for (double[] row : logits) {
            for (int n = 0; n < examples; n++) {
                row[n] = Math.exp(row[n] - largest[n]);
                total[n] += row[n];
            }
        }
        for (int n = 0; n < examples; n++) {
            loss += Math.log(total[n]) / examples;
            total[n] = 1 / (total[n] * examples);
        }
        for (double[] row : logits) {
            for (int n = 0; n < examples; n++) {
                row[n] *= total[n];
            }
        }
        for (int n = 0; n < examples; n++) {
            logits[targets[n]][n] -= 1.0 / examples;
        }
        return loss;
    }
}
