package dev.fovea.models;

import dev.fovea.models.check.Arguments;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The score of a label for a picture.
 *
 * @param label as it was given, or as the model names its class
 * @param score softmax over all labels of the call, or over all classes, 0 to 1
 * @param logit what the softmax is taken of: for CLIP the scaled cosine of the two embeddings
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
        Arguments.present(labels, "labels");
        Arguments.oneForEach(Arguments.present(logits, "logits").length, "logits", labels.size(), "labels");
        for (int i = 0; i < logits.length; i++) {
            if (!Float.isFinite((float) logits[i])) {
                throw new IllegalArgumentException(
                        "the logit of label \"" + labels.get(i) + "\" is " + logits[i] + "; expected a finite number");
            }
        }
        double largest = Arrays.stream(logits).max().orElse(0);
        double total =
                Arrays.stream(logits).map(logit -> Math.exp(logit - largest)).sum();
        return IntStream.range(0, logits.length)
                .mapToObj(i -> new LabelScore(
                        labels.get(i), (float) (Math.exp(logits[i] - largest) / total), (float) logits[i]))
                .sorted(Comparator.comparing(LabelScore::logit).reversed())
                .toList();
    }
}
