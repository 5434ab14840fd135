package dev.fovea.converter;

import dev.fovea.converter.views.TensorView;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.json.JsonValue;
import dev.fovea.tensor.json.JsonWriter;
import dev.fovea.tensor.safetensors.Text;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds a checkpoint to be written: its configuration, its tensors as views of the source, and the small files beside
 * them.
 */
final class Draft {

    private final Map<String, Object> config;
    private final Map<String, JoinedViews> tensors = new LinkedHashMap<>();
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final Map<String, Path> copies = new LinkedHashMap<>();

    /** Starts a checkpoint with this config.json. */
    Draft(Map<String, Object> config) {
        this.config = new LinkedHashMap<>(config);
    }

    /** Returns the content of config.json, which may still be changed. */
    Map<String, Object> config() {
        return config;
    }

    /** Returns the kind of model as config.json names it, {@code unknown} if it does not. */
    String modelType() {
        return switch (config.get("model_type")) {
            case String type -> type;
            case JsonValue type -> type.text("unknown");
            case null, default -> "unknown";
        };
    }

    /** Returns the tensors by their names. */
    Map<String, JoinedViews> tensors() {
        return tensors;
    }

    /** Returns the contents of small files by their names. */
    Map<String, byte[]> files() {
        return files;
    }

    /** Returns the files of the source that are copied, by their names. */
    Map<String, Path> copies() {
        return copies;
    }

    /** Adds a tensor. */
    void add(String name, TensorView tensor) {
        add(name, new JoinedViews(List.of(tensor)));
    }

    /** Adds one tensor that consists of others, one below the other. */
    void add(String name, JoinedViews parts) {
        if (tensors.put(name, parts) != null) {
            throw new ModelException(
                    parts.file() + ": two tensors would be named " + Text.quote(name) + "; download the file again");
        }
    }

    /** Adds a small JSON file. */
    void addJson(String name, Object content) {
        files.put(name, JsonWriter.document(content));
    }
}
