package dev.fovea.app.tuning;

import dev.fovea.training.FullOptions;
import dev.fovea.training.LoraOptions;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the command line says about a training by epochs. What is null is left to the model and the number of examples.
 *
 * @param isFull whether all weights are trained; else low-rank additions
 * @param patience epochs without a better validation after which it ends; 0 for never
 */
record TrainingChoice(
        boolean isFull, Integer epochs, Double rate, Integer batch, long seed, Double interpolation, Integer patience) {

    /** Sets the examples of a step. */
    TrainingChoice withBatch(int number) {
        return new TrainingChoice(isFull, epochs, rate, number, seed, interpolation, patience);
    }

    /** Returns how to train additions to a model. */
    LoraOptions lora(Path model, int examples, Path state) {
        LoraOptions options = (batch == null
                        ? LoraOptions.suggested(model, examples)
                        : LoraOptions.suggested(model, examples, batch))
                .withSeed(seed)
                .withState(state);
        options = epochs == null ? options : options.withEpochs(epochs);
        options = rate == null ? options : options.withRate(rate);
        options = patience == null ? options : options.withPatience(patience);
        return interpolation == null ? options : options.withInterpolation(interpolation);
    }

    /** Returns how to train all weights of a model. */
    FullOptions full(Path model, int examples, Path state) {
        FullOptions options = (batch == null
                        ? FullOptions.suggested(model, examples)
                        : FullOptions.suggested(model, examples, batch))
                .withSeed(seed)
                .withState(state);
        options = epochs == null ? options : options.withEpochs(epochs);
        options = rate == null ? options : options.withRate(rate);
        options = patience == null ? options : options.withPatience(patience);
        return interpolation == null ? options : options.withInterpolation(interpolation);
    }

    /**
     * Returns this choice after a check, before anything is read.
     *
     * @throws IllegalArgumentException if a number is out of its range
     */
    TrainingChoice checked() {
        LoraOptions options = LoraOptions.DEFAULTS;
        options = epochs == null ? options : options.withEpochs(epochs);
        options = rate == null ? options : options.withRate(rate);
        options = batch == null ? options : options.withBatch(batch);
        options = patience == null ? options : options.withPatience(patience);
        if (interpolation != null) {
            options.withInterpolation(interpolation);
        }
        return this;
    }

    /** Returns the settings of additions, by name. */
    static Map<String, Object> settings(LoraOptions options) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("rank", options.rank());
        settings.put("alpha", options.alpha());
        settings.putAll(settings(options.epochs(), options.rate(), options.batch(), options.patience()));
        return settings;
    }

    /** Returns the settings of a training of all weights, by name. */
    static Map<String, Object> settings(FullOptions options) {
        return settings(options.epochs(), options.rate(), options.batch(), options.patience());
    }

    private static Map<String, Object> settings(int epochs, double rate, int batch, int patience) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("epochs", epochs);
        settings.put("rate", rate);
        settings.put("batch", batch);
        settings.put("patience", patience);
        return settings;
    }
}
