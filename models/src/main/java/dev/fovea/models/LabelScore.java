package dev.fovea.models;

import dev.fovea.models.check.Arguments;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * The score of a label for a picture.
 *
 * @param label as it was given, or as the model names its class
 * @param score 0 to 1: softmax over all labels of the call, or over all classes; of SigLIP the probability that the
 *     label fits, whatever the others are
 * @param logit what the softmax or sigmoid is taken of: for CLIP the scaled cosine of the two embeddings
 */
public record LabelScore(String label, float score, float logit) {

    /** Checks that the label is there. */
    public LabelScore {
        Arguments.present(label, "label");
    }

    /**
     * Makes scores of labels from their logits, by softmax.
     *
     * @param logits one for each label
     * @throws IllegalArgumentException if there are not as many logits as labels, or one is NaN or infinite
     * @return best first, in the order given where equal
     */
    public static List<LabelScore> ranked(List<String> labels, double[] logits) {
        requireFinite(labels, logits);
        double largest = Arrays.stream(logits).max().orElse(0);
        double total =
                Arrays.stream(logits).map(logit -> Math.exp(logit - largest)).sum();
        return ranked(labels, logits, logit -> Math.exp(logit - largest) / total);
    }

    /**
     * Makes scores of labels from their logits, each by itself: {@code sigmoid(logit)}. None or several may fit.
     *
     * @param logits one for each label
     * @throws IllegalArgumentException if there are not as many logits as labels, or one is NaN or infinite
     * @return best first, in the order given where equal
     */
    public static List<LabelScore> independent(List<String> labels, double[] logits) {
        requireFinite(labels, logits);
        return ranked(labels, logits, logit -> 1 / (1 + Math.exp(-logit)));
    }

    private static void requireFinite(List<String> labels, double[] logits) {
        Arguments.present(labels, "labels");
        Arguments.oneForEach(Arguments.present(logits, "logits").length, "logits", labels.size(), "labels");
        for (int i = 0; i < logits.length; i++) {
            if (!Float.isFinite((float) logits[i])) {
                throw new IllegalArgumentException(
                        "the logit of label \"" + labels.get(i) + "\" is " + logits[i] + "; expected a finite number");
            }
        }
    }

    private static List<LabelScore> ranked(List<String> labels, double[] logits, DoubleUnaryOperator score) {
        return IntStream.range(0, logits.length)
                .mapToObj(i -> new LabelScore(labels.get(i), (float) score.applyAsDouble(logits[i]), (float) logits[i]))
                .sorted(Comparator.comparing(LabelScore::logit).reversed())
                .toList();
    }
}
