package dev.fovea.app.session;

import dev.fovea.app.terminal.Console;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.WeightType;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * Carries what every command is given: the console, and the options that all of them know, which choose the model and
 * what computes it. Knows no command.
 */
public final class Session {

    private static final int MOST_UNUSED = 3;

    /**
     * Names of pictures that are taken for photographs. Cameras write JPEG files; for a drawing in such a file the user
     * sees a needless line.
     */
    private static final Pattern PHOTOGRAPH = Pattern.compile("(?i)\\.jpe?g$");

    @Option(
            names = "--model",
            paramLabel = "DIR|NAME",
            scope = ScopeType.INHERIT,
            description =
                    "A checkpoint folder as downloaded from the hub, a downloaded model's owner/name, or an embedded"
                            + " model:"
                            + " clip-mini, blip-mini or florence-mini (default: the one that fits the command).")
    private List<String> models = new ArrayList<>();

    @Option(
            names = "--weights",
            paramLabel = "TYPE",
            scope = ScopeType.INHERIT,
            description = "Store the model's matrices as f32, f16, bf16 or int8 (default: as they are in the file).")
    private WeightType weights = WeightType.STORED;

    @Option(
            names = "--compute",
            paramLabel = "PRECISION",
            scope = ScopeType.INHERIT,
            description = "Multiply in f32 (default), or in bf16, int16 or int8: faster where the processor has"
                    + " instructions for it"
                    + " (see \"fovea devices\"), and less exact; auto: the fastest that changes the model's"
                    + " answers"
                    + " little.")
    private Compute compute;

    @Option(
            names = "--draft",
            scope = ScopeType.INHERIT,
            description = "Decode JPEG files that are far larger than the model's pixels at a half, a quarter or an"
                    + " eighth of their size: faster for photographs, with nearly the same answers.")
    private boolean draft;

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            description = "Merge a LoRA adapter (PEFT's folder) into the model; may be given several times.")
    private List<Path> adapters = new ArrayList<>();

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            description = "Print one JSON document on stdout and nothing else there.")
    private boolean json;

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "Print the stack trace of what failed (as FOVEA_DEBUG=1 does).")
    private boolean debug;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    private final Console console;
    private String device = Backends.DEFAULT;
    private int threads;
    private ComputeChoice computeChoice;

    /** Starts with the options' defaults; the parser sets what was given. */
    public Session(Console console) {
        this.console = console;
    }

    /** Returns the console, where results, messages and progress go. */
    public Console console() {
        return console;
    }

    /** Returns whether results are one JSON document. */
    public boolean json() {
        return json;
    }

    /** Returns whether the stack trace of what fails is printed. */
    public boolean debug() {
        return debug || !System.getenv().getOrDefault("FOVEA_DEBUG", "").isEmpty();
    }

    @Option(
            names = "--device",
            paramLabel = "NAME",
            scope = ScopeType.INHERIT,
            description = "What computes: cpu (default), opencl, opencl:NUMBER or opencl:PART-OF-A-NAME (see \"fovea"
                    + " devices\"),"
                    + " reference (slow and plain).")
    private void device(String name) {
        List<String> names = Backends.allNames();
        if (!names.contains(name.split(":", 2)[0])) {
            throw new ParameterException(
                    spec.commandLine(), "--device must be one of " + String.join(", ", names) + ", found " + name);
        }
        device = name;
    }

    @Option(
            names = "--threads",
            paramLabel = "N",
            scope = ScopeType.INHERIT,
            description = "CPU threads (default: all cores).")
    private void threads(int number) {
        if (number < 1) {
            throw new ParameterException(spec.commandLine(), "--threads must be 1 or more, found " + number);
        }
        threads = number;
    }

    /**
     * Returns the model that was asked for, not yet loaded.
     *
     * @param embedded the one that is used when nobody asks for another
     */
    public ModelSource model(String embedded) {
        if (models.size() > 1) {
            throw new ParameterException(
                    spec.commandLine(), "--model is given " + models.size() + " times; this command takes one model");
        }
        return named(models.isEmpty() ? embedded : models.getFirst());
    }

    /** Returns the models that were asked for as they were written, for a command that takes several. */
    public List<String> models() {
        return models;
    }

    /**
     * Returns the model that was asked for, not yet loaded, where the embedded model consists of several.
     *
     * @param embedded the one that is used when nobody asks for another
     * @param part the one of its models that the command needs
     */
    public ModelSource model(String embedded, String part) {
        return model(embedded).part(part);
    }

    /**
     * Warns that a model's checkpoint holds tensors without a use: what they were to change (an adapter beside its
     * base, a tower of another model) has no effect on the answers.
     *
     * @param unused names of the tensors
     */
    public void warnUnused(ModelSource source, List<String> unused) {
        if (!unused.isEmpty()) {
            String some = String.join(", ", unused.subList(0, Math.min(MOST_UNUSED, unused.size())));
            console()
                    .warn(source.name() + ": " + (unused.size() == 1 ? "a tensor has" : unused.size() + " tensors have")
                            + " no use in this model and no effect: " + some
                            + (unused.size() > MOST_UNUSED ? ", ..." : "")
                            + "; fovea inspect --json lists all");
        }
    }

    /**
     * Tells a user at a terminal that the embedded model, which nobody chose, knows drawings only, if photographs are
     * among the pictures. The names of the files decide, since nothing is read yet.
     */
    public void warnOfPhotographs(ModelSource source, List<Path> pictures) {
        boolean seen = models.isEmpty() && !json && console.errIsTerminal();
        if (seen
                && pictures.stream()
                        .anyMatch(picture ->
                                PHOTOGRAPH.matcher(picture.toString()).find())) {
            String better = source.larger();
            console.error("note: " + source.name()
                    + ", which comes with Fovea, knows drawings and only guesses at photographs; for those: fovea"
                    + " download "
                    + better + ", then --model " + better);
        }
    }

    /** Returns the backend that was asked for. */
    public Backend backend() {
        return Backends.open(device, threads);
    }

    private ComputeChoice computeChoice() {
        if (computeChoice == null) {
            computeChoice = new ComputeChoice(compute, device, console);
        }
        return computeChoice;
    }

    /** Returns another model, loaded as the options ask for. */
    public ModelSource named(String name) {
        LoadOptions options =
                LoadOptions.DEFAULTS.withDevice(device).withThreads(threads).withWeights(weights);
        for (Path adapter : adapters) {
            options = options.withAdapter(adapter);
        }
        return new ModelSource(name, "", draft ? options.withDraft() : options, computeChoice(), command());
    }

    /** Returns the name of the command that runs, {@code classify} for one. */
    private String command() {
        ParseResult given = spec.commandLine().getParseResult();
        return given != null && given.hasSubcommand()
                ? given.subcommand().commandSpec().name()
                : spec.name();
    }
}
