package dev.fovea.app.tuning;

import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.Progress;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.tensor.FoveaException;
import dev.fovea.training.Examples;
import dev.fovea.training.FeatureTuning;
import dev.fovea.training.FullOptions;
import dev.fovea.training.FullTuning;
import dev.fovea.training.LabelledPictures;
import dev.fovea.training.LoraOptions;
import dev.fovea.training.LoraTuning;
import dev.fovea.training.TunedAdapter;
import dev.fovea.training.TunedCheckpoint;
import dev.fovea.training.TuningListener;
import dev.fovea.training.TuningMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Trains inside both towers. After each epoch the training is kept in a file beside the output, so that
 * it can go on after an interruption; the file is removed when the output is written.
 */
final class TowerTuner implements Tuner {

    private final Console console;
    private final PromptTemplates templates;
    private final Training method;
    private final Path output;
    private final Path state;

    /** One way to train. */
    interface Training {

        /** Returns the passes over the pictures. */
        int epochs();

        /** Returns the settings, by name. */
        Map<String, Object> settings();

        /** Trains. */
        Result train(Job job);
    }

    /**
     * What is trained.
     *
     * @param state where the training is kept
     */
    record Job(
            Path model,
            LoadOptions load,
            List<String> labels,
            PromptTemplates templates,
            LabelledPictures training,
            LabelledPictures validation,
            Path state,
            TuningListener listener) {}

    /**
     * What came of it.
     *
     * @param save writes a folder
     */
    record Result(List<String> remarks, Consumer<Path> save) {}

    /** Low-rank additions. */
    record Lora(LoraOptions options) implements Training {

        @Override
        public int epochs() {
            return options.epochs();
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
        public Result train(Job job) {
            TunedAdapter tuned = LoraTuning.of(job.model, job.load, job.labels, job.templates)
                    .tune(options.withState(job.state), job.training, job.validation, job.listener);
            return new Result(tuned.remarks(), tuned::save);
        }
    }

    /** All weights. */
    record Full(FullOptions options) implements Training {

        @Override
        public int epochs() {
            return options.epochs();
        }

        @Override
        public Map<String, Object> settings() {
            Map<String, Object> settings = new LinkedHashMap<>();
            settings.put("epochs", options.epochs());
            settings.put("rate", options.rate());
            return settings;
        }

        @Override
        public Result train(Job job) {
            TunedCheckpoint tuned = FullTuning.of(job.model, job.load, job.labels, job.templates)
                    .tune(options.withState(job.state), job.training, job.validation, job.listener);
            return new Result(tuned.remarks(), tuned::save);
        }
    }

    /**
     * Checks whether there is a training to go on with.
     *
     * @param resume whether there must be one; else there must be none
     * @throws FoveaException if there is one, or none, against that
     */
    TowerTuner(Console console, PromptTemplates templates, Training method, Path output, boolean resume) {
        this.console = console;
        this.templates = templates;
        this.output = output;
        state = output.resolveSibling(output.getFileName() + ".training.safetensors");
        this.method = method;
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
        LoadOptions load = LoadOptions.on(clip.backend());
        Result result;
        try (Progress progress = new Progress(console, "training", method.epochs())) {
            result = method.train(new Job(
                    clip.folder(),
                    load,
                    zeroShot.labels(),
                    templates,
                    set.pictures(training),
                    set.pictures(validation),
                    state,
                    done -> progress.advance(1)));
        }
        result.save().accept(output);
        try {
            Files.deleteIfExists(state);
        } catch (IOException e) {
            console.warn(state + ": cannot be removed (" + e.getMessage() + "); it is not needed any more");
        }
        return new Trained(zeroShot.labels(), result.remarks(), Clip.load(output, load), set);
    }

    /** What was written, loaded again: its accuracy is measured as it will be used. */
    private final class Trained implements Tuned {

        private final List<String> labels;
        private final List<String> remarks;
        private final Clip clip;
        private final TuningSet set;

        Trained(List<String> labels, List<String> remarks, Clip clip, TuningSet set) {
            this.labels = labels;
            this.remarks = remarks;
            this.clip = clip;
            this.set = set;
        }

        @Override
        public List<String> remarks() {
            return remarks;
        }

        @Override
        public Map<String, Object> settings() {
            return method.settings();
        }

        @Override
        public double accuracy(Examples test) {
            return accuracy(labels, test);
        }

        private double accuracy(List<String> labels, Examples examples) {
            LabelledPictures pictures = set.pictures(examples);
            Examples embedded = new Examples(clip.embedAll(pictures.pictures()), examples.classes());
            return FeatureTuning.of(clip, labels, templates).zeroShotAccuracy(read(), embedded);
        }

        @Override
        public double validationAccuracy(Examples validation) {
            return accuracy(labels, validation);
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
