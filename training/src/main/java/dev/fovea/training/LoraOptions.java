package dev.fovea.training;

import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Says how to train low-rank additions. Immutable: each {@code with} method makes another one.
 *
 * <pre>{@code
 * LoraOptions options = LoraOptions.suggested(Path.of("clip-vit-base-patch32"), 160).withDropout(0.1);
 * }</pre>
 *
 * @param rank of each addition
 * @param alpha an addition is multiplied by alpha / rank
 * @param dropout share of the numbers that an addition reads which are left out of a step, the others growing
 *     accordingly, from 0 to less than 1; PEFT's {@code lora_dropout}. The additions to queries, keys and values of a
 *     layer leave out the same ones
 * @param epochs passes over the pictures
 * @param rate the highest; it rises over the first tenth of the steps and falls along a cosine
 * @param batch pictures of a step
 * @param decay weight decay of AdamW
 * @param seed of the first matrices, of the order of the pictures, of dropout and of augmentation
 * @param interpolation share of the additions that is kept in the end, 0 to 1
 * @param patience epochs in a row that were no better on validation examples which end the training; 0 for any number
 * @param augmentation how pictures are changed when they are learned
 * @param state a file that the training is kept in after each epoch, so that it can go on after an interruption; empty
 *     for none
 */
public record LoraOptions(
        int rank,
        double alpha,
        double dropout,
        int epochs,
        double rate,
        int batch,
        double decay,
        long seed,
        double interpolation,
        int patience,
        Augmentation augmentation,
        Optional<Path> state)
        implements TrainingOptions<LoraOptions> {

    /**
     * Rank 4, alpha 8, no dropout, 20 epochs of batches of 32 pictures as they are, rate 1e-3, decay 0.01. Rate and
     * epochs suit some hundreds of pictures and a model 768 wide; {@link #suggested(Path, int)} chooses them for
     * others.
     */
    public static final LoraOptions DEFAULTS =
            new LoraOptions(4, 8, 0, 20, 1e-3, 32, 0.01, 0, 1, 0, Augmentation.NONE, Optional.empty());

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
        Objects.requireNonNull(augmentation, "augmentation is null");
        Objects.requireNonNull(state, "state is null");
        Ranges.require(dropout >= 0 && dropout < 1, "dropout", "0 to less than 1", dropout);
        Ranges.require(rank >= 1, "rank", "1 or more", rank);
        Ranges.require(alpha > 0 && Double.isFinite(alpha), "alpha", "a number above 0", alpha);
        Ranges.require(epochs >= 1, "epochs", "1 or more", epochs);
        Ranges.require(rate > 0 && Double.isFinite(rate), "rate", "a number above 0", rate);
        Ranges.require(batch >= 1, "batch", "1 or more", batch);
        Ranges.require(decay >= 0 && Double.isFinite(decay), "decay", "0 or more", decay);
        Ranges.require(patience >= 0, "patience", "0 or more", patience);
        Ranges.require(interpolation >= 0 && interpolation <= 1, "interpolation", "0 to 1", interpolation);
    }

    /** Sets the rank. */
    public LoraOptions withRank(int number) {
        return new LoraOptions(
                number, alpha, dropout, epochs, rate, batch, decay, seed, interpolation, patience, augmentation, state);
    }

    /** Sets alpha. */
    public LoraOptions withAlpha(double number) {
        return new LoraOptions(
                rank, number, dropout, epochs, rate, batch, decay, seed, interpolation, patience, augmentation, state);
    }

    /** Sets the share of numbers that the additions do not read in a step (Srivastava et al. 2014). */
    public LoraOptions withDropout(double share) {
        return new LoraOptions(
                rank, alpha, share, epochs, rate, batch, decay, seed, interpolation, patience, augmentation, state);
    }

    @Override
    public LoraOptions withEpochs(int number) {
        return new LoraOptions(
                rank, alpha, dropout, number, rate, batch, decay, seed, interpolation, patience, augmentation, state);
    }

    @Override
    public LoraOptions withRate(double number) {
        return new LoraOptions(
                rank, alpha, dropout, epochs, number, batch, decay, seed, interpolation, patience, augmentation, state);
    }

    @Override
    public LoraOptions withBatch(int number) {
        return new LoraOptions(
                rank, alpha, dropout, epochs, rate, number, decay, seed, interpolation, patience, augmentation, state);
    }

    @Override
    public LoraOptions withDecay(double number) {
        return new LoraOptions(
                rank, alpha, dropout, epochs, rate, batch, number, seed, interpolation, patience, augmentation, state);
    }

    @Override
    public LoraOptions withSeed(long number) {
        return new LoraOptions(
                rank, alpha, dropout, epochs, rate, batch, decay, number, interpolation, patience, augmentation, state);
    }

    @Override
    public LoraOptions withInterpolation(double share) {
        return new LoraOptions(
                rank, alpha, dropout, epochs, rate, batch, decay, seed, share, patience, augmentation, state);
    }

    @Override
    public LoraOptions withPatience(int number) {
        return new LoraOptions(
                rank, alpha, dropout, epochs, rate, batch, decay, seed, interpolation, number, augmentation, state);
    }

    @Override
    public LoraOptions withAugmentation(Augmentation views) {
        return new LoraOptions(
                rank, alpha, dropout, epochs, rate, batch, decay, seed, interpolation, patience, views, state);
    }

    @Override
    public LoraOptions withState(Path file) {
        return withState(Optional.of(Objects.requireNonNull(file, "file is null")));
    }

    private LoraOptions withState(Optional<Path> file) {
        return new LoraOptions(
                rank, alpha, dropout, epochs, rate, batch, decay, seed, interpolation, patience, augmentation, file);
    }

    /** Returns what a loop needs to know. */
    TrainingLoop.Settings settings() {
        String names = withState(Optional.empty()).toString();
        return new TrainingLoop.Settings(names, epochs, rate, batch, seed, patience, state);
    }

    /** Returns what is random in each step. */
    StepNoise noise() {
        return new StepNoise(augmentation, dropout, seed);
    }
}
