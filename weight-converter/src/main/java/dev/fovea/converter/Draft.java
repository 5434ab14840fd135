package dev.fovea.converter;

import dev.fovea.converter.views.TensorView;
import dev.fovea.models.inspection.CheckpointReport;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.json.JsonValue;
import dev.fovea.tensor.json.JsonWriter;
import dev.fovea.tensor.safetensors.Text;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Holds a checkpoint to be written: its configuration, its tensors as views of the source, and the small files beside
 * them.
 */
final class Draft {

    private final Map<String, Object> config;
    private final Map<String, JoinedViews> tensors = new LinkedHashMap<>();
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final Map<String, Path> copies = new LinkedHashMap<>();

    private SourceTensors source;
    private Renamings renamings;

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

    /** Moves tensors of a source here, under other names. */
    void move(SourceTensors from, Renamings names) {
        source = from;
        renamings = names;
        names.move(from, this);
    }

    /**
     * Returns what is wrong with the source, in its own names, or nothing if its tensors were not moved by names.
     *
     * @param report what the model's constructor makes of this draft
     */
    Optional<FoveaException> complaint(CheckpointReport report) {
        if (source == null) {
            return Optional.empty();
        }
        Optional<FoveaException> missing = report.missing().keySet().stream()
                .findFirst()
                .map(name -> source.missing(renamings.origin(name).name()));
        Optional<FoveaException> misshapen = report.misshapen().entrySet().stream()
                .findFirst()
                .map(tensor -> misshapen(tensor.getKey(), tensor.getValue().expected()));
        return missing.or(() -> misshapen).or(() -> leftOver(report.unexpected()));
    }

    private FoveaException misshapen(String name, Shape expected) {
        Renamings.Origin origin = renamings.origin(name);
        return source.misshapen(origin.name(), origin.shape(expected));
    }

    private Optional<FoveaException> leftOver(List<String> unexpected) {
        return source.leftOver(
                unexpected.stream().map(name -> renamings.origin(name).name()).collect(Collectors.toSet()));
    }

    /** Adds a small JSON file. */
    void addJson(String name, Object content) {
        files.put(name, JsonWriter.document(content));
    }
}
