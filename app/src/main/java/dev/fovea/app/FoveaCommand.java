package dev.fovea.app;

import dev.fovea.app.command.AskCommand;
import dev.fovea.app.command.BootstrapCommand;
import dev.fovea.app.command.CaptionCommand;
import dev.fovea.app.command.ClassifyCommand;
import dev.fovea.app.command.CompletionCommand;
import dev.fovea.app.command.ConvertCommand;
import dev.fovea.app.command.DescribeCommand;
import dev.fovea.app.command.DetectCommand;
import dev.fovea.app.command.DevicesCommand;
import dev.fovea.app.command.DownloadCommand;
import dev.fovea.app.command.DuplicatesCommand;
import dev.fovea.app.command.EmbedCommand;
import dev.fovea.app.command.EvaluateCommand;
import dev.fovea.app.command.ExportCommand;
import dev.fovea.app.command.FlorenceCommand;
import dev.fovea.app.command.GroundCommand;
import dev.fovea.app.command.ImportCommand;
import dev.fovea.app.command.IndexCommand;
import dev.fovea.app.command.InspectCommand;
import dev.fovea.app.command.MatchCommand;
import dev.fovea.app.command.McpCommand;
import dev.fovea.app.command.ModelsCommand;
import dev.fovea.app.command.OcrCommand;
import dev.fovea.app.command.SearchCommand;
import dev.fovea.app.command.SegmentCommand;
import dev.fovea.app.command.ServeCommand;
import dev.fovea.app.command.StudioCommand;
import dev.fovea.app.command.TagCommand;
import dev.fovea.app.evaluation.AnswersCommand;
import dev.fovea.app.evaluation.BiasCommand;
import dev.fovea.app.evaluation.CaptionsCommand;
import dev.fovea.app.evaluation.DetectionCommand;
import dev.fovea.app.evaluation.GroundingCommand;
import dev.fovea.app.evaluation.OcrEvaluationCommand;
import dev.fovea.app.evaluation.RetrievalCommand;
import dev.fovea.app.evaluation.SegmentationCommand;
import dev.fovea.app.evaluation.ZeroShotCommand;
import dev.fovea.app.session.Session;
import dev.fovea.app.tuning.TuneCommand;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ScopeType;

/** Lists the commands of the root, {@code fovea COMMAND ...}, and gives each the session. */
@Command(
        name = "fovea",
        description = "Pictures and words: CLIP, BLIP and Florence-2 in pure Java.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = FoveaCommand.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false,
        footer = {
            "",
            "Exit codes: 0 done, 1 the work failed (one line on stderr says why), 2 wrong usage.",
            "Example: fovea classify cat.jpg \"a cat\" \"a dog\""
        })
final class FoveaCommand {

    /** What makes each command, by its name, in the order in which help lists them. */
    private static final Map<String, Function<Session, Object>> COMMANDS = commands();

    @Mixin
    private final Session session;

    private FoveaCommand(Session session) {
        this.session = session;
    }

    /**
     * Returns the root with the commands that a command line may mean: those whose names stand in it, and all where
     * none does, so that help lists them and a mistake is compared with them. Setting up those that are not meant would
     * cost every start.
     *
     * @param arguments the command line
     */
    static CommandLine commandLine(Session session, String... arguments) {
        CommandLine root = new CommandLine(new FoveaCommand(session));
        Set<String> words = Set.copyOf(Arrays.asList(arguments));
        Set<String> named = new LinkedHashSet<>(COMMANDS.keySet());
        named.retainAll(words);
        boolean none = named.isEmpty() && !words.contains("--version");
        boolean all = none || named.contains("completion"); // which names all of them
        for (String name : all ? COMMANDS.keySet() : named) {
            root.addSubcommand(name, COMMANDS.get(name).apply(session));
        }
        return root;
    }

    private static Map<String, Function<Session, Object>> commands() {
        Map<String, Function<Session, Object>> commands = new LinkedHashMap<>();
        commands.put("caption", CaptionCommand::new);
        commands.put("ask", AskCommand::new);
        commands.put("match", MatchCommand::new);
        commands.put("detect", DetectCommand::new);
        commands.put("ground", GroundCommand::new);
        commands.put("segment", SegmentCommand::new);
        commands.put("ocr", OcrCommand::new);
        commands.put("describe", DescribeCommand::new);
        commands.put("florence", FlorenceCommand::new);
        commands.put("classify", ClassifyCommand::new);
        commands.put("embed", EmbedCommand::new);
        commands.put("index", IndexCommand::new);
        commands.put("search", SearchCommand::new);
        commands.put("duplicates", DuplicatesCommand::new);
        commands.put("tag", TagCommand::new);
        commands.put("export", ExportCommand::new);
        commands.put("import", ImportCommand::new);
        commands.put("serve", ServeCommand::new);
        commands.put("mcp", McpCommand::new);
        commands.put("studio", StudioCommand::new);
        commands.put("evaluate", FoveaCommand::evaluate);
        commands.put("tune", TuneCommand::new);
        commands.put("bootstrap", BootstrapCommand::new);
        commands.put("inspect", InspectCommand::new);
        commands.put("devices", DevicesCommand::new);
        commands.put("models", ModelsCommand::new);
        commands.put("download", DownloadCommand::new);
        commands.put("convert", ConvertCommand::new);
        commands.put("completion", CompletionCommand::new);
        return commands;
    }

    private static CommandLine evaluate(Session session) {
        CommandLine evaluate = new CommandLine(new EvaluateCommand(session));
        Object[] kinds = {
            new ZeroShotCommand(session),
            new RetrievalCommand(session),
            new CaptionsCommand(session),
            new AnswersCommand(session),
            new DetectionCommand(session),
            new GroundingCommand(session),
            new SegmentationCommand(session),
            new OcrEvaluationCommand(session),
            new BiasCommand(session)
        };
        for (Object kind : kinds) {
            evaluate.addSubcommand(kind);
        }
        return evaluate;
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
