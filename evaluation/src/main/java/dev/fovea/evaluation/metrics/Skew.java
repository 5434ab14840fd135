package dev.fovea.evaluation.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Measures how far the first pictures of a search are from having each group as often as the whole set does (Geyik et
 * al. 2019): 0 where they are alike, larger where they are not.
 */
public final class Skew {

    private Skew() {}

    /**
     * Returns MaxSkew@k: the largest ln(share of a group among the first k / its share among all).
     *
     * @param ranked the group of each picture, the best first
     * @param k at least 1
     */
    public static double maximum(List<String> ranked, int k) {
        Objects.requireNonNull(ranked, "ranked is null");
        if (k < 1 || ranked.isEmpty()) {
            throw new IllegalArgumentException(
                    "the first " + k + " of " + ranked.size() + "; expected at least one picture");
        }
        Map<String, Double> all = shares(ranked);
        Map<String, Double> first = shares(ranked.subList(0, Math.min(k, ranked.size())));
        return first.entrySet().stream()
                .mapToDouble(group -> Math.log(group.getValue() / all.get(group.getKey())))
                .max()
                .orElseThrow();
    }

    /**
     * Returns NDKL: the mean over all k of the Kullback-Leibler divergence of the first k from all, weighted by 1 /
     * log2(k + 1).
     *
     * @param ranked the group of each picture, the best first
     */
    public static double divergence(List<String> ranked) {
        Objects.requireNonNull(ranked, "ranked is null");
        if (ranked.isEmpty()) {
            throw new IllegalArgumentException("no pictures; expected at least one");
        }
        Map<String, Double> all = shares(ranked);
        Map<String, Integer> counts = new HashMap<>();
        double weights = 0;
        double sum = 0;
        for (int k = 1; k <= ranked.size(); k++) {
            counts.merge(ranked.get(k - 1), 1, Integer::sum);
            double divergence = 0;
            for (Map.Entry<String, Integer> group : counts.entrySet()) {
                double share = (double) group.getValue() / k;
                divergence += share * Math.log(share / all.get(group.getKey()));
            }
            double weight = Math.log(2) / Math.log(k + 1);
            weights += weight;
            sum += weight * divergence;
        }
        return sum / weights;
    }

    private static Map<String, Double> shares(List<String> groups) {
        Map<String, Double> shares = new HashMap<>();
        groups.forEach(group -> shares.merge(group, 1.0 / groups.size(), Double::sum));
        return shares;
    }
}
