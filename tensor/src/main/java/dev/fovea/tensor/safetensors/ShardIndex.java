package dev.fovea.tensor.safetensors;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.files.FileErrors;
import dev.fovea.tensor.json.JsonReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads the index of a checkpoint in several files, {@code model.safetensors.index.json}: {@code {"metadata":
 * {"total_size": bytes}, "weight_map": {tensor name: file name}}}. PyTorch's files have an index of this form too. The
 * total size is informational and ignored.
 */
public final class ShardIndex {

    private ShardIndex() {}

    /**
     * Reads the index.
     *
     * @return tensor name to plain file name, in the order of the index
     * @throws ModelException if it is not readable, not of this form, names a tensor twice, or a shard is not a plain
     *     file name
     */
    public static Map<String, String> read(Path path) {
        try {
            if (Files.size(path) > SafetensorsFile.LARGEST_HEADER) {
                throw new ModelException(path + ": larger than " + SafetensorsFile.LARGEST_HEADER
                        + " bytes, which no index is; download it again");
            }
            byte[] bytes = Files.readAllBytes(path);
            return readRoot(path, JsonReader.strict(bytes, reason -> new ModelException(broken(path, reason))));
        } catch (IOException e) {
            throw FileErrors.cannotRead(path, e, "check its permissions");
        }
    }

    private static Map<String, String> readRoot(Path path, JsonReader json) {
        if (json.peek() != '{') {
            throw new ModelException(broken(path, "not a JSON object"));
        }
        json.expect('{');
        Map<String, String> weightMap = null;
        for (boolean first = true; json.hasNext(first, '}'); first = false) {
            if (!json.name().equals("weight_map")) {
                json.skipValue();
                continue;
            }
            if (json.peek() != '{' || weightMap != null) {
                throw new ModelException(broken(path, "it must have one object weight_map"));
            }
            weightMap = readWeightMap(path, json);
        }
        if (!json.atEnd()) {
            throw new ModelException(broken(path, "it goes on after the JSON object"));
        }
        if (weightMap == null) {
            throw new ModelException(broken(path, "it has no weight_map"));
        }
        return weightMap;
    }

    private static Map<String, String> readWeightMap(Path path, JsonReader json) {
        json.expect('{');
        Map<String, String> weightMap = new LinkedHashMap<>();
        for (boolean first = true; json.hasNext(first, '}'); first = false) {
            String tensor = json.name();
            if (json.peek() != '"') {
                throw new ModelException(broken(path, "the file of tensor " + Text.quote(tensor) + " is not a string"));
            }
            String shard = json.string();
            if (!isPlainFileName(shard)) {
                throw new ModelException(broken(
                        path,
                        "shard " + Text.quote(shard) + " of tensor " + Text.quote(tensor)
                                + " must be the name of a file in the same folder"));
            }
            if (weightMap.put(tensor, shard) != null) {
                throw new ModelException(broken(path, "it names tensor " + Text.quote(tensor) + " twice"));
            }
            if (weightMap.size() > SafetensorsFile.MOST_NAMES) {
                throw new ModelException(broken(path, "it has more than " + SafetensorsFile.MOST_NAMES + " names"));
            }
        }
        return weightMap;
    }

    /** Returns whether a name cannot leave the folder on any system: an index comes from strangers. */
    private static boolean isPlainFileName(String name) {
        return !name.isBlank()
                && !name.equals(".")
                && !name.equals("..")
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || Character.isISOControl(c));
    }

    private static String broken(Path path, String reason) {
        return path + ": not a valid checkpoint index: " + reason + "; download or convert it again";
    }
}
