package dev.fovea.evaluation;

import dev.fovea.evaluation.data.LabelledImage;
import dev.fovea.evaluation.metrics.Calibration;
import dev.fovea.evaluation.metrics.Classification;
import dev.fovea.models.LabelScore;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Measures a classifier on pictures whose classes are known: {@code top1}, {@code top5} (with more than five labels),
 * {@code mean_per_class} (mean of the classes' top-1), and where the scores are a softmax {@code ece}, {@code brier}
 * and {@code nll}. (SigLIP's say of each label by itself whether it fits.) Parts are the classes.
 *
 * <pre>{@code
 * ZeroShotEvaluation evaluation = new ZeroShotEvaluation(List.of("cat", "dog"));
 * evaluation.add(new LabelledImage(file, "cat"), clip.classify(Picture.read(file), List.of("cat", "dog")));
 * System.out.println(evaluation.result().metrics());
 * }</pre>
 */
public final class ZeroShotEvaluation {

    private static final int TOP = 5;

    /** Of the sum of a softmax in 32 bits. */
    private static final double ROUNDING = 1e-3;

    private final List<String> labels;
    private final Map<String, Integer> indices = new HashMap<>();
    private final Outcome outcome = new Outcome();
    private final List<Integer> targets = new ArrayList<>();
    private final List<Integer> ranks = new ArrayList<>();
    private final List<double[]> probabilities = new ArrayList<>();

    /**
     * Starts an evaluation.
     *
     * @param labels that the classifier chooses among, each once; some may have no picture
     * @throws FoveaException if there is none, or one is there twice
     */
    public ZeroShotEvaluation(List<String> labels) {
        this.labels = List.copyOf(Objects.requireNonNull(labels, "labels is null"));
        if (labels.isEmpty()) {
            throw new FoveaException("no labels; expected at least one");
        }
        for (String label : labels) {
            if (indices.put(label, indices.size()) != null) {
                throw new FoveaException("the label \"" + label + "\" is there twice; leave one out");
            }
        }
    }

    /** Returns the labels. */
    public List<String> labels() {
        return labels;
    }

    /**
     * Checks that a picture's class is one of the labels.
     *
     * @throws FoveaException if it is not
     */
    public void check(LabelledImage picture) {
        if (!indices.containsKey(
                Objects.requireNonNull(picture, "picture is null").label())) {
            throw new FoveaException(picture.image() + ": its label \"" + picture.label()
                    + "\" is not among the labels to choose from; add it, or leave the picture out");
        }
    }

    /**
     * Adds a picture.
     *
     * @param scores of all labels, in any order
     * @throws FoveaException if the picture's class is none of the labels
     * @throws IllegalArgumentException if a label has no score
     */
    public void add(LabelledImage picture, List<LabelScore> scores) {
        Objects.requireNonNull(picture, "picture is null");
        Objects.requireNonNull(scores, "scores is null");
        check(picture);
        double[] logits = new double[labels.size()];
        double[] shares = new double[labels.size()];
        Arrays.fill(logits, Double.NaN);
        for (LabelScore score : scores) {
            Integer index = indices.get(score.label());
            if (index == null) {
                throw new IllegalArgumentException("\"" + score.label() + "\" is none of the labels");
            }
            logits[index] = score.logit();
            shares[index] = score.score();
        }
        int target = indices.get(picture.label());
        int rank = Classification.rank(logits, target);
        int chosen = 0;
        for (int i = 1; i < logits.length; i++) {
            chosen = logits[i] > logits[chosen] ? i : chosen;
        }
        targets.add(target);
        ranks.add(rank);
        probabilities.add(shares);
        outcome.example(
                picture.image(),
                shares[target],
                "label",
                picture.label(),
                "predicted",
                labels.get(chosen),
                "confidence",
                shares[chosen],
                "rank",
                rank + 1,
                "right",
                rank == 0);
    }

    /**
     * Returns what the pictures that were added come to. An example's score is the probability of its own class.
     *
     * @throws FoveaException if there is none
     */
    public Evaluation result() {
        outcome.begin();
        int count = outcome.size();
        int[] places = ranks.stream().mapToInt(Integer::intValue).toArray();
        int[] classes = targets.stream().mapToInt(Integer::intValue).toArray();
        double[][] shares = probabilities.toArray(double[][]::new);
        double[] right = new double[count];
        double[] sure = new double[count];
        for (int i = 0; i < count; i++) {
            right[i] = places[i] == 0 ? 1 : 0;
            sure[i] = Math.min(1, Arrays.stream(shares[i]).max().orElse(0));
        }
        outcome.share("top1", Classification.top(places, 1), count);
        if (labels.size() > TOP) {
            outcome.share("top5", Classification.top(places, TOP), count);
        }
        outcome.statistic("mean_per_class", count, drawn -> {
            int[] drawnClasses = new int[drawn.length];
            double[] drawnRight = new double[drawn.length];
            for (int i = 0; i < drawn.length; i++) {
                drawnClasses[i] = classes[drawn[i]];
                drawnRight[i] = right[drawn[i]];
            }
            return Classification.meanPerClass(drawnClasses, drawnRight);
        });
        if (Arrays.stream(shares).allMatch(row -> Math.abs(Arrays.stream(row).sum() - 1) < ROUNDING)) {
            outcome.value("ece", Calibration.expectedError(sure, right, Calibration.BINS));
            outcome.value("brier", Calibration.brier(shares, classes));
            outcome.value("nll", Calibration.negativeLogLikelihood(shares, classes));
        } else {
            outcome.remark("the scores are no distribution over the labels, so there are no ece, brier and nll");
        }
        outcome.parts("class", targets.stream().map(labels::get).toList(), right);
        long without = labels.size() - targets.stream().distinct().count();
        if (without > 0) {
            outcome.remark(without + " of " + labels.size() + " labels have no picture; the mean per class is over the"
                    + " others");
        }
        return outcome.end();
    }
}
