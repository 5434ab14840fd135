package dev.fovea.app.command;

import dev.fovea.app.pictures.HeapTrim;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Exit;
import dev.fovea.app.terminal.Progress;
import dev.fovea.app.terminal.Style;
import dev.fovea.search.IndexListener;
import dev.fovea.search.IndexReport;
import dev.fovea.search.PhotoIndex;
import dev.fovea.search.SideFields;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Builds an index of folders of pictures, or brings one up to date. */
@Command(
        name = "index",
        sortOptions = false,
        description = {
            "Index folders of pictures for search and duplicates (CLIP).",
            "Only pictures that are new or changed are computed; run it again whenever you like."
        },
        footer = {
            "",
            "Examples:",
            "  fovea index photos/ --into photos.index",
            "  fovea index shop/ --into shop.index --fields products.csv",
            "  fovea search photos.index \"a red car in the snow\""
        })
public final class IndexCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(arity = "1..*", paramLabel = "FOLDER", description = "Folders with all pictures below them, or files.")
    private List<Path> folders;

    @Option(names = "--into", required = true, paramLabel = "INDEX", description = "The folder of the index.")
    private Path index;

    @Option(
            names = "--fields",
            paramLabel = "FILE",
            description = "What is known about the pictures besides, for search --where: JSON lines with a field image,"
                    + " or CSV with a column image.")
    private Path fields;

    /** Makes the command for a session that is set up while the command line is read. */
    public IndexCommand(Session session) {
        this.session = session;
    }

    /** Shows the progress, and reports what cannot be read. */
    private final class Listener implements IndexListener, AutoCloseable {

        private final ModelSource source;
        private final HeapTrim heap = new HeapTrim();
        private Progress progress;

        Listener(ModelSource source) {
            this.source = source;
        }

        @Override
        public void started(List<Path> files) {
            session.warnOfPhotographs(source, files);
            progress = new Progress(session.console(), "pictures", files.size());
        }

        @Override
        public void advanced() {
            heap.check();
            progress.advance(1);
        }

        @Override
        public void unreadable(Path file, String reason) {
            if (progress != null) {
                progress.clear();
            }
            session.console().error(reason);
        }

        @Override
        public void buildingGraph() {
            progress.show("all pictures are indexed; building the graph that makes searching fast");
        }

        @Override
        public void close() {
            if (progress != null) {
                progress.close();
            }
        }
    }

    @Override
    public Integer call() {
        if (folders.stream().noneMatch(Files::exists)) {
            throw new FoveaException(folders.getFirst() + ": no such file or folder; check the path");
        }
        SideFields side = fields == null ? SideFields.NONE : SideFields.read(fields);
        ModelSource source = session.model(IndexAccess.madeWith(index));
        try (PhotoIndex photos = IndexAccess.open(index, source);
                Listener listener = new Listener(source)) {
            IndexReport report = photos.update(folders, side, listener);
            listener.close();
            warn(report, side);
            print(source, report);
            return Exit.after(report.unreadable());
        }
    }

    private void warn(IndexReport report, SideFields side) {
        if (!report.otherFormats().isEmpty()) {
            int count = report.otherFormats().values().stream()
                    .mapToInt(Integer::intValue)
                    .sum();
            session.console()
                    .warn(count + " pictures in formats that Fovea does not read were left out: "
                            + report.otherFormats().entrySet().stream()
                                    .sorted(Map.Entry.comparingByKey())
                                    .map(format -> format.getValue() + " " + format.getKey())
                                    .collect(Collectors.joining(", "))
                            + "; convert them to JPEG or PNG");
        }
        if (side.unused() > 0) {
            session.console()
                    .warn(fields + ": speaks of " + side.unused() + " pictures that are in none of these folders");
        }
    }

    private void print(ModelSource source, IndexReport report) {
        if (!session.json()) {
            session.console()
                    .print(Style.count(report.pictures()) + " pictures in "
                            + session.console().style().value(index) + ": " + Style.count(report.added()) + " added, "
                            + Style.count(report.updated()) + " updated, " + Style.count(report.moved()) + " moved, "
                            + Style.count(report.removed()) + " removed, " + Style.count(report.unchanged())
                            + " unchanged"
                            + (report.unreadable().isEmpty()
                                    ? ""
                                    : ", " + Style.count(report.unreadable().size()) + " unreadable")
                            + "\n");
            return;
        }
        session.console().print(json -> {
            json.writeStringField("index", index.toString());
            source.write(json);
            json.writeNumberField("pictures", report.pictures());
            json.writeNumberField("added", report.added());
            json.writeNumberField("updated", report.updated());
            json.writeNumberField("moved", report.moved());
            json.writeNumberField("removed", report.removed());
            json.writeNumberField("unchanged", report.unchanged());
            json.writeArrayFieldStart("unreadable");
            for (IndexReport.Unreadable file : report.unreadable()) {
                json.writeStartObject();
                json.writeStringField("image", file.file().toString());
                json.writeStringField("error", file.reason());
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
