package dev.fovea.tensor.safetensors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The index of a checkpoint in several files, {@code model.safetensors.index.json}: {@code {"metadata": {"total_size": bytes},
 * "weight_map": {tensor name: file name}}}. The total size is informational and not looked at.
 */
final class ShardIndex {

    private ShardIndex() {}

    /**
     * Reads the index.
     *
     * @return tensor name to plain file name, in the order of the index
     * @throws FoveaException if it is not readable, not of this form, names a tensor twice, or a shard is not a plain file name
     */
    static Map<String, String> read(Path path) {
        try {
            if (Files.size(path) > SafetensorsFile.LARGEST_HEADER) {
                throw new FoveaException(path + ": larger than " + SafetensorsFile.LARGEST_HEADER
                        + " bytes, which no index is; download it again");
            }
            try (Reader text = new InputStreamReader(Files.newInputStream(path), StandardCharsets.UTF_8.newDecoder());
                    JsonParser parser = HeaderParser.JSON.createParser(text)) {
                return readRoot(path, parser);
            }
        } catch (CharacterCodingException e) {
            throw new FoveaException(broken(path, "not UTF-8 text"), e);
        } catch (JsonProcessingException e) {
            throw new FoveaException(broken(path, "not valid JSON"), e);
        } catch (IOException e) {
            throw new FoveaException(path + ": cannot be read (" + e.getMessage() + "); check its permissions", e);
        }
    }

    private static Map<String, String> readRoot(Path path, JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new FoveaException(broken(path, "not a JSON object"));
        }
        Map<String, String> weightMap = null;
        for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
            JsonToken value = parser.nextToken();
            if (!key.equals("weight_map")) {
                parser.skipChildren();
                continue;
            }
            if (value != JsonToken.START_OBJECT || weightMap != null) {
                throw new FoveaException(broken(path, "it must have one object weight_map"));
            }
            weightMap = readWeightMap(path, parser);
        }
        if (parser.nextToken() != null) {
            throw new FoveaException(broken(path, "it goes on after the JSON object"));
        }
        if (weightMap == null) {
            throw new FoveaException(broken(path, "it has no weight_map"));
        }
        return weightMap;
    }

    private static Map<String, String> readWeightMap(Path path, JsonParser parser) throws IOException {
        Map<String, String> weightMap = new LinkedHashMap<>();
        for (String tensor = parser.nextFieldName(); tensor != null; tensor = parser.nextFieldName()) {
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw new FoveaException(broken(path, "the file of tensor " + Text.quote(tensor) + " is not a string"));
            }
            String shard = parser.getText();
            if (!isPlainFileName(shard)) {
                throw new FoveaException(broken(
                        path,
                        "shard " + Text.quote(shard) + " of tensor " + Text.quote(tensor)
                                + " must be the name of a file in the same folder"));
            }
            if (weightMap.put(tensor, shard) != null) {
                throw new FoveaException(broken(path, "it names tensor " + Text.quote(tensor) + " twice"));
            }
            if (weightMap.size() > SafetensorsFile.MOST_NAMES) {
                throw new FoveaException(broken(path, "it has more than " + SafetensorsFile.MOST_NAMES + " names"));
            }
        }
        return weightMap;
    }

    /** Nothing that could leave the folder on any system: an index comes from strangers. */
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
