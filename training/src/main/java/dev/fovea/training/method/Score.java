package dev.fovea.training.method;

import dev.fovea.training.numerics.CrossEntropy;
import dev.fovea.training.numerics.Matrices;

/**
 * Says how well logits fit the classes of validation pictures. A higher accuracy is better; where accuracies are equal,
 * which is common among few pictures, a lower loss is.
 *
 * @param accuracy share of pictures whose class has the largest logit, the first of equal ones
 * @param loss mean cross-entropy
 */
public record Score(double accuracy, double loss) {

    /** Worse than any. */
    static final Score NONE = new Score(-1, Double.POSITIVE_INFINITY);

    /** Scores logits {@code [classes, pictures]}. */
    public static Score of(double[][] logits, int[] classes) {
        int right = 0;
        for (int n = 0; n < classes.length; n++) {
            int best = 0;
            for (int k = 1; k < logits.length; k++) {
                best = logits[k][n] > logits[best][n] ? k : best;
            }
            right += best == classes[n] ? 1 : 0;
        }
        return new Score((double) right / classes.length, CrossEntropy.gradient(Matrices.copy(logits), classes));
    }

    /** Returns whether this one is better than another. */
    public boolean beats(Score other) {
        return accuracy > other.accuracy || accuracy == other.accuracy && loss < other.loss;
    }
}
