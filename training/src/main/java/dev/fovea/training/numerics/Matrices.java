package dev.fovea.training.numerics;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Multiplies matrices of doubles that are arrays of rows. Work is split over rows of the result, and each number is
 * summed in one order, so that results have the same bits at any number of threads.
 *
 * <pre>
 * for rows of C in parallel        (rows)
 *   for blocks of 64 k             (rows of B that stay in the nearest cache)
 *     for i, for k by fours        C[i, :] += A[i, k] B[k, :] + ... + A[i, k + 3] B[k + 3, :]
 * </pre>
 */
public final class Matrices {

    private static final int BLOCK = 64;

    /** Multiply-adds below which splitting costs more than it brings. */
    private static final long PARALLEL = 1L << 18;

    /** Parts that rows are split into, some for each thread. */
    private static final int TASKS = 64;

    private Matrices() {}

    /** Copies vectors as the rows of a matrix. */
    public static double[][] of(List<float[]> rows) {
        return rows.stream()
                .map(row ->
                        IntStream.range(0, row.length).mapToDouble(i -> row[i]).toArray())
                .toArray(double[][]::new);
    }

    /** Returns C = A B. */
    public static double[][] times(double[][] a, double[][] b) {
        int rows = a.length;
        int inner = b.length;
        int columns = inner == 0 ? 0 : b[0].length;
        double[][] c = new double[rows][columns];
        boolean split = (long) rows * inner * columns >= PARALLEL;
        int tasks = split ? Math.min(rows, TASKS) : 1;
        IntStream range = IntStream.range(0, tasks);
        (split ? range.parallel() : range)
                .forEach(task -> multiply(a, b, c, rows * task / tasks, rows * (task + 1) / tasks));
        return c;
    }

    private static void multiply(double[][] a, double[][] b, double[][] c, int from, int to) {
        for (int block = 0; block < b.length; block += BLOCK) {
            int end = Math.min(b.length, block + BLOCK);
            for (int i = from; i < to; i++) {
                int k = block;
                for (; k + 4 <= end; k += 4) {
                    addFour(c[i], a[i][k], b[k], a[i][k + 1], b[k + 1], a[i][k + 2], b[k + 2], a[i][k + 3], b[k + 3]);
                }
                for (; k < end; k++) {
                    add(c[i], a[i][k], b[k]);
                }
            }
        }
    }

    private static void addFour(
            double[] c,
            double w0,
            double[] b0,
            double w1,
            double[] b1,
            double w2,
            double[] b2,
            double w3,
            double[] b3) {
        for (int j = 0; j < c.length; j++) {
            c[j] += w0 * b0[j] + w1 * b1[j] + w2 * b2[j] + w3 * b3[j];
        }
    }

    /** Adds a multiple of a vector: c += factor b. */
    public static void add(double[] c, double factor, double[] b) {
        for (int j = 0; j < c.length; j++) {
            c[j] += factor * b[j];
        }
    }

    /** Returns the transpose. */
    public static double[][] transposed(double[][] a) {
        double[][] result = new double[a.length == 0 ? 0 : a[0].length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < result.length; j++) {
                result[j][i] = a[i][j];
            }
        }
        return result;
    }

    /** Returns a copy with rows of its own. */
    public static double[][] copy(double[][] a) {
        double[][] result = new double[a.length][];
        for (int i = 0; i < a.length; i++) {
            result[i] = a[i].clone();
        }
        return result;
    }

    /** Returns factor a. */
    public static double[][] scaled(double[][] a, double factor) {
        double[][] result = new double[a.length][];
        for (int i = 0; i < a.length; i++) {
            result[i] = new double[a[i].length];
            add(result[i], factor, a[i]);
        }
        return result;
    }

    /** Returns (1 - share) a + share b. */
    public static double[][] interpolate(double[][] a, double[][] b, double share) {
        double[][] result = new double[a.length][];
        for (int i = 0; i < a.length; i++) {
            result[i] = new double[a[i].length];
            add(result[i], 1 - share, a[i]);
            add(result[i], share, b[i]);
        }
        return result;
    }

    /** Returns the sum of products of two vectors. */
    public static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** Returns all numbers in f32, in row-major order. */
    public static float[] toFloats(double[][] a) {
        int columns = a.length == 0 ? 0 : a[0].length;
        float[] values = new float[a.length * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) a[i / columns][i % columns];
        }
        return values;
    }

    /**
     * Returns the largest eigenvalue of AᵀA by power iteration, which begins at the sum of the rows.
     *
     * @param a with at least one row that is not zero
     */
    public static double largestEigenvalue(double[][] a) {
        double[] vector = new double[a[0].length];
        for (double[] row : a) {
            add(vector, 1, row);
        }
        double eigenvalue = 0;
        for (int step = 0; step < 1000; step++) {
            double length = Math.sqrt(dot(vector, vector));
            double[] next = new double[vector.length];
            for (double[] row : a) {
                add(next, dot(row, vector) / length, row);
            }
            double before = eigenvalue;
            eigenvalue = dot(next, vector) / length;
            vector = next;
            if (Math.abs(eigenvalue - before) <= 1e-12 * eigenvalue) {
                break;
            }
        }
        return eigenvalue;
    }
}
