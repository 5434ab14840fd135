package dev.fovea.training.method;

import dev.fovea.training.numerics.AdamW;
import dev.fovea.training.numerics.CrossEntropy;
import dev.fovea.training.numerics.Matrices;
import java.util.Arrays;
import java.util.Random;

/**
 * Tip-Adapter (Zhang et al. 2022): the pictures themselves are the keys of a cache,
 *
 * <pre>logits_k = s f·t_k + α Σ_{i of class k} exp(-β (1 - f·key_i))</pre>
 *
 * Tip-Adapter-F trains the keys: mean CE, AdamW with ε 1e-4 and a weight decay of 0.01, the rate falls along a cosine.
 */
public final class TipAdapter {

    /** α where nothing chooses it. */
    public static final double ALPHA = 1;

    /** β where nothing chooses it. */
    public static final double BETA = 5.5;

    /** Epochs of Tip-Adapter-F. */
    public static final int EPOCHS = 20;

    /** Pictures of a step of Tip-Adapter-F. */
    public static final int BATCH = 256;

    /** Rate of Tip-Adapter-F. */
    public static final double RATE = 1e-3;

    private static final double EPSILON = 1e-4;
    private static final double DECAY = 1e-2;

    private final int[] keyClasses;
    private final double[][] text;
    private final double factor;
    private final double[][] keys;
    private final AdamW optimizer;

    /**
     * Takes pictures as keys.
     *
     * @param text T, unit vectors of the classes, {@code [classes, features]}
     * @param factor s, what cosines are multiplied with
     */
    public TipAdapter(Features pictures, double[][] text, double factor) {
        keyClasses = pictures.classes();
        keys = Matrices.copy(pictures.rows());
        this.text = text;
        this.factor = factor;
        optimizer = new AdamW(keys, EPSILON, DECAY);
    }

    /**
     * Holds the weights of the cache.
     *
     * @param alpha α
     * @param beta β
     */
    public record Weights(double alpha, double beta) {

        /** Those to take where nothing chooses them. */
        public static final Weights DEFAULT = new Weights(ALPHA, BETA);
    }

    /** Weights and how well they did. */
    public record Choice(Weights weights, Score score) {}

    /** Returns the keys {@code [keys, features]}. */
    public double[][] keys() {
        return keys;
    }

    /**
     * Chooses α of 0 and 0.1 to 100, six to a decade, and β of 0.5 to 64, two to an octave, by validation pictures. The
     * paper's program tries even steps up to limits that it sets for each data set.
     */
    public Choice choose(Features validation) {
        double[][] zeroShot = zeroShot(validation);
        double[][] similarities = Matrices.times(keys, validation.columns());
        Choice best = new Choice(new Weights(0, BETA), Score.of(zeroShot, validation.classes()));
        for (int octave = 0; octave <= 14; octave++) {
            double beta = 0.5 * Math.pow(2, octave / 2.0);
            double[][] votes = new double[text.length][validation.size()];
            for (int i = 0; i < keys.length; i++) {
                for (int n = 0; n < validation.size(); n++) {
                    votes[keyClasses[i]][n] += Math.exp(-beta * (1 - similarities[i][n]));
                }
            }
            for (int sixth = 0; sixth <= 18; sixth++) {
                double alpha = 0.1 * Math.pow(10, sixth / 6.0);
                double[][] logits = Matrices.copy(zeroShot);
                for (int k = 0; k < logits.length; k++) {
                    Matrices.add(logits[k], alpha, votes[k]);
                }
                Score score = Score.of(logits, validation.classes());
                if (score.beats(best.score)) {
                    best = new Choice(new Weights(alpha, beta), score);
                }
            }
        }
        return best;
    }

    private double[][] zeroShot(Features features) {
        return Matrices.scaled(Matrices.times(text, features.columns()), factor);
    }

    /**
     * Takes a step of Tip-Adapter-F and returns the loss before it.
     *
     * @param batch pictures of this step
     */
    public double step(Features batch, Weights weights, double rate) {
        double[][] slopes = zeroShot(batch);
        double[][] votes = Matrices.times(keys, batch.columns()); // f·key, then its vote α exp(...)
        for (int i = 0; i < keys.length; i++) {
            double[] vote = votes[i];
            double[] sum = slopes[keyClasses[i]];
            for (int n = 0; n < vote.length; n++) {
                vote[n] = weights.alpha * Math.exp(-weights.beta * (1 - vote[n]));
                sum[n] += vote[n];
            }
        }
        double loss = CrossEntropy.gradient(slopes, batch.classes());
        for (int i = 0; i < keys.length; i++) {
            for (int n = 0; n < votes[i].length; n++) {
                votes[i][n] *= weights.beta * slopes[keyClasses[i]][n];
            }
        }
        optimizer.step(keys, Matrices.times(votes, batch.rows()), rate);
        return loss;
    }

    /**
     * Trains the keys; afterwards α and β are to be chosen again.
     *
     * @param training pictures of the steps, the ones that were taken as keys
     * @param validation pictures that choose the epoch; none takes the last
     * @param batch pictures of a step, in an order that the seed draws anew for each epoch
     */
    public DescentResult<double[][]> train(
            Features training, Features validation, Weights weights, int epochs, double rate, int batch, long seed) {
        Descent descent = new Descent(!validation.isEmpty());
        Random random = new Random(seed);
        int each = (training.size() + batch - 1) / batch;
        int step = 0;
        for (int epoch = 0; epoch < epochs; epoch++) {
            int[] order = shuffled(training.size(), random);
            double[][] before = Matrices.copy(keys);
            Score score = validation.isEmpty() ? null : score(validation, weights);
            double loss = 0;
            for (int part = 0; part < each; part++) {
                int[] indices = Arrays.copyOfRange(order, part * batch, Math.min(order.length, (part + 1) * batch));
                loss += step(training.at(indices), weights, AdamW.cosine(rate, step++, epochs * each)) / each;
            }
            if (!descent.reach(loss, score, before)) {
                break;
            }
        }
        if (!descent.diverged() && !validation.isEmpty()) {
            descent.reach(0, score(validation, weights), keys);
        }
        double[][] result = Matrices.copy(descent.result(keys));
        System.arraycopy(result, 0, keys, 0, keys.length);
        return new DescentResult<>(keys, descent.diverged(), step);
    }

    private Score score(Features validation, Weights weights) {
        double[][] logits = zeroShot(validation);
        double[][] similarities = Matrices.times(keys, validation.columns());
        for (int i = 0; i < keys.length; i++) {
            for (int n = 0; n < validation.size(); n++) {
                logits[keyClasses[i]][n] += weights.alpha * Math.exp(-weights.beta * (1 - similarities[i][n]));
            }
        }
        return Score.of(logits, validation.classes());
    }

    private static int[] shuffled(int size, Random random) {
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
