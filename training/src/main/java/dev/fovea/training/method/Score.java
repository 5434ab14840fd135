package dev.fovea.training.method;

import dev.fovea.training.numerics.CrossEntropy;
import dev.fovea.training.numerics.Matrices;
import java.util.OptionalDouble;

/**
 * Says how well logits fit the classes of validation pictures. A higher accuracy is better; where accuracies are equal,
 * which is common among few pictures, a lower loss is.
 *
 * @param accuracy share of pictures whose class has the largest logit, the first of equal ones; NaN of texts
 * @param loss mean cross-entropy
 */
public record Score(double accuracy, double loss) {

    /** Worse than any. */
    static final Score NONE = new Score(-1, Double.POSITIVE_INFINITY);

    /** Scores texts, which are not classified: a lower loss is better. */
    public static Score ofTexts(double loss) {
        return new Score(Double.NaN, loss);
    }

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

    /** Returns the accuracy of a score; empty of null and of texts. */
    public static OptionalDouble accuracy(Score score) {
        return score == null || Double.isNaN(score.accuracy)
                ? OptionalDouble.empty()
                : OptionalDouble.of(score.accuracy);
    }

    /** Returns the loss of a score; empty of null. */
    public static OptionalDouble loss(Score score) {
        return score == null ? OptionalDouble.empty() : OptionalDouble.of(score.loss);
    }

    /** Returns whether this one is better than another. */
    public boolean beats(Score other) {
        int compared = Double.compare(accuracy, other.accuracy);
        return compared > 0 || compared == 0 && loss < other.loss;
    }
}
