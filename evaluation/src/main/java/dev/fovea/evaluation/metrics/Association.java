package dev.fovea.evaluation.metrics;

import dev.fovea.models.Vectors;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * Measures whether two groups are nearer to different words (WEAT, Caliskan et al. 2017; iEAT for pictures, Steed and
 * Caliskan 2021). Of each member of X and Y the score is its mean cosine to A less that to B.
 *
 * @param effect difference of the groups' mean scores over the standard deviation of all scores (of a sample); -2 to
 *     2, positive where X is nearer to A
 * @param p share of all ways to split the members into two equal groups whose X has at least this sum of scores: of all
 *     splits where they are few, else of 10,000 drawn ones that count the observed one
 */
public record Association(double effect, double p) {

    private static final int DRAWS = 10_000;

    /** Up to so many splits are all looked at. */
    private static final long FEW = 200_000;

    /** Sums that differ by less than rounding are equal. */
    private static final double ROUNDING = 1e-12;

    /**
     * Measures the association of embeddings. The draws are the same each time.
     *
     * @param x one group, at least two, such as pictures
     * @param y the other group, as many
     * @param a one set of attributes, at least one, such as texts
     * @param b the other set of attributes, at least one
     * @throws IllegalArgumentException if the groups differ in size or are too small
     */
    public static Association of(List<float[]> x, List<float[]> y, List<float[]> a, List<float[]> b) {
        Objects.requireNonNull(x, "x is null");
        Objects.requireNonNull(y, "y is null");
        Objects.requireNonNull(a, "a is null");
        Objects.requireNonNull(b, "b is null");
        if (x.size() != y.size() || x.size() < 2 || a.isEmpty() || b.isEmpty()) {
            throw new IllegalArgumentException("groups of " + x.size() + " and " + y.size() + " and attributes of "
                    + a.size() + " and " + b.size()
                    + "; expected groups of one size, at least two, and at least one attribute of each kind");
        }
        List<float[]> both = new ArrayList<>(x);
        both.addAll(y);
        double[] scores = both.stream()
                .mapToDouble(member -> cosine(member, a) - cosine(member, b))
                .toArray();
        int half = x.size();
        double sumX = sum(scores, 0, half);
        double sumY = sum(scores, half, scores.length);
        double mean = (sumX + sumY) / scores.length;
        double squares = 0;
        for (double score : scores) {
            squares += (score - mean) * (score - mean);
        }
        double deviation = Math.sqrt(squares / (scores.length - 1));
        double difference = (sumX - sumY) / half;
        double effect = deviation == 0 ? 0 : difference / deviation;
        return new Association(
                effect, splits(scores.length, half) <= FEW ? exact(scores, half, sumX) : drawn(scores, half, sumX));
    }

    private static double cosine(float[] member, List<float[]> attributes) {
        return attributes.stream()
                .mapToDouble(attribute -> Vectors.cosine(member, attribute))
                .average()
                .orElseThrow();
    }

    private static double sum(double[] scores, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += scores[i];
        }
        return sum;
    }

    /** Returns n over k, or something above {@link #FEW}. */
    private static long splits(int n, int k) {
        long splits = 1;
        for (int i = 1; i <= k && splits <= FEW; i++) {
            splits = splits * (n - k + i) / i;
        }
        return splits;
    }

    private static double exact(double[] scores, int half, double observed) {
        int[] chosen = new int[half];
        for (int i = 0; i < half; i++) {
            chosen[i] = i;
        }
        long all = 0;
        long atLeast = 0;
        while (true) {
            double sum = 0;
            for (int index : chosen) {
                sum += scores[index];
            }
            all++;
            atLeast += sum >= observed - ROUNDING ? 1 : 0;
            int last = half - 1;
            while (last >= 0 && chosen[last] == scores.length - half + last) {
                last--;
            }
            if (last < 0) {
                return (double) atLeast / all;
            }
            chosen[last]++;
            for (int i = last + 1; i < half; i++) {
                chosen[i] = chosen[i - 1] + 1;
            }
        }
    }

    private static double drawn(double[] scores, int half, double observed) {
        SplittableRandom random = new SplittableRandom(scores.length);
        double[] shuffled = scores.clone();
        int atLeast = 1;
        for (int draw = 1; draw < DRAWS; draw++) {
            for (int i = 0; i < half; i++) {
                int other = i + random.nextInt(shuffled.length - i);
                double kept = shuffled[i];
                shuffled[i] = shuffled[other];
                shuffled[other] = kept;
            }
            atLeast += sum(shuffled, 0, half) >= observed - ROUNDING ? 1 : 0;
        }
        return (double) atLeast / DRAWS;
    }
}
