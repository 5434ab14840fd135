package dev.fovea.evaluation.metrics;

import java.util.Arrays;
import java.util.Objects;

/** Counts how often a classifier's ranking of the classes is right. */
public final class Classification {

    private Classification() {}

    /**
     * Returns how many classes stand before the right one: 0 if it is the best. Of equal scores the lower index stands
     * first; torch's {@code topk} leaves that open.
     *
     * @param scores one for each class, larger is better
     * @param target index of the right class
     * @throws IllegalArgumentException if the target is no class, or a score is NaN
     */
    public static int rank(double[] scores, int target) {
        Objects.requireNonNull(scores, "scores is null");
        if (target < 0 || target >= scores.length) {
            throw new IllegalArgumentException("class " + target + " of " + scores.length + "; there is none");
        }
        int rank = 0;
        for (int i = 0; i < scores.length; i++) {
            if (Double.isNaN(scores[i])) {
                throw new IllegalArgumentException("the score of class " + i + " is NaN; expected a number");
            }
            rank += scores[i] > scores[target] || scores[i] == scores[target] && i < target ? 1 : 0;
        }
        return rank;
    }

    /** Returns how many ranks are below k: pictures whose right class is among the k best. */
    public static int top(int[] ranks, int k) {
        Objects.requireNonNull(ranks, "ranks is null");
        return (int) Arrays.stream(ranks).filter(rank -> rank < k).count();
    }

    /**
     * Returns the unweighted mean of each class's recall, over the classes that have examples: scikit-learn's
     * {@code balanced_accuracy_score}, {@code mean_per_class_recall} of CLIP_benchmark. NaN without examples.
     *
     * @param targets the right class of each example
     * @param right whether it was found, 1 or 0 (or any share)
     */
    public static double meanPerClass(int[] targets, double[] right) {
        Objects.requireNonNull(targets, "targets is null");
        Objects.requireNonNull(right, "right is null");
        int classes = Arrays.stream(targets).max().orElse(-1) + 1;
        double[] sums = new double[classes];
        int[] counts = new int[classes];
        for (int i = 0; i < targets.length; i++) {
            sums[targets[i]] += right[i];
            counts[targets[i]]++;
        }
        double total = 0;
        int seen = 0;
        for (int i = 0; i < classes; i++) {
            if (counts[i] > 0) {
                total += sums[i] / counts[i];
                seen++;
            }
        }
        return total / seen;
    }
}
