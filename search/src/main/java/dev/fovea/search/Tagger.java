package dev.fovea.search;

import dev.fovea.models.LabelScore;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.PictureInput;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Says which labels of a vocabulary fit a picture: none, one or many. A label's score is the probability by which CLIP
 * prefers it to texts that say nothing ("a photo"), so it does not depend on the other labels. It is not the frequency
 * with which the label is right: {@link #calibrated} finds the threshold of each label by examples.
 *
 * <pre>{@code
 * Tagger tagger = Tagger.of(clip, List.of("dog", "beach", "snow"));
 * tagger.tag(Picture.read(Path.of("holiday.jpg"))); // labels above their thresholds, best first
 * }</pre>
 *
 * <p>Immutable and safe to use from many threads until the model is closed.
 */
public final class Tagger {

    /** The threshold of labels without examples. */
    public static final double THRESHOLD = 0.9;

    /** Texts that fit every picture. */
    private static final List<String> SAYING_NOTHING =
            List.of("a photo", "a picture", "an image", "a photo of something");

    private static final String NOTHING = "";

    private final Clip clip;
    private final List<String> labels;
    /** Embeddings of the labels, then that of the texts that say nothing. */
    private final List<float[]> embeddings;

    private final double[] thresholds;
    private final Map<String, Integer> indices = new HashMap<>();

    /**
     * Shows which labels fit a picture.
     *
     * @param embedding of the picture
     * @param labels those that are right; all others are wrong
     */
    public record Example(float[] embedding, Set<String> labels) {

        /** Checks that nothing is null. */
        public Example {
            Objects.requireNonNull(embedding, "embedding is null");
            Objects.requireNonNull(labels, "labels is null");
        }
    }

    private Tagger(Clip clip, List<String> labels, List<float[]> embeddings, double[] thresholds) {
        this.clip = clip;
        this.labels = labels;
        this.embeddings = embeddings;
        this.thresholds = thresholds;
        for (int i = 0; i < labels.size(); i++) {
            indices.put(labels.get(i), i);
        }
    }

    /** Makes a tagger of labels, each put into "a photo of {}". */
    public static Tagger of(Clip clip, List<String> labels) {
        return of(clip, labels, List.of("a photo of {}"));
    }

    /**
     * Makes a tagger of labels, which are embedded once.
     *
     * @param labels at least one, each once and with a word
     * @param templates texts with {@code {}} where the label goes, averaged for each label; none takes the labels as
     *     they are
     * @throws FoveaException if there is no label, or one is empty or there twice
     */
    public static Tagger of(Clip clip, List<String> labels, List<String> templates) {
        Objects.requireNonNull(clip, "clip is null");
        Objects.requireNonNull(labels, "labels is null");
        Objects.requireNonNull(templates, "templates is null");
        if (labels.isEmpty()) {
            throw new FoveaException("no labels; expected at least one");
        }
        Set<String> seen = new HashSet<>();
        for (String label : labels) {
            if (label.isBlank()) {
                throw new FoveaException("a label is empty; every label needs a word");
            }
            if (!seen.add(label)) {
                throw new FoveaException("the label \"" + label + "\" is there twice; leave one out");
            }
        }
        List<float[]> embeddings = new ArrayList<>();
        for (String label : labels) {
            List<String> texts = templates.isEmpty()
                    ? List.of(label)
                    : templates.stream()
                            .map(template -> template.replace("{}", label))
                            .toList();
            embeddings.add(mean(clip.embedTexts(texts)));
        }
        embeddings.add(mean(clip.embedTexts(SAYING_NOTHING)));
        double[] thresholds = new double[labels.size()];
        Arrays.fill(thresholds, THRESHOLD);
        return new Tagger(clip, List.copyOf(labels), embeddings, thresholds);
    }

    private static float[] mean(List<float[]> vectors) {
        double[] sum = new double[vectors.getFirst().length];
        for (float[] vector : vectors) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += vector[i];
            }
        }
        double length = Math.sqrt(Arrays.stream(sum).map(value -> value * value).sum());
        float[] mean = new float[sum.length];
        for (int i = 0; i < sum.length; i++) {
            mean[i] = (float) (sum[i] / length);
        }
        return mean;
    }

    /**
     * Returns this tagger with one threshold for all labels.
     *
     * @param threshold least score of a tag, from 0 to 1
     * @throws FoveaException if it is out of range
     */
    public Tagger withThreshold(double threshold) {
        if (!(threshold >= 0 && threshold <= 1)) {
            throw new FoveaException("the threshold is a probability from 0 to 1, found " + threshold);
        }
        double[] all = new double[thresholds.length];
        Arrays.fill(all, threshold);
        return new Tagger(clip, labels, embeddings, all);
    }

    /**
     * Returns this tagger with the threshold of each label that has the best F1 on examples.
     *
     * @see #calibrated(List, double)
     */
    public Tagger calibrated(List<Example> examples) {
        return calibrated(examples, 1);
    }

    /**
     * Returns this tagger with the threshold of each label that has the best F-measure on examples (van Rijsbergen
     * 1979). The threshold lies half way between the last score that is above it and the first that is below. Labels
     * without an example keep their threshold.
     *
     * @param examples pictures of which is known what they show, those that show nothing of it included
     * @param beta how many times more a missed picture counts than one that is tagged wrongly: 1 for F1, 2 where
     *     somebody looks at what was found, 0.5 where nobody does
     * @throws FoveaException if an example has a label that the vocabulary lacks
     */
    public Tagger calibrated(List<Example> examples, double beta) {
        Objects.requireNonNull(examples, "examples is null");
        if (!(beta > 0) || Double.isInfinite(beta)) {
            throw new FoveaException("beta is larger than 0, found " + beta);
        }
        List<Map<String, Float>> scores = new ArrayList<>();
        for (Example example : examples) {
            for (String label : example.labels()) {
                if (!indices.containsKey(label)) {
                    throw new FoveaException(
                            "an example has the label \"" + label + "\", which the vocabulary lacks; add it there");
                }
            }
            Map<String, Float> byLabel = new HashMap<>();
            score(example.embedding()).forEach(score -> byLabel.put(score.label(), score.score()));
            scores.add(byLabel);
        }
        double[] fitted = thresholds.clone();
        for (int i = 0; i < fitted.length; i++) {
            fitted[i] = threshold(labels.get(i), examples, scores, beta, thresholds[i]);
        }
        return new Tagger(clip, labels, embeddings, fitted);
    }

    private static double threshold(
            String label, List<Example> examples, List<Map<String, Float>> scores, double beta, double before) {
        List<Integer> best = new ArrayList<>();
        int positives = 0;
        for (int i = 0; i < examples.size(); i++) {
            best.add(i);
            positives += examples.get(i).labels().contains(label) ? 1 : 0;
        }
        if (positives == 0) {
            return before;
        }
        best.sort(Comparator.comparingDouble((Integer i) -> scores.get(i).get(label))
                .reversed());
        double weight = beta * beta;
        double highest = -1;
        double threshold = before;
        int right = 0;
        for (int taken = 1; taken <= best.size(); taken++) {
            right += examples.get(best.get(taken - 1)).labels().contains(label) ? 1 : 0;
            double score = scores.get(best.get(taken - 1)).get(label);
            double next = taken == best.size() ? 0 : scores.get(best.get(taken)).get(label);
            double measure = (1 + weight) * right / (weight * positives + taken);
            if (next < score && measure > highest) {
                highest = measure;
                threshold = (score + next) / 2;
            }
        }
        return threshold;
    }

    /** Returns the labels in their order, each with its threshold. */
    public List<Threshold> thresholds() {
        List<Threshold> list = new ArrayList<>();
        for (int i = 0; i < thresholds.length; i++) {
            list.add(new Threshold(labels.get(i), thresholds[i]));
        }
        return list;
    }

    /**
     * Holds the least score by which a label becomes a tag.
     *
     * @param score from 0 to 1
     */
    public record Threshold(String label, double score) {

        /** Checks that the label is there. */
        public Threshold {
            Objects.requireNonNull(label, "label is null");
        }
    }

    /** Returns the labels that fit a picture, best first. */
    public List<LabelScore> tag(PictureInput picture) {
        return tag(clip.embed(picture));
    }

    /**
     * Returns the labels that fit a picture.
     *
     * @param embedding of the picture, a unit vector
     * @return those whose score is at least their threshold, best first
     */
    public List<LabelScore> tag(float[] embedding) {
        return score(embedding).stream()
                .filter(score -> score.score() >= thresholds[indices.get(score.label())])
                .toList();
    }

    /**
     * Returns the scores of all labels.
     *
     * @param embedding of the picture, a unit vector
     * @return best first
     */
    public List<LabelScore> score(float[] embedding) {
        List<String> all = new ArrayList<>(labels);
        all.add(NOTHING);
        List<LabelScore> logits = clip.score(embedding, all, embeddings);
        double nothing = logits.stream()
                .filter(score -> score.label().equals(NOTHING))
                .findFirst()
                .orElseThrow()
                .logit();
        return logits.stream()
                .filter(score -> !score.label().equals(NOTHING))
                .map(score -> new LabelScore(
                        score.label(), (float) (1 / (1 + Math.exp(nothing - score.logit()))), score.logit()))
                .toList();
    }
}
