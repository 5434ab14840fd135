package dev.fovea.studio.inside;

/**
 * Computes a layer norm, {@code gamma (x - mean x) / sigma + beta} (Ba et al. 2016), and what flows back through it.
 *
 * @param gamma factor of each channel
 * @param beta added to each channel
 * @param epsilon added to the variance
 */
record NormWeights(float[] gamma, float[] beta, double epsilon) {

    /** Returns the mean of a vector. */
    static double mean(double[] x) {
        double sum = 0;
        for (double value : x) {
            sum += value;
        }
        return sum / x.length;
    }

    /** Returns the root of the variance plus epsilon, which a vector is divided by. */
    double sigma(double[] x) {
        double mean = mean(x);
        double sum = 0;
        for (double value : x) {
            sum += (value - mean) * (value - mean);
        }
        return Math.sqrt(sum / x.length + epsilon);
    }

    /** Returns the norm of a vector. */
    double[] apply(double[] x) {
        double mean = mean(x);
        double sigma = sigma(x);
        double[] result = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            result[i] = gamma[i] * (x[i] - mean) / sigma + beta[i];
        }
        return result;
    }

    /**
     * Returns the norm as a linear function of its input, its divisor held as it is: with {@code d = gamma g}, {@code g
     * . LN(x) = (d - mean d) . x / sigma + g . beta}.
     *
     * @param x gives the divisor
     * @param g what the norm is multiplied with
     * @return {@code (d - mean d) / sigma}
     */
    double[] linear(double[] x, double[] g) {
        double[] d = new double[g.length];
        for (int i = 0; i < d.length; i++) {
            d[i] = gamma[i] * g[i];
        }
        double mean = mean(d);
        double sigma = sigma(x);
        for (int i = 0; i < d.length; i++) {
            d[i] = (d[i] - mean) / sigma;
        }
        return d;
    }

    /**
     * Returns the gradient at the input of the norm: {@code (d - mean d - xhat mean(d xhat)) / sigma} with {@code d =
     * gamma dy} and {@code xhat = (x - mean x) / sigma}.
     *
     * @param x the input
     * @param dy the gradient at the output
     */
    double[] backward(double[] x, double[] dy) {
        int n = x.length;
        double mean = mean(x);
        double sigma = sigma(x);
        double[] d = new double[n];
        double meanD = 0;
        double meanDx = 0;
        for (int i = 0; i < n; i++) {
            d[i] = gamma[i] * dy[i];
            meanD += d[i] / n;
            meanDx += d[i] * (x[i] - mean) / sigma / n;
        }
        double[] dx = new double[n];
        for (int i = 0; i < n; i++) {
            dx[i] = (d[i] - meanD - (x[i] - mean) / sigma * meanDx) / sigma;
        }
        return dx;
    }
}
