package dev.fovea.app;

import dev.fovea.models.json.JsonScanner;
import dev.fovea.models.json.JsonValue;
import dev.fovea.tensor.FoveaException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The file of {@code --to}: one result for each picture, written when it is known, so that a run that is stopped loses nothing. Running the
 * same command again goes on where it was stopped and writes nothing twice.
 *
 * <p>Beside it lies its record, {@code FILE.run}: a line that says which command, model and options it is made with, and for {@code .npy},
 * which has numbers only, a line for each row.
 */
final class ResultFile implements AutoCloseable {

    static final String ENDINGS = ".jsonl, .csv or, for embed, .npy";

    /** How results lie in the file. */
    interface Format {
        /** Reads what is there, tells every picture's name to the receiver, and cuts off what is half-written. */
        void readBack(Set<String> done);

        /** Writes one result. */
        void append(String name, Json.Document result);
    }

    private final AppendedFile file;
    private final AppendedFile record;
    private final Format format;
    private final Set<String> done = new HashSet<>();
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
     * @throws FoveaException if its name has another ending, it was not made by this command, or was begun with other settings
     */
    static ResultFile open(Path path, Map<String, String> settings, boolean vectors) {
        String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
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
            results.checkRecord(settings);
            format.readBack(results.done);
            return results;
        } catch (RuntimeException e) {
            try (AppendedFile opened = file;
                    AppendedFile too = record) {
                throw e;
            }
        }
    }

    private void checkRecord(Map<String, String> settings) {
        JsonValue[] found = new JsonValue[1];
        record.lines((line, end) -> found[0] = found[0] == null ? parse(line) : found[0]);
        if (found[0] == null) {
            if (file.size() > 0) {
                throw new FoveaException(file.file() + ": is there already and has no record of how it was made ("
                        + record.file().getFileName() + "); choose another file");
            }
            record.truncate(0);
            record.append(line(json -> {
                for (Map.Entry<String, String> setting : settings.entrySet()) {
                    json.writeStringField(setting.getKey(), setting.getValue());
                }
            }));
            record.sync();
            return;
        }
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            String before = found[0].get(setting.getKey()).text("nothing");
            if (!before.equals(setting.getValue())) {
                throw new FoveaException(file.file() + ": was begun with " + setting.getKey() + " " + before + ", not "
                        + setting.getValue() + "; use that to go on, or choose another file");
            }
        }
    }

    /** A line as JSON, or a missing value where it is none. */
    static JsonValue parse(byte[] line) {
        try {
            return JsonScanner.readObject(new String(line, StandardCharsets.UTF_8), "it");
        } catch (FoveaException notJson) {
            return JsonValue.MISSING;
        }
    }

    /** A JSON object as the bytes of a line. */
    static byte[] line(Json.Document fields) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            Json.write(bytes, fields);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether there is a result for a picture already. */
    boolean has(Path picture) {
        return done.contains(picture.toString());
    }

    /** How many results there are. */
    int count() {
        return done.size();
    }

    /** Writes the result for a picture. */
    void append(Path picture, Json.Document result) {
        String name = picture.toString();
        format.append(name, result);
        done.add(name);
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
