package dev.fovea.app.command;

import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Exit;
import dev.fovea.search.DuplicateGroup;
import dev.fovea.search.PhotoIndex;
import dev.fovea.tensor.Backend;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Groups the pictures of an index that look alike. */
@Command(
        name = "duplicates",
        sortOptions = false,
        description = {
            "Group the pictures of an index that look alike, and copies.",
            "The first of a group has the most pixels; = marks a file with the same bytes as one above it."
        },
        footer = {
            "",
            "Examples:",
            "  fovea duplicates photos.index",
            "  fovea duplicates photos.index --threshold 0.9 --json"
        })
public final class DuplicatesCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(index = "0", paramLabel = "INDEX", description = "An index that fovea index made.")
    private Path index;

    @Option(
            names = "--threshold",
            paramLabel = "T",
            description = "How alike two pictures of a group are at least, as a cosine (default: 0.97).")
    private double threshold = 0.97;

    @Spec
    private CommandSpec spec;

    /** Makes the command for a session that is set up while the command line is read. */
    public DuplicatesCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (!(threshold > 0 && threshold <= 1)) {
            throw new ParameterException(
                    spec.commandLine(), "--threshold must be larger than 0 and at most 1, found " + threshold);
        }
        try (PhotoIndex photos = IndexAccess.open(index)) {
            IndexAccess.requirePictures(index, photos);
            try (Backend backend = session.backend()) {
                print(photos.duplicates(threshold, backend));
            }
        }
        return Exit.DONE;
    }

    private void print(List<DuplicateGroup> groups) {
        if (!session.json()) {
            StringBuilder lines = new StringBuilder();
            for (DuplicateGroup group : groups) {
                lines.append(lines.isEmpty() ? "" : "\n");
                for (DuplicateGroup.Duplicate picture : group.pictures()) {
                    lines.append(String.format(
                                    Locale.ROOT, "%7.4f %s ", picture.similarity(), picture.identical() ? "=" : " "))
                            .append(session.console().style().value(picture.file()))
                            .append('\n');
                }
            }
            session.console().print(lines.isEmpty() ? "no duplicates\n" : lines.toString());
            return;
        }
        session.console().print(json -> {
            json.writeArrayFieldStart("groups");
            for (DuplicateGroup group : groups) {
                json.writeStartObject();
                json.writeArrayFieldStart("images");
                for (DuplicateGroup.Duplicate picture : group.pictures()) {
                    json.writeStartObject();
                    json.writeStringField("image", picture.file().toString());
                    json.writeNumberField("similarity", picture.similarity());
                    json.writeBooleanField("identical", picture.identical());
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
