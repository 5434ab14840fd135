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
import dev.fovea.app.command.ModelsCommand;
import dev.fovea.app.command.OcrCommand;
import dev.fovea.app.command.SearchCommand;
import dev.fovea.app.command.SegmentCommand;
import dev.fovea.app.command.ServeCommand;
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
import java.util.Properties;
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

    @Mixin
    private final Session session;

    private FoveaCommand(Session session) {
        this.session = session;
    }

    /** Returns the root with all commands below it, in the order in which help lists them. */
    static CommandLine commandLine(Session session) {
        CommandLine root = new CommandLine(new FoveaCommand(session));
        Object[] commands = {
            new CaptionCommand(session),
            new AskCommand(session),
            new MatchCommand(session),
            new DetectCommand(session),
            new GroundCommand(session),
            new SegmentCommand(session),
            new OcrCommand(session),
            new DescribeCommand(session),
            new FlorenceCommand(session),
            new ClassifyCommand(session),
            new EmbedCommand(session),
            new IndexCommand(session),
            new SearchCommand(session),
            new DuplicatesCommand(session),
            new TagCommand(session),
            new ExportCommand(session),
            new ImportCommand(session),
            new ServeCommand(session),
            evaluate(session),
            new TuneCommand(session),
            new BootstrapCommand(session),
            new InspectCommand(session),
            new DevicesCommand(session),
            new ModelsCommand(session),
            new DownloadCommand(session),
            new ConvertCommand(session),
            new CompletionCommand(session)
        };
        for (Object command : commands) {
            root.addSubcommand(command);
        }
        return root;
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
