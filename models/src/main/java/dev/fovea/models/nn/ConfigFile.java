package dev.fovea.models.nn;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A checkpoint's {@code config.json}, or an object inside it. Fields that are absent or null have the default of the model's
 * configuration class, unknown ones are ignored: published files are sparse, or full of things that matter to others.
 */
public final class ConfigFile {

    private static final long MOST_BYTES = 16L << 20;

    private final Path file;
    private final String path;
    private final JsonNode node;

    private ConfigFile(Path file, String path, JsonNode node) {
        this.file = file;
        this.path = path;
        this.node = node;
    }

    /**
     * Reads {@code config.json} of a folder.
     *
     * @throws FoveaException if there is none, or it is not a JSON object
     */
    public static ConfigFile of(Path folder) {
        Path file = folder.resolve("config.json");
        if (!Files.isDirectory(folder)) {
            throw new FoveaException("no model folder " + folder
                    + "; expected a folder with config.json and model.safetensors, or the name of an embedded model");
        }
        if (!Files.isRegularFile(file)) {
            throw new FoveaException(
                    folder + ": no config.json here; expected a checkpoint folder as downloaded from the hub");
        }
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new FoveaException(file + ": " + Files.size(file) + " bytes is too large for a configuration");
            }
            JsonNode node = new ObjectMapper().readTree(Files.readAllBytes(file));
            if (node == null || !node.isObject()) {
                throw new FoveaException(file + ": " + (Files.size(file) == 0 ? "empty" : "not a JSON object")
                        + "; expected a model's configuration, download it again");
            }
            return new ConfigFile(file, "", node);
        } catch (JsonProcessingException e) {
            throw new FoveaException(
                    file + ": not JSON ("
                            + e.getOriginalMessage().lines().findFirst().orElse("") + "); download it again",
                    e);
        } catch (IOException e) {
            throw new FoveaException(file + ": cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /** An object below this one; every field of an absent one is absent. */
    public ConfigFile at(String name) {
        JsonNode child = node.path(name);
        if (!child.isObject() && !child.isMissingNode() && !child.isNull()) {
            throw wrong(name, "an object");
        }
        return new ConfigFile(file, path + name + ".", child);
    }

    /** This object with the fields of another laid over it. */
    public ConfigFile overriddenBy(ConfigFile other) {
        if (!other.node.isObject()) {
            return this;
        }
        var merged = new ObjectMapper().createObjectNode();
        for (JsonNode part : new JsonNode[] {node, other.node}) {
            part.properties().forEach(field -> merged.set(field.getKey(), field.getValue()));
        }
        return new ConfigFile(file, path, merged);
    }

    /** A size: a whole number of at least one. */
    public int size(String name, int absent) {
        int value = integer(name, absent);
        if (value < 1) {
            throw wrong(name, "a whole number of at least 1");
        }
        return value;
    }

    /** A whole number. */
    public int integer(String name, int absent) {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.canConvertToInt() || !value.canConvertToExactIntegral()) {
            throw wrong(name, "a whole number");
        }
        return value.intValue();
    }

    /** A number. */
    public float number(String name, float absent) {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isNumber()) {
            throw wrong(name, "a number");
        }
        return value.floatValue();
    }

    /** A text. */
    public String text(String name, String absent) {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isTextual()) {
            throw wrong(name, "a text");
        }
        return value.textValue();
    }

    /** The complaint about one field. */
    public FoveaException wrong(String name, String expected) {
        String found = node.path(name).toString();
        return new FoveaException(file + ": " + path + name + " is "
                + (found.length() > 60 ? found.substring(0, 60) + "..." : found) + ", expected " + expected);
    }

    /** Where this was read from. */
    public Path file() {
        return file;
    }
}
