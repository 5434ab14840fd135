package dev.fovea.training.method;

import dev.fovea.training.numerics.AdamW;
import dev.fovea.training.numerics.CrossEntropy;
import dev.fovea.training.numerics.Matrices;

/**
 * ProLIP (Fahes et al. 2025): only the projection P of the image tower is trained, on its pooled outputs x,
 *
 * <pre>mean CE(s · normalize(P x) Tᵀ) + λ ‖P - P₀‖²</pre>
 *
 * with λ one over the pictures of a class, Adam with ε 1e-4, a rate that falls along a cosine, and 300 steps over all
 * pictures.
 */
public final class ProjectionTuning {

    /** Steps over all pictures. */
    public static final int STEPS = 300;

    /** Rate where nothing chooses one. */
    public static final double RATE = 1e-3;

    /** Rates that validation pictures choose among. */
    private static final double[] RATES = {1e-5, 1e-4, 1e-3, 1e-2};

    private static final double EPSILON = 1e-4;

    private final Features pooled;
    private final double[][] start;
    private final double[][] text;
    private final double[][] textColumns;
    private final double factor;
    private final double penalty;
    private final double[][] projection;
    private final AdamW optimizer;

    /**
     * Starts.
     *
     * @param pooled x, {@code [pictures, hidden]}
     * @param projection P₀, {@code [dimension, hidden]}
     * @param text T, unit vectors of the classes, {@code [classes, dimension]}
     * @param factor s, what cosines are multiplied with
     */
    public ProjectionTuning(Features pooled, double[][] projection, double[][] text, double factor) {
        this.pooled = pooled;
        this.start = projection;
        this.text = text;
        this.textColumns = Matrices.transposed(text);
        this.factor = factor;
        this.penalty = (double) text.length / pooled.size();
        this.projection = Matrices.copy(projection);
        optimizer = new AdamW(projection, EPSILON, 0);
    }

    /** Returns the logits {@code [classes, pictures]} of pooled outputs. */
    public static double[][] logits(Features pooled, double[][] projection, double[][] text, double factor) {
        double[][] embeddings = Matrices.times(projection, pooled.columns());
        normalize(embeddings);
        return Matrices.scaled(Matrices.times(text, embeddings), factor);
    }

    /** Brings columns to unit length and returns their former lengths. */
    private static double[] normalize(double[][] columns) {
        double[] lengths = new double[columns[0].length];
        for (double[] row : columns) {
            for (int n = 0; n < lengths.length; n++) {
                lengths[n] += row[n] * row[n];
            }
        }
        for (int n = 0; n < lengths.length; n++) {
            lengths[n] = Math.max(Math.sqrt(lengths[n]), 1e-12);
        }
        for (double[] row : columns) {
            for (int n = 0; n < lengths.length; n++) {
                row[n] /= lengths[n];
            }
        }
        return lengths;
    }

    /** Takes a step and returns the loss before it, with the penalty. */
    public double step(double rate) {
        double[][] embeddings = Matrices.times(projection, pooled.columns()); // y = P x / ‖P x‖, [dimension, pictures]
        double[] lengths = normalize(embeddings);
        double[][] slopes = Matrices.scaled(Matrices.times(text, embeddings), factor);
        double loss = CrossEntropy.gradient(slopes, pooled.classes());
        double[][] gradient = Matrices.scaled(Matrices.times(textColumns, slopes), factor); // with respect to y
        double[] along = new double[lengths.length]; //                               y·dy
        for (int i = 0; i < gradient.length; i++) {
            for (int n = 0; n < lengths.length; n++) {
                along[n] += embeddings[i][n] * gradient[i][n];
            }
        }
        for (int i = 0; i < gradient.length; i++) {
            for (int n = 0; n < lengths.length; n++) {
                gradient[i][n] = (gradient[i][n] - embeddings[i][n] * along[n]) / lengths[n];
            }
        }
        double[][] change = Matrices.times(gradient, pooled.rows());
        for (int i = 0; i < change.length; i++) {
            for (int j = 0; j < change[i].length; j++) {
                double difference = projection[i][j] - start[i][j];
                loss += penalty * difference * difference;
                change[i][j] += 2 * penalty * difference;
            }
        }
        optimizer.step(projection, change, rate);
        return loss;
    }

    /** Trains from the start that the projection has now; of a descent that diverges the best state is taken. */
    public DescentResult<double[][]> train(int steps, double rate) {
        Descent descent = new Descent(false);
        for (int step = 0; step < steps; step++) {
            double[][] before = Matrices.copy(projection);
            if (!descent.reach(step(AdamW.cosine(rate, step, steps)), null, before)) {
                break;
            }
        }
        return new DescentResult<>(descent.result(projection), descent.diverged(), descent.steps());
    }

    /** The result of the rate that was chosen. */
    public record Choice(double rate, DescentResult<double[][]> outcome) {}

    /** Trains with rates of 10⁻⁵ to 10⁻² and takes the one whose result is best on validation pictures. */
    public static Choice choose(
            Features pooled, Features validation, double[][] projection, double[][] text, double factor, int steps) {
        Choice best = null;
        Score score = Score.NONE;
        for (double rate : RATES) {
            DescentResult<double[][]> outcome =
                    new ProjectionTuning(pooled, projection, text, factor).train(steps, rate);
            Score tried = Score.of(logits(validation, outcome.result(), text, factor), validation.classes());
            if (tried.beats(score)) {
                score = tried;
                best = new Choice(rate, outcome);
            }
        }
        return best;
    }
}
