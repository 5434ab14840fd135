package dev.fovea.training.method;

import dev.fovea.training.numerics.CrossEntropy;
import dev.fovea.training.numerics.Lbfgs;
import dev.fovea.training.numerics.Matrices;
import java.util.Arrays;

/**
 * Multinomial logistic regression with an L2 penalty, min over W, b of
 *
 * <pre>Σ_i CE(W f_i + b, y_i) + λ/2 ‖W‖²</pre>
 *
 * as scikit-learn's {@code LogisticRegression} with C = 1/λ; b is free. For two classes scikit-learn fits one vector w
 * with the penalty λ/2 ‖w‖², which is W = (-w/2, w/2) with 2λ in its place.
 */
public final class LogisticRegression {

    /** Penalty where nothing chooses one: CLIP's example has C = 0.316 for features of length 10. */
    public static final double DEFAULT_PENALTY = 0.0316;

    /** Iterations of CLIP's example. */
    public static final int ITERATIONS = 1000;

    /** Largest number of the gradient of the mean loss at the end. */
    public static final double TOLERANCE = 1e-7;

    private LogisticRegression() {}

    /**
     * Holds the optimum.
     *
     * @param objective the sum that is minimised
     * @param converged whether the search ended at the optimum rather than after its last iteration
     */
    public record Fit(Layer layer, double objective, boolean converged) {}

    /**
     * Holds a penalty and how well it did.
     *
     * @param penalty λ
     */
    public record Choice(double penalty, Score score) {}

    /**
     * Finds the optimum.
     *
     * @param classes number of classes, each with a picture
     * @param penalty λ, above 0
     * @param tolerance largest number of the gradient of the mean loss at the end
     */
    public static Fit fit(Features features, int classes, double penalty, double tolerance, int iterations) {
        int width = features.columns().length;
        double share = penalty * (classes == 2 ? 2 : 1) / features.size(); // of the mean loss, not the sum
        Lbfgs.Minimum minimum = Lbfgs.minimize(
                (point, gradient) -> {
                    Layer layer = layer(point, classes, width);
                    double[][] slopes = layer.logits(features);
                    double value = CrossEntropy.gradient(slopes, features.classes());
                    double[][] weights = Matrices.times(slopes, features.rows());
                    for (int k = 0; k < classes; k++) {
                        value += share / 2 * Matrices.dot(layer.weight()[k], layer.weight()[k]);
                        Matrices.add(weights[k], share, layer.weight()[k]);
                        System.arraycopy(weights[k], 0, gradient, k * width, width);
                        gradient[classes * width + k] = Arrays.stream(slopes[k]).sum();
                    }
                    return value;
                },
                classes * (width + 1),
                tolerance,
                iterations);
        boolean converged = minimum.steepest() <= tolerance || minimum.iterations() < iterations;
        return new Fit(layer(minimum.point(), classes, width), minimum.value() * features.size(), converged);
    }

    private static Layer layer(double[] point, int classes, int width) {
        double[][] weight = new double[classes][];
        for (int k = 0; k < classes; k++) {
            weight[k] = Arrays.copyOfRange(point, k * width, (k + 1) * width);
        }
        return new Layer(weight, Arrays.copyOfRange(point, classes * width, point.length));
    }

    /**
     * Chooses the penalty that is best on validation pictures (Radford et al. 2021, appendix A.3): of 10⁻⁶, 10⁻⁴ ...
     * 10⁶ first, then beside the best one in steps that are halved down to an eighth of a decade.
     */
    public static Choice choose(Features training, Features validation, int classes, int iterations) {
        double best = 0;
        Score score = Score.NONE;
        for (int exponent = -6; exponent <= 6; exponent += 2) {
            Score tried = score(training, validation, classes, exponent, iterations);
            if (tried.beats(score)) {
                score = tried;
                best = exponent;
            }
        }
        for (double step = 1; step >= 0.125; step /= 2) {
            double middle = best;
            for (double exponent : new double[] {middle - step, middle + step}) {
                Score tried = score(training, validation, classes, exponent, iterations);
                if (tried.beats(score)) {
                    score = tried;
                    best = exponent;
                }
            }
        }
        return new Choice(Math.pow(10, best), score);
    }

    private static Score score(Features training, Features validation, int classes, double exponent, int iterations) {
        Layer layer = fit(training, classes, Math.pow(10, exponent), TOLERANCE, iterations)
                .layer();
        return Score.of(layer.logits(validation), validation.classes());
    }
}
