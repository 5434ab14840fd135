package dev.fovea.training;

import dev.fovea.models.nn.ConfigFile;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Chooses how long and how fast to train, by two rules:
 *
 * <ul>
 *   <li>the rate falls with the width of the model, as that of AdamW has to for the outputs to change alike (Yang et
 *       al. 2022, "Tensor Programs V", table 3: one over the width);
 *   <li>there are at least {@value #STEPS} steps, however few the examples, and at least {@value #LEAST_EPOCHS} epochs.
 *       So that these are not hundreds of epochs, a batch holds at most a quarter of the examples, but at least {@value
 *       #LEAST_BATCH}; a fifth of the epochs in a row without a better validation ends the training.
 * </ul>
 *
 * @param rate the highest
 * @param patience epochs without a better validation that end the training
 */
record SuggestedTraining(double rate, int epochs, int patience) {

    private static final int STEPS = 200;
    private static final int LEAST_EPOCHS = 3;
    private static final int LEAST_PATIENCE = 5;
    private static final int LEAST_BATCH = 4;
    private static final int BATCHES = 4;

    /** The width that the rates are stated for, that of a ViT-B and of a BERT. */
    private static final double WIDTH = 768;

    /**
     * Chooses.
     *
     * @param model folder of a checkpoint
     * @param rate for a model of a width of 768
     */
    static SuggestedTraining of(Path model, double rate, int examples, int batch) {
        Objects.requireNonNull(model, "model is null");
        if (examples < 1) {
            throw new IllegalArgumentException(examples + " examples; expected one or more");
        }
        int epochs = Math.max(LEAST_EPOCHS, Math.ceilDiv(STEPS, Math.ceilDiv(examples, batch)));
        return new SuggestedTraining(
                rate * WIDTH / width(ConfigFile.of(model)), epochs, Math.max(LEAST_PATIENCE, epochs / 5));
    }

    /** Returns the size of a batch: the usual one, or less where there are few examples. */
    static int batch(int examples, int usual) {
        return Math.min(usual, Math.max(LEAST_BATCH, examples / BATCHES));
    }

    /** Returns the length of a token inside the transformer that is trained most. */
    private static int width(ConfigFile config) {
        String part = config.text("model_type", "").startsWith("clip") ? "vision_config" : "text_config";
        ConfigFile sizes = config.has(part) ? config.at(part) : config;
        return sizes.integer("d_model", sizes.integer("hidden_size", (int) WIDTH));
    }
}
