package dev.fovea.app.command;

import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Exit;
import dev.fovea.app.terminal.Style;
import dev.fovea.search.IndexInfo;
import dev.fovea.search.PhotoIndex;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes an index as files that other programs load. */
@Command(
        name = "export",
        sortOptions = false,
        description = {
            "Write an index as files that other programs load: vectors.npy with a row",
            "for each picture, and pictures.jsonl with a line for each row."
        },
        footer = {"", "Example:", "  fovea export photos.index --to vectors/"})
public final class ExportCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(index = "0", paramLabel = "INDEX", description = "An index that fovea index made.")
    private Path index;

    @Option(names = "--to", required = true, paramLabel = "FOLDER", description = "Where the files go.")
    private Path folder;

    /** Makes the command for a session that is set up while the command line is read. */
    public ExportCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (PhotoIndex photos = IndexAccess.open(index)) {
            IndexInfo info = photos.info();
            int pictures = photos.export(folder);
            if (session.json()) {
                session.console().print(json -> {
                    json.writeStringField("index", index.toString());
                    json.writeStringField("model", info.model());
                    json.writeStringField("to", folder.toString());
                    json.writeNumberField("pictures", pictures);
                    json.writeNumberField("dimension", info.dimension());
                });
            } else {
                session.console()
                        .print(session.console().style().value(folder) + ": " + Style.count(pictures)
                                + " pictures with vectors of " + info.dimension() + " numbers\n");
            }
        }
        return Exit.DONE;
    }
}
