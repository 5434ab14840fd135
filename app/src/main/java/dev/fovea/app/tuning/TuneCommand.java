package dev.fovea.app.tuning;

import dev.fovea.app.arguments.PathArgument;
import dev.fovea.app.command.LabelOptions;
import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.PictureRun;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Exit;
import dev.fovea.app.tuning.TuningFolder.Part;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.files.OutputFolder;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.tensor.FoveaException;
import dev.fovea.training.Examples;
import dev.fovea.training.FeatureTuning;
import dev.fovea.training.FullOptions;
import dev.fovea.training.LoraOptions;
import dev.fovea.training.TuningMethod;
import dev.fovea.training.TuningOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tunes a CLIP to classes of one's own, on features of pictures or inside its towers. */
@Command(
        name = "tune",
        sortOptions = false,
        description = {
            "Tune a CLIP to your own classes: in seconds on features of pictures, or in minutes",
            "inside its towers (lora, full).",
            "DATA has one sub-folder of pictures for each class, or train/, val/ and test/ with such sub-folders.",
            "OUT becomes a folder for --model; \"fovea classify IMAGE --model OUT\" then knows the classes."
        },
        footer = {
            "",
            "Examples:",
            "  fovea tune animals/ tuned --method lp++ --template \"a photo of a {}\"",
            "  fovea tune animals/ tuned --method prolip --keep other-animals/ --interpolate 0.5",
            "  fovea tune animals/ tuned --method lora --template \"a photo of a {}\" --epochs 10"
        })
public final class TuneCommand implements Callable<Integer> {

    /** Share of the pictures of each class that is held out where there is no folder for it. */
    private static final double HELD_OUT = 0.2;

    private static final int MOST_SHOWN = 3;

    private static final String FULL = "full";
    private static final String LORA = "lora";

    private final Session session;

    @Parameters(index = "0", paramLabel = "DATA", description = "The folder of pictures.")
    private Path data;

    @Parameters(index = "1", paramLabel = "OUT", description = "The folder to make; it must not hold anything yet.")
    private Path output;

    @Option(
            names = "--method",
            paramLabel = "NAME",
            required = true,
            description = {
                "probe (linear probe), tip or tip-f (Tip-Adapter), lp++, prolip, which changes the projection"
                        + " and makes a plain CLIP, lora, which trains low-rank additions to both towers"
                        + " and makes a plain CLIP and PEFT's adapter files, or full, which trains all weights."
            })
    private String method;

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description = "What is tuned: classify, which is the only one of this version.")
    private String task = "classify";

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Passes over the pictures (full: 10, tip-f and lora: 20, lp++ and prolip: 300), or most"
                    + " iterations (probe: 1000).")
    private Integer epochs;

    @Option(
            names = "--rate",
            paramLabel = "R",
            description = "Learning rate of tip-f or lora (0.001), full (0.00001), or prolip (chosen by validation"
                    + " pictures).")
    private Double rate;

    @Option(names = "--batch", paramLabel = "N", description = "Pictures of a step of tip-f (256), lora or full (32).")
    private Integer batch;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Draws the pictures that are held out, the order of the others, and lora's start (0).")
    private long seed;

    @Option(
            names = "--interpolate",
            paramLabel = "A",
            description = "Go this share of the way from zero-shot to the tuned model, 0 to 1 (1).")
    private Double interpolation;

    @Option(
            names = "--resume",
            description = "Go on with a training of lora or full that was interrupted, from its last whole epoch.")
    private boolean resume;

    @Option(
            names = "--keep",
            paramLabel = "FOLDER",
            description = "A folder like DATA with other classes: tells what the tuning made the model forget.")
    private Path kept;

    @Mixin
    private LabelOptions texts;

    @Spec
    private CommandSpec spec;

    /** Makes the command for a session that is set up while the command line is read. */
    public TuneCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Tuner tuner = tuner();
        PathArgument.check(data.toString());
        OutputFolder.requireFree(output);
        TuningFolder folder = new TuningFolder(data, kept);
        PictureFiles files = PictureFiles.of(folder.folders());
        if (files.nothing()) {
            throw new FoveaException(
                    data + ": no pictures in its sub-folders; put each class' pictures into a folder of its own");
        }
        files.orFail();
        ModelSource source = session.model(ModelSource.CLIP);
        List<PictureRun.Unreadable> unreadable = new ArrayList<>(files.problems());
        long start = System.nanoTime();
        try (PictureRun<PreparedPicture> pictures =
                        new PictureRun<>(session.console(), files.files(), PictureRun.preparation(source));
                Clip clip = files.loadClip(session, source)) {
            tuner.read().requireTunable(clip);
            TuningSet set = new TuningSet();
            try (PictureRun.Answers<Seen> features = pictures.answers(
                    clip.backend(),
                    (part, numbers) -> Seen.of(part, tuner.read().features(clip, part)))) {
                for (PictureRun.Answer<Seen> picture : features) {
                    set.add(
                            picture.file(),
                            folder.of(picture.file()),
                            picture.result().feature(),
                            tuner.looksAgain() ? picture.result().picture() : null);
                }
            }
            unreadable.addAll(pictures.unreadable());
            TuningReport report = tune(clip, tuner, folder, set);
            double seconds = (System.nanoTime() - start) / 1e9;
            if (session.json()) {
                session.console().print(json -> {
                    report.write(json, source, output, seconds);
                    PictureRun.Unreadable.write(json, unreadable);
                    files.writeLeftOut(json);
                });
            } else {
                session.console().print(report.describe(session.console().style(), output, seconds));
            }
        }
        return Exit.after(unreadable);
    }

    /** A picture and its features. */
    private record Seen(PreparedPicture picture, float[] feature) {

        static List<Seen> of(List<PreparedPicture> pictures, List<float[]> features) {
            return IntStream.range(0, features.size())
                    .mapToObj(i -> new Seen(pictures.get(i), features.get(i)))
                    .toList();
        }
    }

    private Tuner tuner() {
        if (!task.equals("classify")) {
            throw new ParameterException(
                    spec.commandLine(), "--task must be classify, the only one of this version, found " + task);
        }
        boolean isInside = method.equals(LORA) || method.equals(FULL);
        if (resume && !isInside) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--resume goes on with a training of lora or full; " + method + " takes seconds");
        }
        try {
            if (!isInside) {
                return new FeatureTuner(featureOptions(), output);
            }
            TowerTuner.Training training =
                    method.equals(LORA) ? new TowerTuner.Lora(loraOptions()) : new TowerTuner.Full(fullOptions());
            PromptTemplates templates = PromptTemplates.of(texts.templates());
            return new TowerTuner(session.console(), templates, training, output, resume);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private TuningOptions featureOptions() {
        TuningOptions options = TuningOptions.of(TuningMethod.named(method)).withSeed(seed);
        options = epochs == null ? options : options.withEpochs(epochs);
        options = rate == null ? options : options.withRate(rate);
        options = batch == null ? options : options.withBatch(batch);
        return interpolation == null ? options : options.withInterpolation(interpolation);
    }

    private LoraOptions loraOptions() {
        LoraOptions options = LoraOptions.DEFAULTS.withSeed(seed);
        options = epochs == null ? options : options.withEpochs(epochs);
        options = rate == null ? options : options.withRate(rate);
        options = batch == null ? options : options.withBatch(batch);
        return interpolation == null ? options : options.withInterpolation(interpolation);
    }

    private FullOptions fullOptions() {
        FullOptions options = FullOptions.DEFAULTS.withSeed(seed);
        options = epochs == null ? options : options.withEpochs(epochs);
        options = rate == null ? options : options.withRate(rate);
        options = batch == null ? options : options.withBatch(batch);
        return interpolation == null ? options : options.withInterpolation(interpolation);
    }

    /** Tunes and saves. */
    private TuningReport tune(Clip clip, Tuner tuner, TuningFolder folder, TuningSet set) {
        List<String> remarks = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        for (String label : folder.labels(Part.TRAINING)) {
            if (set.has(Part.TRAINING, label)) {
                labels.add(label);
            } else {
                warn(remarks, "the class \"" + label + "\" has no picture to learn from and is left out");
            }
        }
        if (labels.size() < 2) {
            throw new FoveaException(data + ": has " + labels.size() + " class" + (labels.size() == 1 ? "" : "es")
                    + " with pictures to learn from; two or more are needed");
        }
        for (Part part : List.of(Part.VALIDATION, Part.TEST)) {
            for (String label : folder.labels(part)) {
                if (!labels.contains(label)) {
                    warn(
                            remarks,
                            "the class \"" + label + "\" is in " + part.folder() + " but not learned; its pictures"
                                    + " are left out");
                }
            }
        }
        List<String> contradictions = set.contradictions(labels);
        contradictions.stream().limit(MOST_SHOWN).forEach(line -> warn(remarks, line));
        if (contradictions.size() > MOST_SHOWN) {
            warn(remarks, contradictions.size() - MOST_SHOWN + " more pictures are there in two classes");
        }
        Examples training = set.examples(Part.TRAINING, labels);
        Examples validation = set.examples(Part.VALIDATION, labels);
        Examples test = set.examples(Part.TEST, labels);
        warnOfShared(remarks, "test", test, training);
        warnOfShared(remarks, "validation", validation, training);
        if (validation.size() == 0) {
            Examples.Split split = training.holdOut(HELD_OUT, seed);
            remarks.add(
                    split.validation().size() == 0
                            ? "no class has two pictures, so none is held out"
                            : split.validation().size() + " of " + training.size()
                                    + " pictures are held out to choose settings by");
            training = split.training();
            validation = split.validation();
        }
        Examples held = test.size() > 0 ? test : validation;
        PromptTemplates templates = PromptTemplates.of(texts.templates());
        FeatureTuning tuning = FeatureTuning.of(clip, labels, templates);
        try (Tuner.Tuned tuned = tuner.tune(clip, tuning, set, training, validation)) {
            remarks.addAll(tuned.remarks());
            TuningReport.Measured accuracy = held.size() == 0
                    ? null
                    : new TuningReport.Measured(
                            held.size(),
                            tuning.zeroShotAccuracy(tuner.read(), held),
                            test.size() > 0 ? tuned.accuracy(test) : tuned.validationAccuracy(validation));
            return new TuningReport(
                    method,
                    labels.size(),
                    tuned.settings(),
                    tuner.keepsAll(),
                    training.size(),
                    validation.size(),
                    test.size(),
                    accuracy,
                    forgetting(clip, tuner, folder, set, tuned, templates),
                    remarks);
        }
    }

    private void warnOfShared(List<String> remarks, String name, Examples held, Examples training) {
        int shared = held.shared(training);
        if (shared > 0) {
            warn(
                    remarks,
                    shared + " of the " + held.size() + " " + name + " pictures " + (shared == 1 ? "is" : "are")
                            + " among those to learn from");
        }
    }

    private TuningReport.Measured forgetting(
            Clip clip, Tuner tuner, TuningFolder folder, TuningSet set, Tuner.Tuned tuned, PromptTemplates templates) {
        if (kept == null) {
            return null;
        }
        List<String> labels = folder.labels(Part.KEPT);
        Examples examples = set.examples(Part.KEPT, labels);
        if (labels.size() < 2 || examples.size() == 0) {
            session.console().warn(kept + ": forgetting needs two classes with pictures; it is not measured");
            return null;
        }
        FeatureTuning others = FeatureTuning.of(clip, labels, templates);
        return new TuningReport.Measured(
                examples.size(),
                others.zeroShotAccuracy(tuner.read(), examples),
                tuned.zeroShotAccuracy(others, examples));
    }

    private void warn(List<String> remarks, String line) {
        session.console().warn(line);
        remarks.add(line);
    }
}
