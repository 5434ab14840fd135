package dev.fovea.app.results;

import dev.fovea.app.files.AppendedFile;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Writes and checks the first line of a record beside results, which says what they are made with. */
public final class RunRecord {

    private RunRecord() {}

    /**
     * Writes the line, or compares what it says.
     *
     * @param results the file or folder that the record is about
     * @param begun whether there are results already
     * @param settings what the results depend on, by name
     * @throws FoveaException if the results were begun with other settings, or nobody knows with which
     */
    public static void check(AppendedFile record, Path results, boolean begun, Map<String, String> settings) {
        JsonValue[] found = new JsonValue[1];
        record.lines((line, end) -> found[0] = found[0] == null ? parse(line) : found[0]);
        if (found[0] == null) {
            if (begun) {
                throw new FoveaException(results + ": is there already and has no record of how it was made ("
                        + record.file().getFileName() + "); choose another file");
            }
            record.truncate(0);
            record.append(ResultFile.line(json -> {
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
                throw new FoveaException(results + ": was begun with " + setting.getKey() + " " + before + ", not "
                        + setting.getValue() + "; use that to go on, or choose another name");
            }
        }
    }

    /** Returns a line as JSON, or a missing value where it is none. */
    public static JsonValue parse(byte[] line) {
        try {
            return JsonReader.readObject(new String(line, StandardCharsets.UTF_8), "it");
        } catch (FoveaException notJson) {
            return JsonValue.MISSING;
        }
    }
}
