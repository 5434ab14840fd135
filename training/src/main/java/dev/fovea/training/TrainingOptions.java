package dev.fovea.training;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Says what trainings by epochs have in common: {@link LoraOptions} and {@link FullOptions}. Immutable: each
 * {@code with} method makes another one.
 *
 * @param <T> the kind of options
 */
public sealed interface TrainingOptions<T extends TrainingOptions<T>> permits LoraOptions, FullOptions {

    /** Returns the passes over the examples. */
    int epochs();

    /** Returns the highest rate. */
    double rate();

    /** Returns the examples of a step. */
    int batch();

    /** Returns the epochs without a better validation that end the training; 0 for any number. */
    int patience();

    /** Returns how pictures are changed when they are learned. */
    Augmentation augmentation();

    /** Returns the file that the training is kept in; empty for none. */
    Optional<Path> state();

    /** Sets the passes over the examples. */
    T withEpochs(int number);

    /** Sets the highest rate. */
    T withRate(double number);

    /** Sets the examples of a step. */
    T withBatch(int number);

    /** Sets the weight decay. */
    T withDecay(double number);

    /** Sets the seed. */
    T withSeed(long number);

    /** Sets the share of what was learned that is kept in the end (WiSE-FT, Wortsman et al. 2022). */
    T withInterpolation(double share);

    /** Ends the training when a number of epochs in a row were no better on validation examples; 0 for never. */
    T withPatience(int number);

    /** Sets how pictures are changed when they are learned. */
    T withAugmentation(Augmentation views);

    /**
     * Keeps the training in a file after each epoch. If the file is there already, the training goes on where that one
     * stopped, with the bits that it would have had without stopping. Where an epoch before was better than the last,
     * its file stays beside this one, as {@code FILE.best}, and memory does not hold its values.
     */
    T withState(Path file);
}
