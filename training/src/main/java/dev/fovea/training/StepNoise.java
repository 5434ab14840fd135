package dev.fovea.training;

import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.training.numerics.KeyedRandom;
import dev.fovea.training.tape.Tape;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * What is random in a step of a training. All of it follows from the seed, the step and the example or the pass, so
 * that a training that goes on after an interruption draws what it would have drawn, and a part of a batch that is
 * computed twice is the same twice.
 *
 * @param dropout share of the inputs of low-rank additions that is left out
 */
record StepNoise(Augmentation augmentation, double dropout, long seed) {

    /** The step of what is not learned from: nothing is random there. */
    static final int NONE = -1;

    private static final int VIEWS = 1;
    private static final int PASSES = 2;

    /** Returns whether pictures look different each time. */
    boolean changesPictures() {
        return !augmentation.equals(Augmentation.NONE);
    }

    /**
     * Returns the pixels of pictures, as they are or changed at random.
     *
     * @param numbers of the pictures among all
     * @param step number of the step, or {@link #NONE}
     */
    float[] pixels(Preprocessing preprocessing, List<? extends PictureInput> pictures, int[] numbers, int step) {
        if (step == NONE) {
            return preprocessing.applyAll(pictures);
        }
        long[] keys = Arrays.stream(numbers)
                .mapToLong(number -> KeyedRandom.key(seed, VIEWS, step, number))
                .toArray();
        return augmentation.pixels(preprocessing, pictures, keys);
    }

    /**
     * Does the forward passes of some part of a step. The same part of the same step leaves out the same inputs.
     *
     * @param step number of the step, or {@link #NONE}
     * @param part number of the part
     */
    <T> T passes(Tape tape, int step, int part, Supplier<T> work) {
        return step == NONE || dropout == 0
                ? work.get()
                : tape.dropout(dropout, KeyedRandom.key(seed, PASSES, step, part), work);
    }
}
