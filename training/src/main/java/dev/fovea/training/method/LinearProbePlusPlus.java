package dev.fovea.training.method;

import dev.fovea.training.numerics.CrossEntropy;
import dev.fovea.training.numerics.Matrices;
import java.util.Arrays;

/**
 * LP++ (Huang et al. 2024): a linear probe and a learned weight for the text of each class,
 *
 * <pre>logits_k = w_k·f + b_k + α_k f·t_k,   mean CE over all N pictures at every step</pre>
 *
 * Nothing is searched: w_k starts as the sum of the class's features, b at 0, α at 250 times the mean over classes of
 * the mean f·t_k of their own pictures. W and b take steps of 4N / λmax(FᵀF) with momentum 0.9; every tenth step α
 * takes one of N / (4 max_k Σ_i (f_i·t_k)²). The state that is best on validation pictures is kept.
 */
public final class LinearProbePlusPlus {

    /** Steps over all pictures. */
    public static final int STEPS = 300;

    private static final double MOMENTUM = 0.9;
    private static final int TEXT_EVERY = 10;
    private static final double TEXT_START = 250;

    private final Features features;
    private final double[][] text;
    private final double[][] similarities;
    private final double rate;
    private final double textRate;
    private final int width;

    /** W, b and α side by side: {@code [classes, width + 2]}. */
    private final double[][] state;

    private final double[][] momentum;
    private int steps;

    /**
     * Starts.
     *
     * @param text T, unit vectors of the classes, {@code [classes, width]}
     */
    public LinearProbePlusPlus(Features features, double[][] text) {
        this.features = features;
        this.text = text;
        width = text[0].length;
        int classes = text.length;
        int[] targets = features.classes();
        similarities = Matrices.times(text, features.columns());
        state = new double[classes][width + 2];
        momentum = new double[classes][];
        double[] own = new double[classes];
        int[] counts = new int[classes];
        for (int n = 0; n < targets.length; n++) {
            double[] sum = state[targets[n]];
            for (int j = 0; j < width; j++) {
                sum[j] += features.rows()[n][j];
            }
            own[targets[n]] += similarities[targets[n]][n];
            counts[targets[n]]++;
        }
        double mean = 0;
        double squares = 0;
        for (int k = 0; k < classes; k++) {
            mean += own[k] / counts[k] / classes;
            squares = Math.max(squares, Matrices.dot(similarities[k], similarities[k]));
        }
        for (double[] row : state) {
            row[width + 1] = TEXT_START * mean;
        }
        rate = 4 * targets.length / Matrices.largestEigenvalue(features.rows());
        textRate = targets.length / (4 * squares);
    }

    /** Takes a step and returns the loss before it. */
    public double step() {
        double[][] slopes = logits(features, similarities);
        double loss = CrossEntropy.gradient(slopes, features.classes());
        double[][] weights = Matrices.times(slopes, features.rows());
        steps++;
        for (int k = 0; k < state.length; k++) {
            double[] gradient = Arrays.copyOf(weights[k], width + 1);
            gradient[width] = Arrays.stream(slopes[k]).sum();
            if (momentum[k] == null) {
                momentum[k] = gradient;
            } else {
                for (int j = 0; j <= width; j++) {
                    momentum[k][j] = MOMENTUM * momentum[k][j] + gradient[j];
                }
            }
            for (int j = 0; j <= width; j++) {
                state[k][j] -= rate * momentum[k][j];
            }
            if (steps % TEXT_EVERY == 0) {
                state[k][width + 1] -= textRate * Matrices.dot(slopes[k], similarities[k]);
            }
        }
        return loss;
    }

    private double[][] logits(Features of, double[][] textSimilarities) {
        double[][] logits = Matrices.times(weight(state), of.columns());
        for (int k = 0; k < logits.length; k++) {
            Matrices.add(logits[k], state[k][width + 1], textSimilarities[k]);
            for (int n = 0; n < logits[k].length; n++) {
                logits[k][n] += state[k][width];
            }
        }
        return logits;
    }

    private double[][] weight(double[][] from) {
        return Arrays.stream(from).map(row -> Arrays.copyOf(row, width)).toArray(double[][]::new);
    }

    /** Returns the present state as one layer, W + diag(α) T and b. */
    public Layer layer() {
        return layer(state);
    }

    private Layer layer(double[][] from) {
        double[][] folded = weight(from);
        double[] bias = new double[from.length];
        for (int k = 0; k < from.length; k++) {
            Matrices.add(folded[k], from[k][width + 1], text[k]);
            bias[k] = from[k][width];
        }
        return new Layer(folded, bias);
    }

    /**
     * Trains.
     *
     * @param validation pictures that choose the state; none takes the last
     * @param most steps
     */
    public DescentResult<Layer> train(Features validation, int most) {
        Descent descent = new Descent(!validation.isEmpty());
        double[][] seen = validation.isEmpty() ? null : Matrices.times(text, validation.columns());
        for (int step = 0; step < most; step++) {
            double[][] before = Matrices.copy(state);
            Score score = seen == null ? null : Score.of(logits(validation, seen), validation.classes());
            if (!descent.reach(step(), score, before)) {
                break;
            }
        }
        if (!descent.diverged() && seen != null) {
            Score last = Score.of(logits(validation, seen), validation.classes());
            descent.reach(0, last, state);
        }
        return new DescentResult<>(layer(descent.result(state)), descent.diverged(), steps);
    }
}
