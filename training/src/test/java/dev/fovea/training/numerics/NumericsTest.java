package dev.fovea.training.numerics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;

class NumericsTest {

    private static double[][] random(int rows, int columns, long seed) {
        Random random = new Random(seed);
        double[][] matrix = new double[rows][columns];
        for (double[] row : matrix) {
            for (int j = 0; j < columns; j++) {
                row[j] = random.nextGaussian();
            }
        }
        return matrix;
    }

    @Test
    void productsAreThoseOfTheDefinitionWithTheSameBitsOnAnyThreads() {
        double[][] a = random(37, 131, 1);
        double[][] b = random(131, 75, 2);
        double[][] product = Matrices.times(a, b);
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < b[0].length; j++) {
                double sum = 0;
                for (int k = 0; k < b.length; k++) {
                    sum += a[i][k] * b[k][j];
                }
                assertEquals(sum, product[i][j], 1e-12);
            }
        }
        for (int threads : new int[] {1, 3}) {
            try (ForkJoinPool pool = new ForkJoinPool(threads)) {
                double[][] again = pool.submit(() -> Matrices.times(a, b)).join();
                for (int i = 0; i < a.length; i++) {
                    assertArrayEquals(product[i], again[i]);
                }
            }
        }
    }

    /** The values of torch 2.15 in f64 for Σθ². */
    @Test
    void adamWTakesTorchsSteps() {
        double[][] point = {{1, -2, 0.5}};
        AdamW optimizer = new AdamW(point, 1e-8, 0.1);
        for (int step = 0; step < 3; step++) {
            double[][] gradient = {{2 * point[0][0], 2 * point[0][1], 2 * point[0][2]}};
            optimizer.step(point, gradient, 0.1);
        }
        assertArrayEquals(new double[] {0.67510122164, -1.644368683561, 0.193415604281}, point[0], 1e-12);
    }

    @Test
    void cosineFallsFromTheRateToZero() {
        assertEquals(0.3, AdamW.cosine(0.3, 0, 10));
        assertEquals(0.15, AdamW.cosine(0.3, 5, 10), 1e-15);
        assertEquals(0, AdamW.cosine(0.3, 10, 10), 1e-15);
    }

    /** Rosenbrock's valley, which gradient descent creeps along. */
    @Test
    void lbfgsFollowsACurvedValley() {
        Lbfgs.Minimum minimum = Lbfgs.minimize(
                (point, gradient) -> {
                    double x = point[0];
                    double y = point[1];
                    gradient[0] = -400 * x * (y - x * x) - 2 * (1 - x);
                    gradient[1] = 200 * (y - x * x);
                    return 100 * (y - x * x) * (y - x * x) + (1 - x) * (1 - x);
                },
                2,
                1e-12,
                200);
        assertArrayEquals(new double[] {1, 1}, minimum.point(), 1e-12);
        assertTrue(minimum.iterations() < 60, minimum.iterations() + " iterations");
    }

    /** Large logits must not overflow; the gradient is that of central differences. */
    @Test
    void crossEntropyHasTheGradientOfItsValue() {
        double[][] logits = {{1000, -3, 0.5}, {999, 2, 0.1}, {-1000, 0, 0.2}};
        int[] targets = {1, 0, 2};
        double[][] gradient = Matrices.copy(logits);
        double loss = CrossEntropy.gradient(gradient, targets);
        assertTrue(Double.isFinite(loss));
        double h = 1e-6;
        for (int k = 0; k < 3; k++) {
            for (int n = 0; n < 3; n++) {
                double[][] above = Matrices.copy(logits);
                double[][] below = Matrices.copy(logits);
                above[k][n] += h;
                below[k][n] -= h;
                double slope =
                        (CrossEntropy.gradient(above, targets) - CrossEntropy.gradient(below, targets)) / (2 * h);
                assertEquals(slope, gradient[k][n], 1e-8);
            }
        }
    }
}
