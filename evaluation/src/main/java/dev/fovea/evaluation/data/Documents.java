package dev.fovea.evaluation.data;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import dev.fovea.tensor.json.JsonWriter;
import java.nio.file.Path;
import java.util.Map;

/** Reads whole JSON documents. */
final class Documents {

    private Documents() {}

    /**
     * Reads a file.
     *
     * @throws FoveaException if it cannot be read or is no JSON; the message names the line
     */
    static JsonValue read(Path file) {
        return read(JsonReader.readBytes(file), file);
    }

    static JsonValue read(byte[] bytes, Object source) {
        return JsonReader.document(
                bytes, reason -> new FoveaException(source + ": not valid JSON: " + reason + "; correct the file"));
    }

    /** Makes an object of fields, as if it had been read. */
    static JsonValue of(Map<String, Object> fields) {
        return read(JsonWriter.document(fields), fields);
    }
}
