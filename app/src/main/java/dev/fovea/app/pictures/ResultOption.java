package dev.fovea.app.pictures;

import dev.fovea.app.results.ResultFile;
import dev.fovea.app.session.ModelSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Option;

/** Holds the option {@code --to} of commands that work on many pictures. */
public final class ResultOption {

    /** Options on which no result depends. */
    private static final Set<String> WITHOUT_INFLUENCE = Set.of(
            "--to",
            "--sidecar",
            "--overwrite",
            "--draw",
            "--draw-to",
            "--image",
            "--text",
            "--model",
            "--json",
            "--debug",
            "--threads",
            "--top");

    @Option(
            names = "--to",
            paramLabel = "FILE",
            description =
                    "Write the results to FILE (.jsonl, .csv; embed also .npy) as they come; the same command again"
                            + " goes on"
                            + " where it was stopped.")
    private Path file;

    /** Returns whether results go to a file. */
    public boolean given() {
        return file != null;
    }

    /** Returns the file as it was given. */
    public Path file() {
        return file;
    }

    /**
     * Opens the file, new or begun by the same command with the same model and options.
     *
     * @param command the one that runs, with all its options
     * @param texts what results depend on besides the arguments and options, such as labels that were read from a file
     * @param vectors whether results have a vector
     */
    public ResultFile open(CommandSpec command, ModelSource source, List<String> texts, boolean vectors) {
        return ResultFile.open(file, settings(command, source, texts), vectors);
    }

    /**
     * Returns what results depend on, by name: command, model, arguments and options.
     *
     * @param texts what they depend on besides these
     */
    static Map<String, String> settings(CommandSpec command, ModelSource source, List<String> texts) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("command", command.name());
        settings.put("model", source.name());
        settings.put("texts", texts.toString());
        for (PositionalParamSpec argument : command.positionalParameters()) {
            if (!argument.paramLabel().contains("IMAGE")) {
                settings.put(argument.paramLabel(), String.join(" ", argument.originalStringValues()));
            }
        }
        for (OptionSpec option : command.options()) {
            if (WITHOUT_INFLUENCE.contains(option.longestName())) {
                continue;
            }
            // What is not given is written down, too, so that it is missed when it is given the next time.
            List<String> given = option.originalStringValues();
            settings.put(option.longestName(), given.isEmpty() ? "not given" : String.join(" ", given));
        }
        return settings;
    }
}
