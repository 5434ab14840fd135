package dev.fovea.evaluation.metrics;

import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * Holds a 95% interval of a measured value. It says how far the value may move when other examples of the same kind are
 * drawn, and nothing about examples of another kind.
 *
 * @param low lower end
 * @param high upper end, not below the lower one
 */
public record Interval(double low, double high) {

    /** The quantile of the normal distribution that leaves 2.5% above it. */
    private static final double Z = 1.959963984540054;

    private static final int DRAWS = 1000;
    private static final double TAIL = 0.025;

    /** Checks that the ends are in order. */
    public Interval {
        if (!(low <= high)) {
            throw new IllegalArgumentException("interval from " + low + " to " + high + "; expected low <= high");
        }
    }

    /**
     * Returns the score interval of a share (Wilson 1927), which stays within 0 and 1 and is right for few examples and
     * for shares near the ends, too.
     *
     * @param successes how many of them, at most {@code examples}
     * @param examples at least 1
     */
    public static Interval wilson(long successes, long examples) {
        if (examples < 1 || successes < 0 || successes > examples) {
            throw new IllegalArgumentException(
                    successes + " of " + examples + "; expected at least one example and no more successes");
        }
        double share = (double) successes / examples;
        double squared = Z * Z / examples;
        double centre = (share + squared / 2) / (1 + squared);
        double half = Z / (1 + squared) * Math.sqrt(share * (1 - share) / examples + squared / (4 * examples));
        // At the ends rounding could leave the share outside.
        return new Interval(successes == 0 ? 0 : centre - half, successes == examples ? 1 : centre + half);
    }

    /**
     * Returns the percentile bootstrap interval of a statistic (Efron 1979): it is computed for 1000 draws of as many
     * examples, with replacement, and the middle 95% are the interval. The draws are the same each time.
     *
     * @param examples how many there are, at least 1
     * @param statistic of the examples with these indices, some of them several times, some never; draws whose
     *     statistic is NaN are left out
     */
    public static Interval bootstrap(int examples, ToDoubleFunction<int[]> statistic) {
        Objects.requireNonNull(statistic, "statistic is null");
        if (examples < 1) {
            throw new IllegalArgumentException("no examples; expected at least one");
        }
        SplittableRandom random = new SplittableRandom(examples);
        double[] found = new double[DRAWS];
        int[] drawn = new int[examples];
        for (int draw = 0; draw < DRAWS; draw++) {
            for (int i = 0; i < examples; i++) {
                drawn[i] = random.nextInt(examples);
            }
            found[draw] = statistic.applyAsDouble(drawn);
        }
        double[] sorted = Arrays.stream(found)
                .filter(value -> !Double.isNaN(value))
                .sorted()
                .toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("the statistic is NaN for every draw; expected numbers");
        }
        return new Interval(quantile(sorted, TAIL), quantile(sorted, 1 - TAIL));
    }

    /** Returns a quantile of sorted values, between two of them in a straight line. */
    private static double quantile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
