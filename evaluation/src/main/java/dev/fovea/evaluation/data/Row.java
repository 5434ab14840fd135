package dev.fovea.evaluation.data;

import dev.fovea.evaluation.metrics.Box;
import dev.fovea.evaluation.metrics.PixelMask;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonValue;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Holds one example as it stands in a file, and says where it stands when something is wrong with it.
 *
 * @param where file and line, for messages
 * @param folder that names of pictures are relative to
 */
record Row(String where, Path folder, JsonValue fields) {

    private static final String[] IMAGE = {"image", "filepath", "file_name", "path"};

    private FoveaException wrong(String what) {
        return new FoveaException(where + ": " + what);
    }

    /** Returns the first of some fields that is there, or a missing value. */
    JsonValue find(String... names) {
        return Arrays.stream(names)
                .map(fields::get)
                .filter(value -> !value.isMissing())
                .findFirst()
                .orElse(JsonValue.MISSING);
    }

    Path image() {
        JsonValue name = find(IMAGE);
        if (!name.isMissing() && !name.isText()) {
            throw wrong("image is " + name + "; expected the name of a file");
        }
        return resolve(name.text(""));
    }

    Path resolve(String name) {
        if (name.isEmpty()) {
            throw wrong("names no picture; give it a field image");
        }
        try {
            Path path = folder.resolve(name);
            boolean isOfWindows = File.separatorChar == '/' && name.indexOf('\\') >= 0 && !Files.exists(path);
            return isOfWindows ? folder.resolve(name.replace('\\', '/')) : path;
        } catch (InvalidPathException e) {
            throw wrong("\"" + name + "\" cannot be the name of a file here");
        }
    }

    /** Returns a text or a number as text; empty if there is none. */
    Optional<String> optional(String... names) {
        JsonValue value = find(names);
        if (value.isObject() || value.isArray()) {
            throw wrong(names[0] + " is " + value + "; expected a text");
        }
        return value.isMissing() ? Optional.empty() : Optional.of(scalar(value));
    }

    private static String scalar(JsonValue value) {
        return value.isText() ? value.text("") : value.toString();
    }

    String text(String... names) {
        return optional(names).orElseThrow(() -> wrong("has no field " + names[0] + "; expected a text"));
    }

    /** Returns a text that says something. */
    String words(String... names) {
        String text = text(names);
        if (text.isBlank()) {
            throw wrong(names[0] + " is empty; expected a text");
        }
        return text;
    }

    /** Returns one or several texts; each may be an object with the field {@code answer}, as VQA's are. */
    List<String> texts(String... names) {
        JsonValue value = find(names);
        List<JsonValue> items = value.isArray() ? value.items() : value.isMissing() ? List.of() : List.of(value);
        List<String> texts = new ArrayList<>();
        for (JsonValue item : items) {
            JsonValue inner = item.isObject() ? item.get("answer") : item;
            if (inner.isMissing() || inner.isArray() || inner.isObject()) {
                throw wrong(names[0] + " holds " + item + "; expected texts");
            }
            texts.add(scalar(inner));
        }
        if (texts.isEmpty()) {
            throw wrong("has no field " + names[0] + "; expected at least one text");
        }
        return texts;
    }

    int whole(String name) {
        JsonValue value = find(name);
        if (!value.isMissing() && !value.isInteger()) {
            throw wrong(name + " is " + value + "; expected a whole number");
        }
        return value.integer(0);
    }

    double[] numbers(JsonValue list, String name) {
        if (!list.isArray() || !list.items().stream().allMatch(JsonValue::isNumber)) {
            throw wrong(name + " is " + list + "; expected a list of numbers");
        }
        return list.items().stream().mapToDouble(item -> item.number(0)).toArray();
    }

    /** Returns boxes, {@code [x1, y1, x2, y2]} or a list of them; empty if there are none. */
    Optional<List<Box>> boxes(String... names) {
        JsonValue value = find(names);
        if (value.isMissing()) {
            return Optional.empty();
        }
        boolean single = value.get(0).isNumber();
        List<Box> boxes = new ArrayList<>();
        for (JsonValue corners : single ? List.of(value) : value.items()) {
            double[] box = numbers(corners, names[0]);
            if (box.length != 4) {
                throw wrong(names[0] + " is " + corners + "; expected a box x1, y1, x2, y2");
            }
            boxes.add(checked(() -> Box.ofCorners(box[0], box[1], box[2], box[3])));
        }
        return Optional.of(boxes);
    }

    /** Returns a box as COCO has it, {@code [x, y, width, height]}. */
    Box cocoBox() {
        double[] box = numbers(find("bbox"), "bbox");
        if (box.length != 4) {
            throw wrong("bbox is " + find("bbox") + "; expected x, y, width, height");
        }
        return checked(() -> new Box(box[0], box[1], box[2], box[3]));
    }

    private <T> T checked(Supplier<T> made) {
        try {
            return made.get();
        } catch (IllegalArgumentException e) {
            throw new FoveaException(where + ": " + e.getMessage(), e);
        }
    }

    /** Returns polygons or run lengths; empty if there are none. */
    Optional<PixelRegion> region(String... names) {
        JsonValue value = find(names);
        if (value.isMissing()) {
            return Optional.empty();
        }
        if (value.isObject()) {
            return Optional.of(runLengths(value, names[0]));
        }
        boolean single = value.get(0).isNumber();
        List<double[]> polygons = new ArrayList<>();
        for (JsonValue polygon : single ? List.of(value) : value.items()) {
            polygons.add(numbers(polygon, names[0]));
        }
        checked(() -> PixelMask.ofPolygons(polygons, 1, 1)); // complains now, not when a model has run
        return Optional.of((width, height) -> PixelMask.ofPolygons(polygons, width, height));
    }

    private PixelRegion runLengths(JsonValue value, String name) {
        double[] size = numbers(value.get("size"), name + ".size");
        if (size.length != 2) {
            throw wrong(name + ".size is " + value.get("size") + "; expected height and width");
        }
        JsonValue counts = value.get("counts");
        int width = (int) size[1];
        int height = (int) size[0];
        PixelMask mask = checked(() -> counts.isText()
                ? PixelMask.ofCompressed(counts.text(""), width, height)
                : PixelMask.ofRunLengths(
                        Arrays.stream(numbers(counts, name + ".counts"))
                                .mapToInt(count -> (int) count)
                                .toArray(),
                        width,
                        height));
        return (askedWidth, askedHeight) -> {
            if (askedWidth != width || askedHeight != height) {
                throw new IllegalArgumentException(where + ": " + name + " is of a picture of " + width + " x " + height
                        + " pixels, but the picture has " + askedWidth + " x " + askedHeight);
            }
            return mask;
        };
    }
}
