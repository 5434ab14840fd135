package dev.fovea.evaluation.metrics;

import java.util.Objects;

/** Compares how sure a classifier says it is with how often it is right. */
public final class Calibration {

    /** The usual number of bins. */
    public static final int BINS = 15;

    private Calibration() {}

    /**
     * Returns the expected calibration error (Naeini et al. 2015; Guo et al. 2017): the mean over equally wide bins of
     * confidence of |accuracy - mean confidence|, weighted by the examples in them. The bins are torchmetrics':
     * each holds its lower edge, and confidences of exactly 1 have a bin of their own. (Guo's code puts edges into the
     * bin below.)
     *
     * @param confidences the probability of the class that was chosen, 0 to 1
     * @param right whether that class was right, 1 or 0
     * @return 0 to 1, NaN without examples
     * @throws IllegalArgumentException if a confidence is no probability
     */
    public static double expectedError(double[] confidences, double[] right, int bins) {
        double[][] gaps = gaps(confidences, right, bins);
        double error = 0;
        for (int i = 0; i < gaps[0].length; i++) {
            error += gaps[0][i] * gaps[1][i];
        }
        return confidences.length == 0 ? Double.NaN : error;
    }

    /** Returns the largest difference between accuracy and mean confidence of a bin. */
    public static double maximumError(double[] confidences, double[] right, int bins) {
        double largest = 0;
        for (double gap : gaps(confidences, right, bins)[1]) {
            largest = Math.max(largest, gap);
        }
        return confidences.length == 0 ? Double.NaN : largest;
    }

    /** Returns each bin's share of the examples, and its gap. */
    private static double[][] gaps(double[] confidences, double[] right, int bins) {
        Objects.requireNonNull(confidences, "confidences is null");
        Objects.requireNonNull(right, "right is null");
        if (confidences.length != right.length || bins < 1) {
            throw new IllegalArgumentException(confidences.length + " confidences, " + right.length + " answers and "
                    + bins + " bins; expected one answer for each and at least one bin");
        }
        double[] sure = new double[bins + 1];
        double[] correct = new double[bins + 1];
        int[] counts = new int[bins + 1];
        for (int i = 0; i < confidences.length; i++) {
            if (!(confidences[i] >= 0 && confidences[i] <= 1)) {
                throw new IllegalArgumentException(
                        "confidence " + i + " is " + confidences[i] + "; expected a probability from 0 to 1");
            }
            int bin = (int) (confidences[i] * bins);
            sure[bin] += confidences[i];
            correct[bin] += right[i];
            counts[bin]++;
        }
        double[][] gaps = new double[2][bins + 1];
        for (int i = 0; i <= bins; i++) {
            if (counts[i] > 0) {
                gaps[0][i] = (double) counts[i] / confidences.length;
                gaps[1][i] = Math.abs(correct[i] - sure[i]) / counts[i];
            }
        }
        return gaps;
    }

    /**
     * Returns the Brier score (1950): the mean over examples of the squared distance between the probabilities of all
     * classes and those that would have been right, 0 to 2.
     *
     * @param probabilities of each example, one for each class
     * @param targets the right class of each example
     */
    public static double brier(double[][] probabilities, int[] targets) {
        requireOneEach(probabilities, targets);
        double sum = 0;
        for (int i = 0; i < targets.length; i++) {
            for (int j = 0; j < probabilities[i].length; j++) {
                double difference = probabilities[i][j] - (j == targets[i] ? 1 : 0);
                sum += difference * difference;
            }
        }
        return sum / targets.length;
    }

    /** Returns the mean of -ln(probability of the right class): scikit-learn's {@code log_loss} where none is 0. */
    public static double negativeLogLikelihood(double[][] probabilities, int[] targets) {
        requireOneEach(probabilities, targets);
        double sum = 0;
        for (int i = 0; i < targets.length; i++) {
            sum -= Math.log(Math.max(probabilities[i][targets[i]], Double.MIN_NORMAL));
        }
        return sum / targets.length;
    }

    private static void requireOneEach(double[][] probabilities, int[] targets) {
        Objects.requireNonNull(probabilities, "probabilities is null");
        Objects.requireNonNull(targets, "targets is null");
        if (probabilities.length != targets.length) {
            throw new IllegalArgumentException(
                    probabilities.length + " rows and " + targets.length + " targets; expected one target for each");
        }
    }
}
