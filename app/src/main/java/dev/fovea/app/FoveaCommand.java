package dev.fovea.app;

import dev.fovea.models.LoadOptions;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Properties;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line's root, {@code fovea COMMAND ...}, with the options that every command knows. */
@Command(
        name = "fovea",
        description = "Pictures and words: CLIP, BLIP and Florence-2 in pure Java.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = FoveaCommand.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false,
        subcommands = {
            CaptionCommand.class,
            AskCommand.class,
            MatchCommand.class,
            DetectCommand.class,
            GroundCommand.class,
            SegmentCommand.class,
            OcrCommand.class,
            DescribeCommand.class,
            FlorenceCommand.class,
            ClassifyCommand.class,
            EmbedCommand.class,
            EvaluateCommand.class,
            BootstrapCommand.class,
            InspectCommand.class,
            DevicesCommand.class,
            DownloadCommand.class,
            ConvertCommand.class,
            CompletionCommand.class
        },
        footer = {
            "",
            "Exit codes: 0 done, 1 the work failed (one line on stderr says why), 2 wrong usage.",
            "Example: fovea classify cat.jpg \"a cat\" \"a dog\""
        })
final class FoveaCommand {

    private static final int MOST_UNUSED = 3;

    @Option(
            names = "--model",
            paramLabel = "DIR|NAME",
            scope = ScopeType.INHERIT,
            description =
                    "A checkpoint folder as downloaded from the hub, a downloaded model's owner/name, or an embedded model:"
                            + " clip-mini, blip-mini or florence-mini (default: the one that fits the command).")
    private String model;

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
            description =
                    "Multiply in f32 (default), or in bf16, int16 or int8: faster where the processor has instructions for it"
                            + " (see \"fovea devices\"), and less exact; auto: the fastest that changes the model's answers"
                            + " little.")
    private Compute compute;

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

    @Spec
    private CommandSpec spec;

    private final Console console;
    private String device = Backends.DEFAULT;
    private int threads;
    private ComputeChoice computeChoice;

    FoveaCommand(Console console) {
        this.console = console;
    }

    Console console() {
        return console;
    }

    boolean json() {
        return json;
    }

    boolean debug() {
        return debug || !System.getenv().getOrDefault("FOVEA_DEBUG", "").isEmpty();
    }

    @Option(
            names = "--device",
            paramLabel = "NAME",
            scope = ScopeType.INHERIT,
            description =
                    "What computes: cpu (default), opencl, opencl:NUMBER or opencl:PART-OF-A-NAME (see \"fovea devices\"),"
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
     * The model that was asked for, not yet loaded.
     *
     * @param embedded the one that is used when nobody asks for another
     */
    ModelSource model(String embedded) {
        return named(model == null ? embedded : model);
    }

    /**
     * The same where an embedded model consists of several.
     *
     * @param part the one that the command needs
     */
    ModelSource model(String embedded, String part) {
        return model(embedded).part(part);
    }

    /**
     * Says that a model's checkpoint holds tensors without a use: what they were to change (an adapter beside its base, a tower of another
     * model) has no effect on the answers.
     *
     * @param unused names of the tensors
     */
    void warnUnused(ModelSource source, List<String> unused) {
        if (!unused.isEmpty()) {
            String some = String.join(", ", unused.subList(0, Math.min(MOST_UNUSED, unused.size())));
            console()
                    .warn(source.name() + ": " + (unused.size() == 1 ? "a tensor has" : unused.size() + " tensors have")
                            + " no use in this model and no effect: " + some
                            + (unused.size() > MOST_UNUSED ? ", ..." : "")
                            + "; fovea inspect --json lists all");
        }
    }

    /** What computes, as it was asked for. */
    Backend backend() {
        return Backends.open(device, threads);
    }

    private ComputeChoice computeChoice() {
        if (computeChoice == null) {
            computeChoice = new ComputeChoice(compute, device, console);
        }
        return computeChoice;
    }

    /** Another model, with the device, the threads and the type of weights that were asked for. */
    ModelSource named(String name) {
        LoadOptions options =
                LoadOptions.DEFAULTS.withDevice(device).withThreads(threads).withWeights(weights.dtype());
        return new ModelSource(name, "", options, computeChoice(), command());
    }

    /** The name of the command that runs, {@code classify} for one. */
    private String command() {
        ParseResult given = spec.commandLine().getParseResult();
        return given != null && given.hasSubcommand()
                ? given.subcommand().commandSpec().name()
                : spec.name();
    }

    /** Reads the version that the build wrote. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() throws IOException {
            Properties properties = new Properties();
            try (InputStream stream = FoveaCommand.class.getResourceAsStream("version.properties")) {
                properties.load(stream);
            }
            return new String[] {"fovea " + properties.getProperty("version")};
        }
    }
}
