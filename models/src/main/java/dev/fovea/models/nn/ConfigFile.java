package dev.fovea.models.nn;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.files.FileErrors;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A checkpoint's {@code config.json}, or an object inside it. Fields that are absent or null have the default of the
 * model's configuration class, unknown ones are ignored unless {@link #refuseUnknown} is called: published files are
 * sparse, or full of fields for other programs.
 */
public final class ConfigFile {

    private static final long MOST_BYTES = 16L << 20;

    /**
     * Largest size that is accepted. It is far beyond any model, and a kernel with this many outputs, 3 colours and
     * such a height and width still fits a long.
     */
    private static final int LARGEST_SIZE = 1_000_000;

    private final Path file;
    private final String path;
    private final JsonValue node;

    /** Names of the fields that were asked for. */
    private final Set<String> known = new HashSet<>();

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
        if (!Files.exists(folder)) {
            throw new ModelException("no model folder " + folder
                    + "; expected a folder with config.json and model.safetensors, or the name of an embedded model");
        }
        if (!Files.isRegularFile(file)) {
            throw new ModelException(folder + ": no config.json here; " + FolderGuess.describe(folder));
        }
        return read(file);
    }

    private static JsonValue readObject(Path file) {
        try {
            return JsonReader.readObject(file);
        } catch (CancelledException cancelled) {
            throw cancelled;
        } catch (FoveaException broken) {
            throw new ModelException(broken.getMessage(), broken);
        }
    }

    private static ConfigFile read(Path file) {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new ModelException(file + ": " + Files.size(file) + " bytes is too large for a configuration");
            }
            return new ConfigFile(file, "", readObject(file));
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e, "check its permissions");
        }
    }

    /**
     * Reads another configuration of a folder, such as {@code generation_config.json}; of an absent one every field is
     * absent.
     *
     * @throws FoveaException if it is there, but not a JSON object
     */
    public static ConfigFile optional(Path folder, String name) {
        Path file = folder.resolve(name);
        return Files.isRegularFile(file) ? read(file) : new ConfigFile(file, "", JsonValue.MISSING);
    }

    /** Returns an object below this one; every field of an absent object is absent. */
    public ConfigFile at(String name) {
        JsonValue child = value(name);
        if (!child.isObject() && !child.isMissing()) {
            throw wrong(name, "an object");
        }
        return new ConfigFile(file, path + name + ".", child);
    }

    /** Returns whether a field is there and not null. */
    public boolean has(String name) {
        return !value(name).isMissing();
    }

    /** Returns the whole numbers of a field that is one or a list of them. */
    public List<Integer> integerOrMore(String name, int absent) {
        JsonValue value = value(name);
        if (!value.isArray()) {
            return List.of(integer(name, absent));
        }
        if (value.items().isEmpty() || !value.items().stream().allMatch(JsonValue::isInteger)) {
            throw wrong(name, "a whole number, or a list of them");
        }
        return value.items().stream().map(item -> item.integer(0)).toList();
    }

    /**
     * Returns whether a setting is turned off: absent, null, false, empty, or the number that has no effect.
     *
     * @param neutral that number
     */
    public boolean isOff(String name, double neutral) {
        JsonValue value = value(name);
        return value.isMissing()
                || isEmpty(value)
                || value.isFlag() && !value.flag(true)
                || value.isNumber() && value.number(Double.NaN) == neutral;
    }

    /** Returns a size: a whole number of at least one, and not so large that products of sizes overflow. */
    public int size(String name, int absent) {
        int value = integer(name, absent);
        if (value < 1 || value > LARGEST_SIZE) {
            throw wrong(name, "a whole number from 1 to " + LARGEST_SIZE);
        }
        return value;
    }

    /**
     * Returns two sizes, height and width, which the field gives as one number for both or as a list.
     *
     * @return height and width
     */
    public int[] sides(String name, int absent) {
        JsonValue value = value(name);
        if (!value.isArray()) {
            int side = size(name, absent);
            return new int[] {side, side};
        }
        int[] sides = value.items().stream()
                .filter(JsonValue::isInteger)
                .mapToInt(side -> side.integer(0))
                .filter(side -> side >= 1 && side <= LARGEST_SIZE)
                .toArray();
        if (sides.length != 2 || value.items().size() != 2) {
            throw wrong(name, "a whole number or [height, width], each from 1 to " + LARGEST_SIZE);
        }
        return sides;
    }

    /** Returns texts; none where the field is absent. */
    public List<String> texts(String name) {
        JsonValue value = value(name);
        if (!value.isMissing() && !(value.isArray() && value.items().stream().allMatch(JsonValue::isText))) {
            throw wrong(name, "a list of texts");
        }
        return value.items().stream().map(text -> text.text("")).toList();
    }

    /** Returns a whole number. */
    public int integer(String name, int absent) {
        JsonValue value = value(name);
        if (!value.isMissing() && !value.isInteger()) {
            throw wrong(name, "a whole number");
        }
        return value.integer(absent);
    }

    /** Returns a number. */
    public float number(String name, float absent) {
        return (float) exactNumber(name, absent);
    }

    /** Returns a number in double precision. */
    public double exactNumber(String name, double absent) {
        JsonValue value = value(name);
        if (!value.isMissing() && !value.isNumber()) {
            throw wrong(name, "a number");
        }
        return value.number(absent);
    }

    /** Returns true or false. */
    public boolean flag(String name, boolean absent) {
        JsonValue value = value(name);
        if (!value.isMissing() && !value.isFlag()) {
            throw wrong(name, "true or false");
        }
        return value.flag(absent);
    }

    /** Returns lists of whole numbers; none where the field is absent. */
    public List<int[]> integerLists(String name) {
        JsonValue value = value(name);
        boolean fits = value.isMissing() || value.isArray();
        for (JsonValue list : value.items()) {
            fits &= list.isArray() && list.items().stream().allMatch(JsonValue::isInteger);
        }
        if (!fits) {
            throw wrong(name, "lists of whole numbers");
        }
        return value.items().stream()
                .map(list ->
                        list.items().stream().mapToInt(item -> item.integer(0)).toArray())
                .toList();
    }

    /**
     * Returns a size for each part of a model.
     *
     * @param parts how many there must be
     * @param absent for each part the size if the field is absent
     */
    public int[] sizes(String name, int parts, int... absent) {
        JsonValue value = value(name);
        if (value.isMissing() && absent.length == parts) {
            return absent.clone();
        }
        boolean fits = value.isArray() && value.items().size() == parts;
        for (JsonValue item : value.items()) {
            fits &= item.isInteger() && item.integer(-1) >= 0 && item.integer(-1) <= LARGEST_SIZE;
        }
        if (!fits) {
            throw wrong(name, parts + " whole numbers from 0 to " + LARGEST_SIZE);
        }
        return value.items().stream().mapToInt(item -> item.integer(0)).toArray();
    }

    /** Returns a list of sizes of any length, at least one. */
    public int[] anyNumberOfSizes(String name, int... absent) {
        JsonValue value = value(name);
        if (value.isMissing()) {
            return absent.clone();
        }
        if (value.items().isEmpty()) {
            throw wrong(name, "a list of whole numbers");
        }
        return sizes(name, value.items().size());
    }

    /**
     * Returns names by their numbers, as {@code id2label} has them: {@code {"0": "tench", "1": "goldfish"}}.
     *
     * @return the names in the order of their numbers; none where the field is absent
     */
    public List<String> numberedNames(String name) {
        JsonValue value = value(name);
        if (!value.isMissing() && !value.isObject()) {
            throw wrong(name, "an object of names by their numbers");
        }
        List<String> names = new ArrayList<>();
        for (int number = 0; number < value.fields().size(); number++) {
            JsonValue entry = value.get(Integer.toString(number));
            if (!entry.isText()) {
                throw new ModelException(
                        file + ": " + path + name + " has " + value.fields().size() + " entries and no name for "
                                + number + ", expected one for each number from 0");
            }
            names.add(entry.text(""));
        }
        return names;
    }

    /** Returns the number of entries of a list, 0 for an absent one. */
    public int length(String name) {
        return value(name).items().size();
    }

    /** Returns true or false for each part of a model. */
    public boolean[] flags(String name, int parts, boolean... absent) {
        JsonValue value = value(name);
        if (value.isMissing() && absent.length == parts) {
            return absent.clone();
        }
        if (!value.isArray()
                || value.items().size() != parts
                || !value.items().stream().allMatch(JsonValue::isFlag)) {
            throw wrong(name, parts + " times true or false");
        }
        boolean[] flags = new boolean[parts];
        for (int part = 0; part < parts; part++) {
            flags[part] = value.items().get(part).flag(false);
        }
        return flags;
    }

    /** Returns the names of the fields; none where this is no object. */
    public Set<String> names() {
        return node.fields().keySet();
    }

    /** Returns whether a field is a text. */
    public boolean isText(String name) {
        return value(name).isText();
    }

    /** Returns a text. */
    public String text(String name, String absent) {
        JsonValue value = value(name);
        if (!value.isMissing() && !value.isText()) {
            throw wrong(name, "a text");
        }
        return value.text(absent);
    }

    /** Returns an activation by its name. */
    public Activation activation(String name, Activation absent) {
        if (!has(name)) {
            return absent;
        }
        String value = text(name, "");
        try {
            return Activation.named(value);
        } catch (FoveaException unknown) {
            throw wrong(name, Activation.NAMES);
        }
    }

    private static boolean isEmpty(JsonValue value) {
        return (value.isArray() || value.isObject())
                && value.items().isEmpty()
                && value.fields().isEmpty();
    }

    private JsonValue value(String name) {
        known.add(name);
        return node.get(name);
    }

    /**
     * Refuses fields that were not asked for by now and might change what the model computes, as a configuration of a
     * newer version may have them. Null and what is empty turn nothing on, and {@link HarmlessFields} change nothing.
     *
     * @param harmless further fields without effect on answers
     * @throws FoveaException if there is one; the message names it
     */
    public void refuseUnknown(String... harmless) {
        for (String name : node.fields().keySet()) {
            JsonValue field = node.get(name);
            boolean isKnown = known.contains(name) || List.of(harmless).contains(name);
            if (!field.isMissing() && !isEmpty(field) && !isKnown && !HarmlessFields.has(name, field)) {
                throw wrong(
                        name,
                        "no such field: it is not known here and may change the answers; take a newer version of Fovea,"
                                + " or remove it if it is for another program");
            }
        }
    }

    /** Makes an exception that names a field, its value and what was expected. */
    public FoveaException wrong(String name, String expected) {
        String found = has(name) ? node.get(name).toString() : "missing";
        return new ModelException(file + ": " + path + name + " is "
                + (found.length() > 60 ? found.substring(0, 60) + "..." : found) + ", expected " + expected);
    }

    /** Returns the file that this was read from. */
    public Path file() {
        return file;
    }
}
