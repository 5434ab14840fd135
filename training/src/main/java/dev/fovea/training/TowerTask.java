package dev.fovea.training;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import dev.fovea.training.network.TapedClip;
import dev.fovea.training.network.TowerCheck;
import dev.fovea.training.tape.Trainables;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * What is tuned inside its towers, and to what.
 *
 * @param model folder of a CLIP with both towers
 * @param load what computes
 * @param labels names of the classes
 * @param templates what the names are put into
 */
record TowerTask(Path model, LoadOptions load, List<String> labels, PromptTemplates templates) {

    /**
     * Checks what is given.
     *
     * @param isLowRank whether additions to its attention are trained
     * @throws IllegalArgumentException if there are fewer than two labels
     * @throws FoveaException if the model cannot be trained so; the message says what to do
     */
    static TowerTask of(
            Path model, LoadOptions load, List<String> labels, PromptTemplates templates, boolean isLowRank) {
        Objects.requireNonNull(model, "model is null");
        Objects.requireNonNull(load, "load is null");
        Objects.requireNonNull(templates, "templates is null");
        List<String> copy = List.copyOf(Objects.requireNonNull(labels, "labels is null"));
        if (copy.size() < 2) {
            throw new IllegalArgumentException(copy.size() + " classes; expected two or more");
        }
        if (isLowRank) {
            TowerCheck.requireClasses(model, true);
        } else {
            TowerCheck.requireAll(model);
        }
        return new TowerTask(model, load, copy, templates);
    }

    /** Loads the model on a tape for some work, on a backend of its own unless one is given. */
    <T> T run(
            Trainables trainables,
            LabelledPictures training,
            LabelledPictures validation,
            Function<TapedClip, T> work) {
        requireClasses(training, true);
        requireClasses(validation, false);
        Backend backend = load.backend().orElseGet(() -> Backends.open(load.device(), load.threads()));
        try (TapedClip clip = TapedClip.load(model, backend, trainables)) {
            return work.apply(clip);
        } finally {
            if (load.backend().isEmpty()) {
                backend.close();
            }
        }
    }

    private void requireClasses(LabelledPictures pictures, boolean each) {
        int[] counts = new int[labels.size()];
        for (int index : pictures.classes()) {
            if (index >= counts.length) {
                throw new IllegalArgumentException("class " + index + " of " + counts.length + "; there is none");
            }
            counts[index]++;
        }
        for (int k = 0; k < counts.length && each; k++) {
            if (counts[k] == 0) {
                throw new FoveaException("class \"" + labels.get(k) + "\" has no picture to learn from; add one, or"
                        + " leave the class out");
            }
        }
    }
}
