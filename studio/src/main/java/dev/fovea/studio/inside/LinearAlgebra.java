package dev.fovea.studio.inside;

/** Computes with vectors and matrices of plain arrays, rows one after the other, in double precision. */
final class LinearAlgebra {

    private LinearAlgebra() {}

    /** Returns the dot product of {@code n} numbers of two arrays, from an offset of each on. */
    static double dot(float[] a, int aFrom, float[] b, int bFrom, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += (double) a[aFrom + i] * b[bFrom + i];
        }
        return sum;
    }

    /** Returns the dot product of numbers of two arrays, from an offset of the second on. */
    static double dot(double[] a, float[] b, int bFrom) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[bFrom + i];
        }
        return sum;
    }

    /** Returns the dot product of two vectors. */
    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** Returns the length of a vector. */
    static double length(double[] a) {
        return Math.sqrt(dot(a, a));
    }

    /** Returns the cosine of the angle between two vectors; 0 if one of them is 0. */
    static double cosine(double[] a, double[] b) {
        double lengths = length(a) * length(b);
        return lengths == 0 ? 0 : dot(a, b) / lengths;
    }

    /** Returns {@code m x} for a matrix of {@code x.length} columns. */
    static double[] multiply(float[] m, double[] x) {
        double[] result = new double[m.length / x.length];
        for (int row = 0; row < result.length; row++) {
            result[row] = dot(x, m, row * x.length);
        }
        return result;
    }

    /** Returns {@code mᵀ x} for a matrix of {@code x.length} rows. */
    static double[] multiplyTransposed(float[] m, double[] x) {
        double[] result = new double[m.length / x.length];
        for (int row = 0; row < x.length; row++) {
            double factor = x[row];
            int from = row * result.length;
            for (int column = 0; column < result.length; column++) {
                result[column] += factor * m[from + column];
            }
        }
        return result;
    }

    /** Returns {@code n} numbers of an array as doubles. */
    static double[] slice(float[] a, int from, int n) {
        double[] result = new double[n];
        for (int i = 0; i < n; i++) {
            result[i] = a[from + i];
        }
        return result;
    }

    /** Adds a vector to another one. */
    static void add(double[] target, float[] other) {
        for (int i = 0; i < target.length; i++) {
            target[i] += other[i];
        }
    }

    /** Returns the sum of two vectors. */
    static double[] plus(double[] a, double[] b) {
        double[] sum = a.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }

    /** Turns scores into weights that sum to 1, in place: {@code exp(x) / sum exp(x)}. */
    static void softmax(double[] scores) {
        double largest = Double.NEGATIVE_INFINITY;
        for (double score : scores) {
            largest = Math.max(largest, score);
        }
        double total = 0;
        for (int i = 0; i < scores.length; i++) {
            scores[i] = Math.exp(scores[i] - largest);
            total += scores[i];
        }
        for (int i = 0; i < scores.length; i++) {
            scores[i] /= total;
        }
    }

    /** Returns a matrix, or a vector of one number a row, with each row multiplied by a factor. */
    static float[] scaledRows(float[] rows, float[] factors) {
        float[] scaled = new float[rows.length];
        int width = rows.length / factors.length;
        for (int i = 0; i < rows.length; i++) {
            scaled[i] = rows[i] * factors[i / width];
        }
        return scaled;
    }

    static float[] floats(double[] values) {
        float[] result = new float[values.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (float) values[i];
        }
        return result;
    }
}
