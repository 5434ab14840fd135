package dev.fovea.training;

import java.util.Objects;
import java.util.OptionalDouble;

/**
 * Says how far a training is, after each of its epochs.
 *
 * @param epoch epochs that are done
 * @param epochs all of them
 * @param loss mean of the batches of this epoch
 * @param rate of the last step
 * @param accuracy share of the validation pictures that are classified rightly; empty without any, and where texts are
 *     learned
 * @param validationLoss mean loss of the validation examples; empty without any
 * @param seconds since the training began, or went on
 */
public record TuningProgress(
        int epoch,
        int epochs,
        double loss,
        double rate,
        OptionalDouble accuracy,
        OptionalDouble validationLoss,
        double seconds) {

    /** Checks that accuracy and validation loss are present or empty. */
    public TuningProgress {
        Objects.requireNonNull(accuracy, "accuracy is null");
        Objects.requireNonNull(validationLoss, "validationLoss is null");
    }
}
