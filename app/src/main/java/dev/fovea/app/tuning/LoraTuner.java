package dev.fovea.app.tuning;

import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.Progress;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.tensor.FoveaException;
import dev.fovea.training.Examples;
import dev.fovea.training.FeatureTuning;
import dev.fovea.training.LabelledPictures;
import dev.fovea.training.LoraOptions;
import dev.fovea.training.LoraTuning;
import dev.fovea.training.TunedAdapter;
import dev.fovea.training.TuningMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Trains low-rank additions to both towers. After each epoch the training is kept in a file beside the output, so that
 * it can go on after an interruption; the file is removed when the output is written.
 */
final class LoraTuner implements Tuner {

    private final Console console;
    private final PromptTemplates templates;
    private final LoraOptions options;
    private final Path output;
    private final Path state;

    /**
     * Checks whether there is a training to go on with.
     *
     * @param resume whether there must be one; else there must be none
     * @throws FoveaException if there is one, or none, against that
     */
    LoraTuner(Console console, PromptTemplates templates, LoraOptions options, Path output, boolean resume) {
        this.console = console;
        this.templates = templates;
        this.output = output;
        state = output.resolveSibling(output.getFileName() + ".training.safetensors");
        this.options = options.withState(state);
        if (resume && !Files.exists(state)) {
            throw new FoveaException(
                    state + ": is not there, so there is no training to go on with; leave out --resume");
        }
        if (!resume && Files.exists(state)) {
            throw new FoveaException(state + ": holds a training that was interrupted; go on with --resume, or remove"
                    + " the file to begin anew");
        }
    }

    @Override
    public TuningMethod read() {
        return TuningMethod.PROBE; // embeddings
    }

    @Override
    public boolean looksAgain() {
        return true;
    }

    @Override
    public boolean keepsAll() {
        return false;
    }

    @Override
    public Tuned tune(Clip clip, FeatureTuning zeroShot, TuningSet set, Examples training, Examples validation) {
        LabelledPictures held = set.pictures(validation);
        TunedAdapter tuned;
        try (Progress progress = new Progress(console, "training", options.epochs())) {
            tuned = LoraTuning.of(clip.folder(), LoadOptions.on(clip.backend()), zeroShot.labels(), templates)
                    .tune(options, set.pictures(training), held, done -> progress.advance(1));
        }
        tuned.save(output);
        try {
            Files.deleteIfExists(state);
        } catch (IOException e) {
            console.warn(state + ": cannot be removed (" + e.getMessage() + "); it is not needed any more");
        }
        return new Trained(tuned, Clip.load(output, LoadOptions.on(clip.backend())), set);
    }

    /** What was written, loaded again: its accuracy is measured as it will be used. */
    private final class Trained implements Tuned {

        private final TunedAdapter tuned;
        private final Clip clip;
        private final TuningSet set;

        Trained(TunedAdapter tuned, Clip clip, TuningSet set) {
            this.tuned = tuned;
            this.clip = clip;
            this.set = set;
        }

        @Override
        public List<String> remarks() {
            return tuned.remarks();
        }

        @Override
        public Map<String, Object> settings() {
            Map<String, Object> settings = new LinkedHashMap<>();
            settings.put("rank", options.rank());
            settings.put("alpha", options.alpha());
            settings.put("epochs", options.epochs());
            settings.put("rate", options.rate());
            return settings;
        }

        @Override
        public double accuracy(Examples test) {
            return accuracy(tuned.labels(), test);
        }

        private double accuracy(List<String> labels, Examples examples) {
            LabelledPictures pictures = set.pictures(examples);
            Examples embedded = new Examples(clip.embedAll(pictures.pictures()), examples.classes());
            return FeatureTuning.of(clip, labels, templates).zeroShotAccuracy(read(), embedded);
        }

        @Override
        public double validationAccuracy(Examples validation) {
            return accuracy(tuned.labels(), validation);
        }

        @Override
        public double zeroShotAccuracy(FeatureTuning others, Examples examples) {
            return accuracy(others.labels(), examples);
        }

        @Override
        public void close() {
            clip.close();
        }
    }
}
