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

    /**
     * Returns the loss for targets that are shares of classes, mean over examples of lse(z) - sum of q z, and
     * overwrites the logits with its gradient, (softmax - q) / examples.
     *
     * @param shares q, {@code [classes, examples]}; those of an example add up to 1
     */
    public static double gradient(double[][] logits, double[][] shares) {
        int examples = shares[0].length;
        double moved = 0; // from the first class, as if it were the target, to the shares
        for (int n = 0; n < examples; n++) {
            double along = 0;
            for (int k = 0; k < logits.length; k++) {
                along += shares[k][n] * logits[k][n];
            }
            moved += (logits[0][n] - along) / examples;
        }
        double loss = gradient(logits, new int[examples]) + moved;
        for (int k = 0; k < logits.length; k++) {
            for (int n = 0; n < examples; n++) {
                logits[k][n] -= (shares[k][n] - (k == 0 ? 1 : 0)) / examples;
            }
        }
        return loss;
    }
}
