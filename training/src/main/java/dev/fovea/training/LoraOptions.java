package dev.fovea.training;

import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Says how to train low-rank additions. Immutable: each {@code with} method makes another one.
 *
 * <pre>{@code
 * LoraOptions options = LoraOptions.DEFAULTS.withEpochs(40).withRate(5e-4);
 * }</pre>
 *
 * @param rank of each addition
 * @param alpha an addition is multiplied by alpha / rank
 * @param epochs passes over the pictures
 * @param rate the highest; it rises over the first tenth of the steps and falls along a cosine
 * @param batch pictures of a step
 * @param decay weight decay of AdamW
 * @param seed of the first matrices and of the order of the pictures
 * @param interpolation share of the additions that is kept in the end, 0 to 1
 * @param patience epochs in a row that were no better on validation examples which end the training; 0 for any number
 * @param state a file that the training is kept in after each epoch, so that it can go on after an interruption; empty
 *     for none
 */
public record LoraOptions(
        int rank,
        double alpha,
        int epochs,
        double rate,
        int batch,
        double decay,
        long seed,
        double interpolation,
        int patience,
        Optional<Path> state) {

    /** Rank 4, alpha 8, 20 epochs of batches of 32 pictures, rate 1e-3, decay 0.01. */
    public static final LoraOptions DEFAULTS = new LoraOptions(4, 8, 20, 1e-3, 32, 0.01, 0, 1, 0, Optional.empty());

    /** The highest rate for a model of a width of 768. */
    private static final double SUGGESTED_RATE = 1e-3;

    /**
     * Returns options for a model and a number of examples: the rate falls with the width of the model, there are some
     * 200 steps however few the examples, of which a batch holds a quarter at most, and a fifth of the epochs without a
     * better validation ends the training.
     *
     * @param model folder of the checkpoint that is trained
     * @param examples to learn from
     * @throws FoveaException if the folder holds no checkpoint
     * @throws IllegalArgumentException if there are no examples
     */
    public static LoraOptions suggested(Path model, int examples) {
        return suggested(model, examples, SuggestedTraining.batch(examples, DEFAULTS.batch));
    }

    /**
     * Returns options for a model, a number of examples, and batches of a given size.
     *
     * @param model folder of the checkpoint that is trained
     * @param examples to learn from
     * @param batch examples of a step
     * @throws FoveaException if the folder holds no checkpoint
     * @throws IllegalArgumentException if there are no examples, or no example in a batch
     */
    public static LoraOptions suggested(Path model, int examples, int batch) {
        LoraOptions options = DEFAULTS.withBatch(batch);
        SuggestedTraining suggested = SuggestedTraining.of(model, SUGGESTED_RATE, examples, batch);
        return options.withRate(suggested.rate()).withEpochs(suggested.epochs()).withPatience(suggested.patience());
    }

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if a number is out of its range
     */
    public LoraOptions {
        Objects.requireNonNull(state, "state is null");
        require(rank >= 1, "rank", "1 or more", rank);
        require(alpha > 0 && Double.isFinite(alpha), "alpha", "a number above 0", alpha);
        require(epochs >= 1, "epochs", "1 or more", epochs);
        require(rate > 0 && Double.isFinite(rate), "rate", "a number above 0", rate);
        require(batch >= 1, "batch", "1 or more", batch);
        require(decay >= 0 && Double.isFinite(decay), "decay", "0 or more", decay);
        require(patience >= 0, "patience", "0 or more", patience);
        require(interpolation >= 0 && interpolation <= 1, "interpolation", "0 to 1", interpolation);
    }

    static void require(boolean inside, String name, String range, Object found) {
        if (!inside) {
            throw new IllegalArgumentException(name + " must be " + range + ", found " + found);
        }
    }

    /** Sets the rank. */
    public LoraOptions withRank(int number) {
        return new LoraOptions(number, alpha, epochs, rate, batch, decay, seed, interpolation, patience, state);
    }

    /** Sets alpha. */
    public LoraOptions withAlpha(double number) {
        return new LoraOptions(rank, number, epochs, rate, batch, decay, seed, interpolation, patience, state);
    }

    /** Sets the passes over the pictures. */
    public LoraOptions withEpochs(int number) {
        return new LoraOptions(rank, alpha, number, rate, batch, decay, seed, interpolation, patience, state);
    }

    /** Sets the highest rate. */
    public LoraOptions withRate(double number) {
        return new LoraOptions(rank, alpha, epochs, number, batch, decay, seed, interpolation, patience, state);
    }

    /** Sets the pictures of a step. */
    public LoraOptions withBatch(int number) {
        return new LoraOptions(rank, alpha, epochs, rate, number, decay, seed, interpolation, patience, state);
    }

    /** Sets the weight decay. */
    public LoraOptions withDecay(double number) {
        return new LoraOptions(rank, alpha, epochs, rate, batch, number, seed, interpolation, patience, state);
    }

    /** Sets the seed. */
    public LoraOptions withSeed(long number) {
        return new LoraOptions(rank, alpha, epochs, rate, batch, decay, number, interpolation, patience, state);
    }

    /** Sets the share of the additions that is kept in the end (WiSE-FT, Wortsman et al. 2022). */
    public LoraOptions withInterpolation(double share) {
        return new LoraOptions(rank, alpha, epochs, rate, batch, decay, seed, share, patience, state);
    }

    /** Ends the training when a number of epochs in a row were no better on validation examples; 0 for never. */
    public LoraOptions withPatience(int number) {
        return new LoraOptions(rank, alpha, epochs, rate, batch, decay, seed, interpolation, number, state);
    }

    /**
     * Keeps the training in a file after each epoch. If the file is there already, the training goes on where that one
     * stopped, with the bits that it would have had without stopping.
     */
    public LoraOptions withState(Path file) {
        return withState(Optional.of(Objects.requireNonNull(file, "file is null")));
    }

    LoraOptions withState(Optional<Path> file) {
        return new LoraOptions(rank, alpha, epochs, rate, batch, decay, seed, interpolation, patience, file);
    }

    /** Returns what a loop needs to know. */
    TrainingLoop.Settings settings() {
        String names = withState(Optional.empty()).toString();
        return new TrainingLoop.Settings(names, epochs, rate, batch, seed, patience, state);
    }
}
