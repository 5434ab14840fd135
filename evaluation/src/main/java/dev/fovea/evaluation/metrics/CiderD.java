package dev.fovea.evaluation.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Computes CIDEr-D (Vedantam et al. 2015), which coco-caption calls CIDEr, as its {@code cider_scorer.py} does: runs of
 * one to four words weighted by how few pictures have them in their references, counts clipped to the reference's, and
 * a penalty for another length. The weights come from the references that are given, so the same caption has another
 * score among other pictures, and all scores of a single picture are 0.
 */
public final class CiderD {

    private static final int MAX_N = 4;
    private static final double SIGMA = 6;
    private static final double SCALE = 10;

    private final Map<List<String>, Integer> pictures = new HashMap<>();
    private final double logPictures;

    /**
     * Holds a text as a weighted vector for each n.
     *
     * @param length number of pairs of neighbouring words, which is what the reference calls the length
     */
    private record Vector(List<Map<List<String>, Double>> weights, double[] norms, int length) {}

    private CiderD(List<ScoredCaption> captions) {
        for (ScoredCaption caption : captions) {
            Set<List<String>> seen = new HashSet<>();
            for (List<String> reference : caption.references()) {
                for (int n = 1; n <= MAX_N; n++) {
                    seen.addAll(NGrams.count(reference, n).keySet());
                }
            }
            seen.forEach(run -> pictures.merge(run, 1, Integer::sum));
        }
        logPictures = Math.log(captions.size());
    }

    /**
     * Returns the score of each caption, 0 to 10 and rarely above 2. The score of the corpus is the mean.
     *
     * @param captions one for each picture; their references make the weights
     */
    public static double[] scores(List<ScoredCaption> captions) {
        Objects.requireNonNull(captions, "captions is null");
        CiderD cider = new CiderD(captions);
        return captions.stream().mapToDouble(cider::score).toArray();
    }

    private double score(ScoredCaption caption) {
        Vector hypothesis = vector(caption.words());
        double sum = 0;
        for (List<String> reference : caption.references()) {
            sum += similarity(hypothesis, vector(reference));
        }
        return sum / caption.references().size() / MAX_N * SCALE;
    }

    private Vector vector(List<String> words) {
        List<Map<List<String>, Double>> weights = new ArrayList<>();
        double[] norms = new double[MAX_N];
        for (int n = 1; n <= MAX_N; n++) {
            Map<List<String>, Double> weighted = new HashMap<>();
            double squares = 0;
            for (Map.Entry<List<String>, Integer> run : NGrams.count(words, n).entrySet()) {
                int inPictures = Math.max(1, pictures.getOrDefault(run.getKey(), 0));
                double weight = run.getValue() * (logPictures - Math.log(inPictures));
                weighted.put(run.getKey(), weight);
                squares += weight * weight;
            }
            weights.add(weighted);
            norms[n - 1] = Math.sqrt(squares);
        }
        return new Vector(weights, norms, Math.max(0, words.size() - 1));
    }

    private static double similarity(Vector hypothesis, Vector reference) {
        double difference = hypothesis.length - reference.length;
        double penalty = Math.exp(-difference * difference / (2 * SIGMA * SIGMA));
        double sum = 0;
        for (int n = 0; n < MAX_N; n++) {
            double product = 0;
            for (Map.Entry<List<String>, Double> run : hypothesis.weights.get(n).entrySet()) {
                double other = reference.weights.get(n).getOrDefault(run.getKey(), 0.0);
                product += Math.min(run.getValue(), other) * other;
            }
            double norms = hypothesis.norms[n] * reference.norms[n];
            sum += (norms == 0 ? product : product / norms) * penalty;
        }
        return sum;
    }
}
