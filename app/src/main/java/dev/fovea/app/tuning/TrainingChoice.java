package dev.fovea.app.tuning;

import dev.fovea.training.Augmentation;
import dev.fovea.training.FullOptions;
import dev.fovea.training.LoraOptions;
import dev.fovea.training.TrainingOptions;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the command line says about a training by epochs. What is null is left to the model and the number of examples.
 *
 * @param isFull whether all weights are trained; else low-rank additions
 * @param patience epochs without a better validation after which it ends; 0 for never
 * @param dropout share of their inputs that additions do not read in a step
 */
record TrainingChoice(
        boolean isFull,
        Integer epochs,
        Double rate,
        Integer batch,
        long seed,
        Double interpolation,
        Integer patience,
        Augmentation augmentation,
        Double dropout) {

    /** Sets the examples of a step. */
    TrainingChoice withBatch(int number) {
        return new TrainingChoice(isFull, epochs, rate, number, seed, interpolation, patience, augmentation, dropout);
    }

    /** Returns how to train additions to a model. */
    LoraOptions lora(Path model, int examples, Path state) {
        LoraOptions suggested =
                batch == null ? LoraOptions.suggested(model, examples) : LoraOptions.suggested(model, examples, batch);
        return dropped(chosen(suggested)).withState(state);
    }

    /** Returns how to train all weights of a model. */
    FullOptions full(Path model, int examples, Path state) {
        FullOptions suggested =
                batch == null ? FullOptions.suggested(model, examples) : FullOptions.suggested(model, examples, batch);
        return chosen(suggested).withState(state);
    }

    /** Sets what was said on the command line, besides the batch, which other settings follow from. */
    private <T extends TrainingOptions<T>> T chosen(T suggested) {
        T options = suggested.withSeed(seed).withAugmentation(augmentation);
        options = epochs == null ? options : options.withEpochs(epochs);
        options = rate == null ? options : options.withRate(rate);
        options = patience == null ? options : options.withPatience(patience);
        return interpolation == null ? options : options.withInterpolation(interpolation);
    }

    private LoraOptions dropped(LoraOptions options) {
        return dropout == null ? options : options.withDropout(dropout);
    }

    /**
     * Returns this choice after a check, before anything is read.
     *
     * @throws IllegalArgumentException if a number is out of its range, or a setting of the other kind
     */
    TrainingChoice checked() {
        LoraOptions options = dropped(chosen(LoraOptions.DEFAULTS));
        if (batch != null) {
            options.withBatch(batch);
        }
        if (isFull && dropout != null) {
            throw new IllegalArgumentException("--dropout is for lora; leave it out with full");
        }
        return this;
    }

    /** Returns the settings of a training, by name. */
    static Map<String, Object> settings(TrainingOptions<?> options) {
        Map<String, Object> settings = new LinkedHashMap<>();
        if (options instanceof LoraOptions lora) {
            settings.put("rank", lora.rank());
            settings.put("alpha", lora.alpha());
            settings.put("dropout", lora.dropout());
        }
        settings.put("epochs", options.epochs());
        settings.put("rate", options.rate());
        settings.put("batch", options.batch());
        settings.put("patience", options.patience());
        settings.put("augment", options.augmentation().toString());
        return settings;
    }
}
