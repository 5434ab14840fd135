package dev.fovea.training;

import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Says how to train all weights of a CLIP. Immutable: each {@code with} method makes another one.
 *
 * @param epochs passes over the pictures
 * @param rate the highest; it rises over the first tenth of the steps and falls along a cosine
 * @param batch pictures of a step
 * @param decay weight decay of matrices; vectors, norms and biases have none, as in open_clip
 * @param seed of the order of the pictures and of augmentation
 * @param interpolation share of the tuned weights in the result, 0 to 1 (WiSE-FT, Wortsman et al. 2022)
 * @param patience epochs in a row that were no better on validation examples which end the training; 0 for any number
 * @param augmentation how pictures are changed when they are learned
 * @param state a file that the training is kept in after each epoch, so that it can go on after an interruption; empty
 *     for none
 */
public record FullOptions(
        int epochs,
        double rate,
        int batch,
        double decay,
        long seed,
        double interpolation,
        int patience,
        Augmentation augmentation,
        Optional<Path> state)
        implements TrainingOptions<FullOptions> {

    /**
     * Ten epochs of batches of 32 pictures as they are, rate 1e-5, decay 0.1: careful, and too little for few pictures
     * or a narrow model. {@link #suggested(Path, int)} chooses rate and epochs for a model and its examples.
     */
    public static final FullOptions DEFAULTS =
            new FullOptions(10, 1e-5, 32, 0.1, 0, 1, 0, Augmentation.NONE, Optional.empty());

    /** The highest rate for a model of a width of 768. */
    private static final double SUGGESTED_RATE = 2.5e-5;

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
    public static FullOptions suggested(Path model, int examples) {
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
    public static FullOptions suggested(Path model, int examples, int batch) {
        FullOptions options = DEFAULTS.withBatch(batch);
        SuggestedTraining suggested = SuggestedTraining.of(model, SUGGESTED_RATE, examples, batch);
        return options.withRate(suggested.rate()).withEpochs(suggested.epochs()).withPatience(suggested.patience());
    }

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if a number is out of its range
     */
    public FullOptions {
        Objects.requireNonNull(augmentation, "augmentation is null");
        Objects.requireNonNull(state, "state is null");
        Ranges.require(epochs >= 1, "epochs", "1 or more", epochs);
        Ranges.require(rate > 0 && Double.isFinite(rate), "rate", "a number above 0", rate);
        Ranges.require(batch >= 1, "batch", "1 or more", batch);
        Ranges.require(decay >= 0 && Double.isFinite(decay), "decay", "0 or more", decay);
        Ranges.require(patience >= 0, "patience", "0 or more", patience);
        Ranges.require(interpolation >= 0 && interpolation <= 1, "interpolation", "0 to 1", interpolation);
    }

    @Override
    public FullOptions withEpochs(int number) {
        return new FullOptions(number, rate, batch, decay, seed, interpolation, patience, augmentation, state);
    }

    @Override
    public FullOptions withRate(double number) {
        return new FullOptions(epochs, number, batch, decay, seed, interpolation, patience, augmentation, state);
    }

    @Override
    public FullOptions withBatch(int number) {
        return new FullOptions(epochs, rate, number, decay, seed, interpolation, patience, augmentation, state);
    }

    @Override
    public FullOptions withDecay(double number) {
        return new FullOptions(epochs, rate, batch, number, seed, interpolation, patience, augmentation, state);
    }

    @Override
    public FullOptions withSeed(long number) {
        return new FullOptions(epochs, rate, batch, decay, number, interpolation, patience, augmentation, state);
    }

    @Override
    public FullOptions withInterpolation(double share) {
        return new FullOptions(epochs, rate, batch, decay, seed, share, patience, augmentation, state);
    }

    @Override
    public FullOptions withPatience(int number) {
        return new FullOptions(epochs, rate, batch, decay, seed, interpolation, number, augmentation, state);
    }

    @Override
    public FullOptions withAugmentation(Augmentation views) {
        return new FullOptions(epochs, rate, batch, decay, seed, interpolation, patience, views, state);
    }

    @Override
    public FullOptions withState(Path file) {
        return withState(Optional.of(Objects.requireNonNull(file, "file is null")));
    }

    private FullOptions withState(Optional<Path> file) {
        return new FullOptions(epochs, rate, batch, decay, seed, interpolation, patience, augmentation, file);
    }

    /** Returns what a loop needs to know. */
    TrainingLoop.Settings settings() {
        String names = withState(Optional.empty()).toString();
        return new TrainingLoop.Settings(names, epochs, rate, batch, seed, patience, state);
    }

    /** Returns what is random in each step. */
    StepNoise noise() {
        return new StepNoise(augmentation, 0, seed);
    }
}
