package dev.fovea.app.command;

import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Exit;
import dev.fovea.service.FoveaMcp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Offers tools to an agent over standard input and output until the agent closes them. */
@Command(
        name = "mcp",
        sortOptions = false,
        description = "Offer tools to an agent (Model Context Protocol) over standard input and output.",
        footer = {
            "",
            "The agent's program starts this command. Pictures are read in the folders that --root names and in the"
                    + " roots of the agent's program, nowhere else. --model NAME=MODEL may be repeated; each tool runs"
                    + " on the first model that is for it, the embedded ones last.",
            "",
            "Examples:",
            "  fovea mcp --root ~/Pictures",
            "  fovea mcp --root ~/Pictures --model clip=openai/clip-vit-base-patch32",
            "  fovea mcp --root ~/Pictures --index photos.index"
        })
public final class McpCommand implements Callable<Integer> {

    private final Session session;

    @Option(
            names = "--root",
            paramLabel = "FOLDER",
            description = "A folder whose pictures may be looked at, with all below it; may be repeated.")
    private List<Path> roots = new ArrayList<>();

    @Option(
            names = "--index",
            paramLabel = "INDEX",
            description = "Search photos in an index that fovea index made (default: one for each folder, kept in"
                    + " the cache).")
    private Path index;

    /** Makes the command for a session that is set up while the command line is read. */
    public McpCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        System.setOut(System.err); // whatever prints there would break the protocol
        IndexAccess.silenceLucene();
        FoveaMcp.Builder builder = FoveaMcp.builder();
        roots.forEach(builder::root);
        List<NamedModel> asked = NamedModel.asked(session);
        Set<String> names = asked.stream().map(NamedModel::name).collect(Collectors.toSet());
        // Of the embedded models Florence-2 comes first: it describes a picture with more words than BLIP.
        Stream<NamedModel> embedded =
                NamedModel.embedded(session).reversed().stream().filter(model -> !names.contains(model.name()));
        Stream.concat(asked.stream(), embedded).forEach(model -> model.addTo(builder::model));
        if (index != null) {
            builder.index(index, IndexAccess.options(session, index));
        }
        try (FoveaMcp mcp = builder.open()) {
            mcp.serve(System.in, session.console().stream());
        }
        return Exit.DONE;
    }
}
