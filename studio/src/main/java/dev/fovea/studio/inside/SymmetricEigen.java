package dev.fovea.studio.inside;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Finds the eigenvectors of a small symmetric matrix by Jacobi's rotations (Golub and Van Loan 2013, section 8.5). */
final class SymmetricEigen {

    private static final int SWEEPS = 50;

    private SymmetricEigen() {}

    /**
     * Returns the eigenvectors as rows, that of the largest eigenvalue first.
     *
     * @param matrix symmetric; is changed
     */
    static double[][] vectors(double[][] matrix) {
        int n = matrix.length;
        double[][] vectors = new double[n][n];
        for (int i = 0; i < n; i++) {
            vectors[i][i] = 1;
        }
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            boolean diagonal = true;
            for (int p = 0; p < n; p++) {
                for (int q = p + 1; q < n; q++) {
                    if (Math.abs(matrix[p][q]) > 1e-15 * Math.sqrt(Math.abs(matrix[p][p] * matrix[q][q]))) {
                        diagonal = false;
                        rotate(matrix, vectors, p, q);
                    }
                }
            }
            if (diagonal) {
                break;
            }
        }
        return IntStream.range(0, n)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -matrix[i][i]))
                .map(i -> vectors[i])
                .toArray(double[][]::new);
    }

    /** Makes an element off the diagonal 0; rows of {@code vectors} turn along. */
    private static void rotate(double[][] a, double[][] vectors, int p, int q) {
        double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        double t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        double c = 1 / Math.sqrt(t * t + 1);
        double s = t * c;
        for (int k = 0; k < a.length; k++) {
            double kp = a[k][p];
            double kq = a[k][q];
            a[k][p] = c * kp - s * kq;
            a[k][q] = s * kp + c * kq;
        }
        for (int k = 0; k < a.length; k++) {
            double pk = a[p][k];
            double qk = a[q][k];
            a[p][k] = c * pk - s * qk;
            a[q][k] = s * pk + c * qk;
            double vp = vectors[p][k];
            double vq = vectors[q][k];
            vectors[p][k] = c * vp - s * vq;
            vectors[q][k] = s * vp + c * vq;
        }
    }
}
