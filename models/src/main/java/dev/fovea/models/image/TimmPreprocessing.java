package dev.fovea.models.image;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads a {@link Preprocessing} off {@code pretrained_cfg} of timm's folders, which say the size of the crop and the
 * share of the shorter side that remains ({@code timm/data/transforms_factory.py}).
 *
 * @param file config.json
 * @param config its {@code pretrained_cfg}
 */
record TimmPreprocessing(Path file, JsonValue config) {

    private static final int COLOURS = 3;
    private static final int MAX_SIDE = 8192;

    /** Returns the steps, or null if a folder is not timm's. */
    static Preprocessing load(Path folder) {
        Path file = folder.resolve("config.json");
        if (!Files.exists(file)) {
            return null;
        }
        JsonValue config = JsonReader.readObject(file);
        boolean isOfTimm = config.get("architecture").isText()
                && config.get("pretrained_cfg").isObject();
        return isOfTimm ? new TimmPreprocessing(file, config.get("pretrained_cfg")).build() : null;
    }

    private Preprocessing build() {
        int side = side();
        double share = config.get("crop_pct").number(0.875);
        if (!(share > 0.01 && share <= 1)) {
            throw error("crop_pct", "a number from 0.01 to 1");
        }
        String mode = config.get("crop_mode").text("center");
        if (!mode.equals("center") && !mode.equals("squash")) {
            throw error("crop_mode", "center or squash");
        }
        ResampleFilter filter = switch (config.get("interpolation").text("bicubic")) {
            case "bicubic" -> ResampleFilter.BICUBIC;
            case "bilinear" -> ResampleFilter.BILINEAR;
            case "nearest" -> ResampleFilter.NEAREST;
            default -> throw error("interpolation", "bicubic, bilinear or nearest");
        };
        int resized = (int) (side / share);
        boolean squash = mode.equals("squash");
        return new Preprocessing(
                true,
                squash ? 0 : resized,
                0,
                squash ? resized : 0,
                squash ? resized : 0,
                filter,
                true,
                side,
                side,
                true,
                1 / 255.0,
                true,
                colours("mean"),
                deviations(),
                false);
    }

    private int side() {
        JsonValue size = config.get("input_size");
        int height = size.get(1).integer(0);
        if (size.items().size() != COLOURS || height != size.get(2).integer(0) || height < 1 || height > MAX_SIDE) {
            throw error("input_size", "[3, size, size] with a size from 1 to " + MAX_SIDE);
        }
        return height;
    }

    private float[] deviations() {
        float[] values = colours("std");
        for (float value : values) {
            if (value == 0) {
                throw error("std", "no zero");
            }
        }
        return values;
    }

    private float[] colours(String name) {
        JsonValue node = config.get(name);
        if (node.items().size() != COLOURS || !node.items().stream().allMatch(JsonValue::isNumber)) {
            throw error(name, "three numbers");
        }
        float[] values = new float[COLOURS];
        for (int i = 0; i < COLOURS; i++) {
            values[i] = (float) node.get(i).number(0);
        }
        return values;
    }

    private ModelException error(String name, String expected) {
        return new ModelException(
                file + ": pretrained_cfg." + name + " is " + config.get(name) + ", expected " + expected);
    }
}
