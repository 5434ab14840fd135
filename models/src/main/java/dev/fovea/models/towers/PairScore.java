package dev.fovea.models.towers;

import dev.fovea.models.LabelScore;
import java.util.Arrays;
import java.util.List;

/**
 * Turns the cosines of a picture and some labels into scores: {@code logit = factor * cosine + bias}.
 *
 * @param factor learned temperature
 * @param bias added to the logit
 * @param independent whether each label is scored by itself, by the sigmoid of its logit (Zhai et al. 2023, section
 *     3.2), or the labels share the probability, by softmax (Radford et al. 2021, figure 3)
 */
public record PairScore(float factor, float bias, boolean independent) {

    /** The cosines themselves, by softmax, for a single tower. */
    public static final PairScore COSINE = new PairScore(1, 0, false);

    /**
     * Scores labels.
     *
     * @param cosines one for each label
     * @return best first, in the order given where equal
     */
    public List<LabelScore> ranked(List<String> labels, double[] cosines) {
        double[] logits =
                Arrays.stream(cosines).map(cosine -> factor * cosine + bias).toArray();
        return independent ? LabelScore.independent(labels, logits) : LabelScore.ranked(labels, logits);
    }
}
