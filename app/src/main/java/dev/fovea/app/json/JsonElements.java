package dev.fovea.app.json;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Collects the objects of an array of a JSON document that is printed when all of them are known, and not at all if the
 * work fails before. They are kept as text, and beyond some megabytes in a temporary file, so that a hundred thousand
 * of them fit into any heap.
 */
public final class JsonElements implements AutoCloseable {

    private static final int MOST_IN_MEMORY = 8 << 20;

    private final int mostInMemory;
    private ByteArrayOutputStream memory = new ByteArrayOutputStream();
    private OutputStream out = memory;
    private Path file;

    public JsonElements() {
        this(MOST_IN_MEMORY);
    }

    /** Keeps at most this many bytes in memory; what exceeds them goes to a temporary file. */
    public JsonElements(int mostInMemory) {
        this.mostInMemory = mostInMemory;
    }

    /** Adds an object with these fields. */
    public void add(Json.Document fields) {
        try {
            Json.write(out, fields);
            if (file == null && memory.size() > mostInMemory) {
                file = Files.createTempFile("fovea-", ".json");
                file.toFile().deleteOnExit(); // when the process is interrupted
                out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
                memory.writeTo(out);
                memory = null;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes an array of all objects that were added. */
    public void write(JsonGenerator json, String field) throws IOException {
        out.flush();
        json.writeArrayFieldStart(field);
        InputStream bytes = file == null ? new ByteArrayInputStream(memory.toByteArray()) : Files.newInputStream(file);
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null) {
                json.writeRaw(line);
                line = lines.readLine();
                if (line != null) {
                    json.writeRaw(',');
                }
            }
        }
        json.writeEndArray();
    }

    @Override
    public void close() {
        try {
            out.close();
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
