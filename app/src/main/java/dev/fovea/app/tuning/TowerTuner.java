package dev.fovea.app.tuning;

import dev.fovea.app.terminal.Console;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.training.Examples;
import dev.fovea.training.FeatureTuning;
import dev.fovea.training.FullTuning;
import dev.fovea.training.LabelledPictures;
import dev.fovea.training.LoraTuning;
import dev.fovea.training.TuningMethod;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Trains inside both towers of a CLIP, on classes. */
final class TowerTuner implements Tuner {

    private final PromptTemplates templates;
    private final TrainingChoice choice;
    private final Path output;
    private final Console console;
    private final TrainingRun run;

    /**
     * Checks whether there is a training to go on with.
     *
     * @param resume whether there must be one; else there must be none
     * @throws dev.fovea.tensor.FoveaException if there is one, or none, against that
     */
    TowerTuner(Console console, PromptTemplates templates, TrainingChoice choice, Path output, boolean resume) {
        this.console = console;
        this.templates = templates;
        this.choice = choice;
        this.output = output;
        run = new TrainingRun(console, output, resume);
    }

    @Override
    public TuningMethod read() {
        return TuningMethod.PROBE; // embeddings
    }

    @Override
    public void requireTunable(Clip clip, List<String> labels) {
        LoadOptions load = LoadOptions.on(clip.backend());
        if (choice.isFull()) {
            FullTuning.of(clip.folder(), load, labels, templates);
        } else {
            LoraTuning.of(clip.folder(), load, labels, templates);
        }
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
        LabelledPictures learned = set.pictures(training);
        LabelledPictures held = set.pictures(validation);
        Path model = clip.folder();
        List<String> labels = zeroShot.labels();
        Trained trained = run.train(
                choice,
                model,
                learned.size(),
                "pictures",
                (options, listener) ->
                        LoraTuning.of(model, load, labels, templates).tune(options, learned, held, listener),
                (options, listener) ->
                        FullTuning.of(model, load, labels, templates).tune(options, learned, held, listener));
        run.save(trained);
        List<String> remarks = run.remarks(trained.remarks());
        return new Reloaded(labels, trained.settings(), remarks, Clip.load(output, load), set);
    }

    /** What was written, loaded again: its accuracy is measured as it will be used. */
    private final class Reloaded implements Tuned {

        private final List<String> labels;
        private final Map<String, Object> settings;
        private final List<String> remarks;
        private final Clip clip;
        private final TuningSet set;

        Reloaded(List<String> labels, Map<String, Object> settings, List<String> remarks, Clip clip, TuningSet set) {
            this.labels = labels;
            this.settings = settings;
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
            return settings;
        }

        @Override
        public String chart() {
            return run.chart(console.style());
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
