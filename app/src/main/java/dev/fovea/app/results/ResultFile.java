package dev.fovea.app.results;

import dev.fovea.app.files.AppendedFile;
import dev.fovea.app.json.Json;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Writes the file of {@code --to}: one result for each picture or text, written when it is known, so that a run that is
 * stopped loses nothing. Running the same command again continues where it was stopped and writes nothing twice.
 *
 * <p>The file's record {@code FILE.run} is beside it. Its first line says which command, model and options the file is
 * made with. For {@code .npy}, which has numbers only, a line for each row follows.
 */
public final class ResultFile implements AutoCloseable {

    static final String ENDINGS = ".jsonl, .csv or, for embed, .npy";

    /**
     * Names what a result is about.
     *
     * @param kind {@code image} or {@code text}, the field that holds the name
     * @param name a file as it was given, or the text
     */
    public record Subject(String kind, String name) {
        public static final String IMAGE = "image";
        public static final String TEXT = "text";

        public static Subject of(Path picture) {
            return new Subject(IMAGE, picture.toString());
        }

        /** Reads the subject of a line that begins with it, null if there is none. */
        public static Subject of(JsonValue line) {
            for (String kind : List.of(IMAGE, TEXT)) {
                if (line.get(kind).isText()) {
                    return new Subject(kind, line.get(kind).text(""));
                }
            }
            return null;
        }
    }

    /** Writes results in one format of files. */
    interface Format {
        /** Adds the subjects that have results already, and cuts off what is half-written. */
        void readBack(Set<Subject> done);

        /** Writes one result. */
        void append(Subject subject, Json.Document result);
    }

    private final AppendedFile file;
    private final AppendedFile record;
    private final Format format;
    private final Set<Subject> done = new HashSet<>();
    private long lastSync = System.nanoTime();

    private ResultFile(AppendedFile file, AppendedFile record, Format format) {
        this.file = file;
        this.record = record;
        this.format = format;
    }

    /**
     * Opens a file, new or begun.
     *
     * @param settings what the results depend on, by name
     * @param vectors whether there is a field {@code vector}, which {@code .npy} needs
     * @throws FoveaException if its name has another ending, it was not made by this command, or was begun with other
     *     settings
     */
    public static ResultFile open(Path path, Map<String, String> settings, boolean vectors) {
        String name = path.toString().toLowerCase(Locale.ROOT);
        boolean npy = name.endsWith(".npy");
        if (!npy && !name.endsWith(".jsonl") && !name.endsWith(".csv") || npy && !vectors) {
            throw new FoveaException(path + ": --to writes files that end in " + ENDINGS);
        }
        AppendedFile file = AppendedFile.open(path);
        AppendedFile record = null;
        try {
            record = AppendedFile.open(path.resolveSibling(path.getFileName() + ".run"));
            Format format = npy
                    ? new NpyFormat(file, record)
                    : name.endsWith(".csv") ? new CsvFormat(file) : new JsonLinesFormat(file);
            ResultFile results = new ResultFile(file, record, format);
            RunRecord.check(record, path, file.size() > 0, settings);
            format.readBack(results.done);
            return results;
        } catch (RuntimeException e) {
            try (AppendedFile opened = file;
                    AppendedFile too = record) {
                throw e;
            }
        }
    }

    /** Returns a JSON object as the bytes of a line. */
    public static byte[] line(Json.Document fields) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            Json.write(bytes, fields);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns whether there is a result already. */
    public boolean has(Subject subject) {
        return done.contains(subject);
    }

    /** Returns how many results there are. */
    int count() {
        return done.size();
    }

    /** Writes a result. */
    public void append(Subject subject, Json.Document result) {
        format.append(subject, result);
        done.add(subject);
        // Once a second is little beside the work, and all that a power failure costs.
        if (System.nanoTime() - lastSync > 1_000_000_000L) {
            file.sync();
            record.sync();
            lastSync = System.nanoTime();
        }
    }

    @Override
    public void close() {
        try (record) {
            file.close();
        }
    }
}
