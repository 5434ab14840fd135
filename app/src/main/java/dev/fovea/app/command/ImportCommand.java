package dev.fovea.app.command;

import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Exit;
import dev.fovea.app.terminal.Style;
import dev.fovea.search.PhotoIndex;
import dev.fovea.search.VectorFiles;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Puts vectors that were computed elsewhere into an index. */
@Command(
        name = "import",
        sortOptions = false,
        description = {
            "Put vectors that were computed elsewhere into an index: a folder of fovea export"
                    + " (vectors.npy, pictures.jsonl), or of clip-retrieval (img_emb/*.npy, metadata/*.jsonl).",
            "--model names the model that computed them; queries are embedded with it."
        },
        footer = {
            "",
            "Example:",
            "  fovea import laion/ --into laion.index --model openai/clip-vit-base-patch32",
        })
public final class ImportCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(index = "0", paramLabel = "FOLDER", description = "The folder with the vectors.")
    private Path folder;

    @Option(names = "--into", required = true, paramLabel = "INDEX", description = "The folder of the index.")
    private Path index;

    @Spec
    private CommandSpec spec;

    /** Makes the command for a session that is set up while the command line is read. */
    public ImportCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (session.models().isEmpty() && !PhotoIndex.isIndex(index)) {
            throw new ParameterException(
                    spec.commandLine(), "--model must name the model that computed the vectors, for a new index");
        }
        VectorFiles files = VectorFiles.open(folder);
        ModelSource source = session.model(IndexAccess.madeWith(index));
        try (PhotoIndex photos = IndexAccess.open(index, source)) {
            int added = photos.add(files);
            int pictures = photos.info().pictures();
            if (session.json()) {
                session.console().print(json -> {
                    json.writeStringField("index", index.toString());
                    source.write(json);
                    json.writeNumberField("added", added);
                    json.writeNumberField("pictures", pictures);
                });
            } else {
                session.console()
                        .print(Style.count(pictures) + " pictures in "
                                + session.console().style().value(index) + ", " + Style.count(added)
                                + " of them imported\n");
            }
        }
        return Exit.DONE;
    }
}
