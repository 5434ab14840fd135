package dev.fovea.models;

import dev.fovea.models.check.Arguments;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Compares embeddings. */
public final class Vectors {

    private Vectors() {}

    /**
     * One of the nearest vectors.
     *
     * @param index of the vector among those that were compared
     * @param cosine of the angle between it and the query
     */
    public record Neighbour(int index, float cosine) {}

    /**
     * Returns the cosine of the angle between two vectors, from -1 to 1. They need not have unit length; a vector of
     * zeros has the cosine 0 with every other.
     *
     * @throws IllegalArgumentException if one is longer than the other
     */
    public static float cosine(float[] a, float[] b) {
        Arguments.present(a, "a");
        Arguments.present(b, "b");
        if (a.length != b.length) {
            throw new IllegalArgumentException(
                    "vectors of " + a.length + " and " + b.length + " numbers; expected one length");
        }
        double product = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            squaresA += (double) a[i] * a[i];
            squaresB += (double) b[i] * b[i];
        }
        double lengths = Math.sqrt(squaresA * squaresB);
        return lengths == 0 ? 0 : (float) Math.clamp(product / lengths, -1, 1);
    }

    /**
     * Finds the vectors with the largest cosines to a query, by comparing all of them.
     *
     * @param count how many at most, at least 1
     * @return the nearest first, in the order given where equal
     * @throws IllegalArgumentException if a vector has another length than the query
     */
    public static List<Neighbour> nearest(float[] query, List<float[]> vectors, int count) {
        Arguments.present(query, "query");
        Arguments.present(vectors, "vectors");
        if (count < 1) {
            throw new IllegalArgumentException("count is " + count + "; expected at least 1");
        }
        Comparator<Neighbour> worstFirst =
                Comparator.comparing(Neighbour::cosine).thenComparing(Neighbour::index, Comparator.reverseOrder());
        PriorityQueue<Neighbour> best = new PriorityQueue<>(worstFirst);
        for (int i = 0; i < vectors.size(); i++) {
            best.add(new Neighbour(i, cosine(query, vectors.get(i))));
            if (best.size() > count) {
                best.remove();
            }
        }
        List<Neighbour> nearest = new ArrayList<>(best);
        nearest.sort(worstFirst.reversed());
        return nearest;
    }
}
