package dev.fovea.app.tuning;

import dev.fovea.app.command.LabelOptions;
import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.PictureRun.Unreadable;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Exit;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.files.OutputFolder;
import dev.fovea.tensor.FoveaException;
import dev.fovea.training.Augmentation;
import dev.fovea.training.TuningMethod;
import dev.fovea.training.TuningOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
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
            "Tune a CLIP to your own classes: in seconds on features of pictures, or in minutes inside its towers"
                    + " (lora, full). Tune a CLIP to pictures with texts, a BLIP to captions or answers, a Florence-2"
                    + " to tasks of your own (--task; lora, full).",
            "DATA has one sub-folder of pictures for each class, or train/, val/ and test/ with such sub-folders; for"
                    + " other tasks it is a file with a line for each example: {\"image\": \"a.jpg\", \"text\":"
                    + " \"...\"} (pairs, caption), {\"image\", \"question\", \"answers\": [...]} (ask), {\"image\","
                    + " \"task\", \"input\", \"output\"} (florence).",
            "OUT becomes a folder for --model; \"fovea classify IMAGE --model OUT\" then knows the classes."
        },
        footer = {
            "",
            "Examples:",
            "  fovea tune animals/ tuned --method lp++ --template \"a photo of a {}\"",
            "  fovea tune animals/ tuned --method prolip --keep other-animals/ --interpolate 0.5",
            "  fovea tune animals/ tuned --method lora --template \"a photo of a {}\"",
            "  fovea tune products.jsonl tuned --task pairs --method lora --validation 0.1",
            "  fovea tune captions.jsonl tuned --task caption --method lora --model blip-image-captioning-base"
        })
public final class TuneCommand implements Callable<Integer> {

    private static final String FULL = "full";
    private static final String LORA = "lora";
    private static final String CLASSIFY = "classify";

    private static final Map<String, TextTask<?, ?>> TASKS = new TreeMap<>(Map.of(
            "pairs", new PairTask(),
            "caption", new CaptionTask(),
            "ask", new AskTask(),
            "florence", new FlorenceTextTask()));

    private final Session session;

    @Parameters(index = "0", paramLabel = "DATA", description = "The folder of pictures, or the file of examples.")
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
            description = "What is tuned: classify (default), pairs (a CLIP on pictures with texts), caption or ask"
                    + " (a BLIP on captions, or on questions and answers), florence (a Florence-2 on tasks and"
                    + " their texts).")
    private String task = CLASSIFY;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Passes over the data (lora and full: as many as make 200 steps, tip-f: 20, lp++ and prolip:"
                    + " 300), or most iterations (probe: 1000).")
    private Integer epochs;

    @Option(
            names = "--rate",
            paramLabel = "R",
            description = "Learning rate: of lora 0.001 and of full 0.000025, times 768 / the model's width; of tip-f"
                    + " 0.001, of prolip chosen by validation pictures.")
    private Double rate;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Examples of a step (lora and full: 32, but at most a quarter of all and at least 4; pairs:"
                    + " 32; tip-f: 256).")
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

    @Option(
            names = "--validation",
            paramLabel = "DATA|SHARE",
            description = "What chooses settings and the best epoch: data like DATA, or the share of DATA's pictures"
                    + " that is held out for it (0.2; 0 for none).")
    private String validation;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "End lora or full when N epochs in a row were no better on validation (a fifth of the epochs;"
                    + " 0 for never).")
    private Integer patience;

    @Option(
            names = "--augment",
            paramLabel = "LIST",
            description = "Change pictures at random when lora or full learns them: none (default), or some of crop"
                    + " (a part of at least half the area, enlarged), flip (left and right, every other time) and"
                    + " color (20%% brighter or darker, more or less contrast and colour), with numbers if wanted:"
                    + " crop=0.8,flip,color=0.1.")
    private String augment = "none";

    @Option(
            names = "--dropout",
            paramLabel = "SHARE",
            description = "The share of their inputs that lora's additions do not read in a step (0).")
    private Double dropout;

    @Option(
            names = "--images",
            paramLabel = "FOLDER",
            description = "The folder that a file's names of pictures are relative to (default: that of the file).")
    private Path images;

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
        HeldOut heldOut = usable(() -> HeldOut.of(validation));
        long start = System.nanoTime();
        Outcome outcome;
        ModelSource source;
        if (task.equals(CLASSIFY)) {
            Tuner tuner = tuner();
            OutputFolder.requireFree(output);
            source = unadapted(session.model(ModelSource.CLIP));
            PromptTemplates templates = PromptTemplates.of(texts.templates());
            outcome = new ClassTuner(session, tuner, method, heldOut, templates, data, kept, seed).tune(source);
        } else {
            TextTask<?, ?> texts = textTask();
            OutputFolder.requireFree(output);
            source = unadapted(texts.model(session));
            outcome = tune(texts, heldOut, source);
        }
        report(outcome, source, (System.nanoTime() - start) / 1e9);
        return Exit.after(outcome.unreadable);
    }

    /**
     * What a tuning came to.
     *
     * @param found the pictures of folders; null where a file names them
     */
    record Outcome(TuningReport report, List<Unreadable> unreadable, PictureFiles found) {}

    private static ModelSource unadapted(ModelSource source) {
        if (!source.options().adapters().isEmpty()) {
            throw new FoveaException(source.options().adapters().getFirst() + ": a tuned folder holds the checkpoint"
                    + " without this adapter; leave out --adapter, or merge the two in Python (merge_and_unload) and"
                    + " tune that");
        }
        return source;
    }

    private <E, M extends AutoCloseable> Outcome tune(TextTask<E, M> texts, HeldOut heldOut, ModelSource source) {
        TextTuner<E, M> tuner = new TextTuner<>(session, texts, choice(), heldOut, data, images, output, resume);
        return new Outcome(tuner.tune(source, task, method), tuner.unreadable(), null);
    }

    private void report(Outcome outcome, ModelSource source, double seconds) {
        if (session.json()) {
            session.console().print(json -> {
                outcome.report.write(json, source, output, seconds);
                Unreadable.write(json, outcome.unreadable);
                if (outcome.found != null) {
                    outcome.found.writeLeftOut(json);
                }
            });
        } else {
            session.console().print(outcome.report.describe(session.console().style(), output, seconds));
        }
    }

    private TextTask<?, ?> textTask() {
        TextTask<?, ?> found = TASKS.get(task);
        if (found == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--task must be one of " + CLASSIFY + ", " + String.join(", ", TASKS.keySet()) + ", found " + task);
        }
        if (!isInside()) {
            throw new ParameterException(
                    spec.commandLine(), "--task " + task + " is tuned by lora or full; " + method + " learns classes");
        }
        if (!texts.templates().isEmpty() || kept != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    (kept == null ? "--template" : "--keep") + " is for classes; leave it out with --task " + task);
        }
        usable(() -> choice().checked());
        return found;
    }

    private boolean isInside() {
        return method.equals(LORA) || method.equals(FULL);
    }

    private TrainingChoice choice() {
        return new TrainingChoice(
                method.equals(FULL),
                epochs,
                rate,
                batch,
                seed,
                interpolation,
                patience,
                Augmentation.of(augment),
                dropout);
    }

    private Tuner tuner() {
        if (resume && !isInside()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--resume goes on with a training of lora or full; " + method + " takes seconds");
        }
        if (patience != null && !isInside()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--patience is for lora and full; " + method + " chooses its best state itself");
        }
        if (!isInside() && (!augment.equals("none") || dropout != null)) {
            throw new ParameterException(
                    spec.commandLine(),
                    (dropout == null ? "--augment" : "--dropout") + " is for lora and full; " + method
                            + " learns the features of pictures as they are");
        }
        if (images != null) {
            throw new ParameterException(
                    spec.commandLine(), "--images is for a file of examples; DATA is a folder of classes");
        }
        return usable(() -> {
            if (!isInside()) {
                return new FeatureTuner(featureOptions(), output);
            }
            PromptTemplates templates = PromptTemplates.of(texts.templates());
            return new TowerTuner(session.console(), templates, choice().checked(), output, resume);
        });
    }

    private <T> T usable(Supplier<T> made) {
        try {
            return made.get();
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
}
