package dev.fovea.studio.inside;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Compares the order of two maps (Spearman 1904): the correlation of their ranks, 1 for the same order, 0 for none in
 * common, -1 for the opposite. Equal numbers share the mean of their ranks.
 */
public final class RankCorrelation {

    private RankCorrelation() {}

    /**
     * Returns the rank correlation of two maps.
     *
     * @return -1 to 1; 0 where one of them is the same everywhere
     */
    public static double of(float[] a, float[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(
                    "maps of " + a.length + " and " + b.length + " numbers; expected as many");
        }
        double[] x = centred(ranks(a));
        double[] y = centred(ranks(b));
        return LinearAlgebra.cosine(x, y);
    }

    private static double[] ranks(float[] values) {
        int[] order = IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparing(i -> values[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] ranks = new double[values.length];
        for (int from = 0; from < order.length; ) {
            int to = from + 1;
            while (to < order.length && values[order[to]] == values[order[from]]) {
                to++;
            }
            for (int i = from; i < to; i++) {
                ranks[order[i]] = (from + to - 1) / 2.0;
            }
            from = to;
        }
        return ranks;
    }

    private static double[] centred(double[] values) {
        double mean = NormWeights.mean(values);
        double[] centred = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            centred[i] = values[i] - mean;
        }
        return centred;
    }
}
