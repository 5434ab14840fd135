package dev.fovea.training;

import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.training.tape.Parameter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;

/** A CLIP whose weights were all trained. */
public final class TunedTowers {

    private final TowerTask task;
    private final FullOptions options;
    private final List<Parameter> parameters;
    private final OptionalDouble validationAccuracy;
    private final List<String> remarks;

    TunedTowers(
            TowerTask task,
            FullOptions options,
            List<Parameter> parameters,
            OptionalDouble validationAccuracy,
            List<String> remarks) {
        this.task = task;
        this.options = options;
        this.parameters = parameters;
        this.validationAccuracy = validationAccuracy;
        this.remarks = List.copyOf(remarks);
    }

    /** Returns the names of the classes. */
    public List<String> labels() {
        return task.labels();
    }

    /** Returns what a user should know about how it went, a sentence each; empty if nothing. */
    public List<String> remarks() {
        return remarks;
    }

    /**
     * Returns the share of validation pictures that the best epoch classified rightly, before any interpolation; empty
     * without any. It flatters a little, since they chose the epoch.
     */
    public OptionalDouble validationAccuracy() {
        return validationAccuracy;
    }

    /**
     * Writes a checkpoint folder that any CLIP command, {@code Clip.load} and transformers take: the files of the tuned
     * checkpoint with the trained weights, each in the type that it was stored in.
     *
     * @param folder a path that does not exist, or an empty folder; it appears when it is whole
     * @throws dev.fovea.tensor.FoveaException if it cannot be written; nothing is left behind
     */
    public void save(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        Map<String, float[]> changed = new LinkedHashMap<>();
        try (Checkpoint checkpoint = Checkpoint.open(task.model())) {
            for (Parameter parameter : parameters) {
                WeightData stored =
                        checkpoint.find(parameter.name()).orElseThrow().weight();
                changed.put(parameter.name(), between(stored, parameter.values(), options.interpolation()));
            }
        }
        TunedFolder.write(task.model(), changed, folder, output -> {});
    }

    private static float[] between(WeightData stored, float[] tuned, double share) {
        if (share == 1) {
            return tuned;
        }
        float[] values = stored.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((1 - share) * values[i] + share * tuned[i]);
        }
        return values;
    }
}
