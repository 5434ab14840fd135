package dev.fovea.tensor;

/** Computes the error function in double precision, for definitions and tests. */
final class ErrorFunction {

    private ErrorFunction() {}

    /**
     * Returns {@code 2/sqrt(pi)} times the integral of {@code exp(-t^2)} from 0 to x, to about 1e-15. Small arguments
     * take the Maclaurin series; large ones take the continued fraction of erfc, evaluated from its tail (Abramowitz
     * and Stegun 7.1.5 and 7.1.14).
     */
    static double erf(double x) {
        double magnitude = Math.abs(x);
        if (Double.isNaN(x)) {
            return x;
        }
        if (magnitude < 2.5) {
            double square = x * x;
            double term = x;
            double sum = x;
            for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
                term *= -square / n;
                sum += term / (2 * n + 1);
            }
            return 2 / Math.sqrt(Math.PI) * sum;
        }
        double tail = 0;
        for (int n = 60; n > 0; n--) {
            tail = n / 2.0 / (magnitude + tail);
        }
        return Math.copySign(1 - Math.exp(-x * x) / (Math.sqrt(Math.PI) * (magnitude + tail)), x);
    }
}
