package dev.fovea.models.decoding;

import dev.fovea.models.generation.GenerationOptions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Turns scores into those that tokens are drawn by: temperature, then the filters in the order in which transformers
 * applies them. Filtered tokens get the score negative infinity.
 */
final class SamplingFilters {

    private static final float NEVER = Float.NEGATIVE_INFINITY;

    private final GenerationOptions options;
    private final int keep;

    /**
     * Makes the filters.
     *
     * @param keep the fewest tokens that every filter leaves
     */
    SamplingFilters(GenerationOptions options, int keep) {
        this.options = options;
        this.keep = keep;
    }

    /** Changes scores to those that tokens are drawn by. */
    void apply(float[] scores) {
        if (options.temperature() != 1) {
            divideByTemperature(scores);
        }
        if (options.topK() > 0) {
            keepTopK(scores, Math.min(scores.length, Math.max(options.topK(), keep)));
        }
        if (options.topP() < 1) {
            keepTopP(scores);
        }
        if (options.minP() > 0) {
            keepMinP(scores);
        }
        if (options.typicalP() < 1) {
            keepTypical(scores);
        }
    }

    /**
     * Divides by the temperature. Where that is so low that a float cannot hold the quotients, the differences to the
     * largest score are divided instead, to the same effect: only the likeliest token remains.
     */
    private void divideByTemperature(float[] scores) {
        float temperature = (float) options.temperature();
        float largest = NEVER;
        float extent = 0;
        for (float score : scores) {
            largest = Math.max(largest, score);
            extent = score == NEVER ? extent : Math.max(extent, Math.abs(score));
        }
        boolean fits = temperature > 0 && Float.isFinite(extent / temperature);
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] != NEVER) {
                scores[i] = fits
                        ? scores[i] / temperature
                        : (float) (((double) scores[i] - largest) / options.temperature());
            }
        }
    }

    /** Applies top-k (Fan et al. 2018): keeps the k largest scores, and any that equals the last of them. */
    private static void keepTopK(float[] scores, int k) {
        float[] sorted = scores.clone();
        Arrays.sort(sorted);
        float least = sorted[sorted.length - k];
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] < least) {
                scores[i] = NEVER;
            }
        }
    }

    /**
     * Applies top-p, or nucleus sampling (Holtzman et al. 2020): filters tokens out from the least likely upwards, as
     * long as their probabilities together are at most 1 - p.
     */
    private void keepTopP(float[] scores) {
        int[] ascending = order(scores, scores);
        float total = LogSoftmax.logSumExp(scores);
        double sum = 0;
        for (int i = 0; i < ascending.length - keep; i++) {
            sum += Math.exp(scores[ascending[i]] - total);
            if (sum > 1 - options.topP()) {
                return;
            }
            scores[ascending[i]] = NEVER;
        }
    }

    /** Applies min-p (Nguyen et al. 2024): keeps tokens at least p times as probable as the likeliest one. */
    private void keepMinP(float[] scores) {
        int[] ascending = order(scores, scores);
        double least = Math.log(options.minP()) + scores[ascending[ascending.length - 1]];
        for (int i = 0; i < ascending.length - keep; i++) {
            if (scores[ascending[i]] < least) {
                scores[ascending[i]] = NEVER;
            }
        }
    }

    /**
     * Applies locally typical sampling (Meister et al. 2023): keeps the tokens whose information, {@code -log
     * probability}, is closest to its expectation, the entropy, until their probabilities together reach p.
     */
    private void keepTypical(float[] scores) {
        float total = LogSoftmax.logSumExp(scores);
        double entropy = 0;
        for (float score : scores) {
            double logProbability = score - total;
            if (score != NEVER) {
                entropy -= logProbability * Math.exp(logProbability);
            }
        }
        float[] distance = new float[scores.length];
        for (int i = 0; i < scores.length; i++) {
            distance[i] = (float) Math.abs(total - scores[i] - entropy);
        }
        int[] closest = order(scores, distance);
        double sum = 0;
        int kept = 0;
        while (kept < closest.length && sum < options.typicalP()) {
            sum += Math.exp(scores[closest[kept++]] - total);
        }
        for (int i = Math.max(kept, keep); i < closest.length; i++) {
            scores[closest[i]] = NEVER;
        }
    }

    /** Returns the tokens that are not filtered out yet, ascending by a key. */
    private static int[] order(float[] scores, float[] key) {
        return IntStream.range(0, scores.length)
                .filter(token -> scores[token] != NEVER)
                .boxed()
                .sorted(Comparator.comparingDouble(token -> key[token]))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
