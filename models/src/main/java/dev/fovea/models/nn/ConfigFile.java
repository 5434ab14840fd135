package dev.fovea.models.nn;

import dev.fovea.models.json.JsonScanner;
import dev.fovea.models.json.JsonValue;
import dev.fovea.tensor.Activation;
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

    /** Far beyond any model, and a kernel of this many outputs, 3 colours and such a height and width still fits a long. */
    private static final int LARGEST_SIZE = 1_000_000;

    private final Path file;
    private final String path;
    private final JsonValue node;

    private ConfigFile(Path file, String path, JsonValue node) {
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
            return new ConfigFile(file, "", JsonScanner.readObject(file));
        } catch (IOException e) {
            throw new FoveaException(file + ": cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /** An object below this one; every field of an absent one is absent. */
    public ConfigFile at(String name) {
        JsonValue child = node.get(name);
        if (!child.isObject() && !child.isMissing()) {
            throw wrong(name, "an object");
        }
        return new ConfigFile(file, path + name + ".", child);
    }

    /** Whether a field is there and not null. */
    public boolean has(String name) {
        return !node.get(name).isMissing();
    }

    /** A size: a whole number of at least one, and not so large that products of sizes overflow. */
    public int size(String name, int absent) {
        int value = integer(name, absent);
        if (value < 1 || value > LARGEST_SIZE) {
            throw wrong(name, "a whole number from 1 to " + LARGEST_SIZE);
        }
        return value;
    }

    /** A whole number. */
    public int integer(String name, int absent) {
        JsonValue value = node.get(name);
        if (!value.isMissing() && !value.isInteger()) {
            throw wrong(name, "a whole number");
        }
        return value.integer(absent);
    }

    /** A number. */
    public float number(String name, float absent) {
        JsonValue value = node.get(name);
        if (!value.isMissing() && !value.isNumber()) {
            throw wrong(name, "a number");
        }
        return (float) value.number(absent);
    }

    /** A text. */
    public String text(String name, String absent) {
        JsonValue value = node.get(name);
        if (!value.isMissing() && !value.isText()) {
            throw wrong(name, "a text");
        }
        return value.text(absent);
    }

    /** An activation by its name. */
    public Activation activation(String name, Activation absent) {
        if (!has(name)) {
            return absent;
        }
        String value = text(name, "");
        try {
            return Activation.named(value);
        } catch (FoveaException unknown) {
            throw wrong(name, "relu, gelu, gelu_pytorch_tanh, gelu_new or quick_gelu");
        }
    }

    /** The complaint about one field. */
    public FoveaException wrong(String name, String expected) {
        String found = has(name) ? node.get(name).toString() : "missing";
        return new FoveaException(file + ": " + path + name + " is "
                + (found.length() > 60 ? found.substring(0, 60) + "..." : found) + ", expected " + expected);
    }

    /** Where this was read from. */
    public Path file() {
        return file;
    }
}
