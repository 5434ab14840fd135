package dev.fovea.app.bootstrap;

import dev.fovea.app.files.AppendedFile;
import dev.fovea.app.json.Json;
import dev.fovea.app.results.ResultFile;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Writes a file of JSON lines that is its own record of what is done. A line is written in one piece when its work is
 * done. A piece of a line at the end, left by a process that died, is cut off. Whoever opens the file again knows which
 * ids it holds. Only one process may write it at a time.
 */
public final class ResumableLines implements AutoCloseable {

    /** The field by which a run with another threshold is noticed. */
    public static final String THRESHOLD = "threshold";

    private final AppendedFile file;
    private final Set<String> ids = new HashSet<>();

    private ResumableLines(AppendedFile file) {
        this.file = file;
    }

    /**
     * Opens a file, new or begun.
     *
     * @param threshold what its lines were made with
     * @throws FoveaException if it is another kind of file, was begun with another threshold, or is being written by
     *     another process
     */
    public static ResumableLines open(Path path, double threshold) {
        AppendedFile file = AppendedFile.open(path);
        try {
            ResumableLines lines = new ResumableLines(file);
            lines.readBack(threshold);
            return lines;
        } catch (RuntimeException e) {
            try (file) {
                throw e;
            }
        }
    }

    private void readBack(double threshold) {
        long[] end = new long[1];
        file.lines((line, lineEnd) -> {
            remember(new String(line, StandardCharsets.UTF_8), threshold);
            end[0] = lineEnd;
        });
        file.truncate(end[0]);
    }

    private void remember(String line, double threshold) {
        JsonValue object;
        try {
            object = JsonReader.readObject(line, "it");
        } catch (FoveaException e) {
            object = JsonValue.MISSING;
        }
        if (!object.get("id").isText() || !object.get(THRESHOLD).isNumber()) {
            throw new FoveaException(
                    file.file() + ": is there already and not the output of this command; choose another file");
        }
        double before = object.get(THRESHOLD).number(threshold);
        if (before != threshold) {
            throw new FoveaException(file.file() + ": was begun with --threshold " + before
                    + "; use that to go on, or choose another file");
        }
        ids.add(object.get("id").text(""));
    }

    /** Returns whether there is a line with this id. */
    public boolean has(String id) {
        return ids.contains(id);
    }

    /** Writes a line. */
    public void append(String id, Json.Document line) {
        file.append(ResultFile.line(line));
        ids.add(id);
    }

    @Override
    public void close() {
        file.close();
    }
}
