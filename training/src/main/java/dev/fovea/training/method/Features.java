package dev.fovea.training.method;

import dev.fovea.training.numerics.Matrices;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Features of pictures with the classes that they show.
 *
 * @param rows {@code [pictures, features]}
 * @param columns the same numbers as {@code [features, pictures]}
 * @param classes index of the class of each picture
 */
public record Features(double[][] rows, double[][] columns, int[] classes) {

    /** Copies features. */
    public static Features of(List<float[]> features, int[] classes) {
        return of(Matrices.of(features), classes);
    }

    static Features of(double[][] rows, int[] classes) {
        return new Features(rows, Matrices.transposed(rows), classes);
    }

    /** Returns the number of pictures. */
    public int size() {
        return classes.length;
    }

    /** Returns whether there is no picture. */
    public boolean isEmpty() {
        return classes.length == 0;
    }

    /** Returns some of the pictures, in the order of their indices. */
    Features at(int[] indices) {
        return of(
                IntStream.of(indices).mapToObj(i -> rows[i]).toArray(double[][]::new),
                IntStream.of(indices).map(i -> classes[i]).toArray());
    }

    /** Returns these pictures and those of another set behind them. */
    public Features and(Features others) {
        return of(
                IntStream.range(0, size() + others.size())
                        .mapToObj(i -> i < size() ? rows[i] : others.rows[i - size()])
                        .toArray(double[][]::new),
                IntStream.concat(IntStream.of(classes), IntStream.of(others.classes))
                        .toArray());
    }
}
