package dev.fovea.training;

import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.TensorEntry;
import dev.fovea.training.method.Score;
import dev.fovea.training.network.TiedNames;
import dev.fovea.training.numerics.FloatMemory;
import dev.fovea.training.tape.Parameter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;

/** A model whose weights were trained. */
public final class TunedCheckpoint {

    private final Path model;
    private final double share;
    private final List<Parameter> parameters;
    private final Score score;
    private final List<String> remarks;

    /**
     * Keeps what was trained.
     *
     * @param share of the trained weights in the result, 0 to 1
     * @param score of the best epoch; null without validation
     */
    TunedCheckpoint(Path model, double share, List<Parameter> parameters, Score score, List<String> remarks) {
        this.model = model;
        this.share = share;
        this.parameters = parameters;
        this.score = score;
        this.remarks = List.copyOf(remarks);
    }

    /** Returns what a user should know about how it went, a sentence each; empty if nothing. */
    public List<String> remarks() {
        return remarks;
    }

    /**
     * Returns the share of validation pictures that the best epoch classified rightly, before any interpolation; empty
     * without any, and where texts were learned. It flatters a little, since they chose the epoch.
     */
    public OptionalDouble validationAccuracy() {
        return Score.accuracy(score);
    }

    /** Returns the mean loss of the best epoch on validation examples, before any interpolation; empty without any. */
    public OptionalDouble validationLoss() {
        return Score.loss(score);
    }

    /**
     * Writes a checkpoint folder that is loaded as the tuned one was, by transformers, too: the files of the tuned
     * checkpoint with the trained weights, each in the type that it was stored in.
     *
     * @param folder a path that does not exist, or an empty folder; it appears when it is whole
     * @throws dev.fovea.tensor.FoveaException if it cannot be written; nothing is left behind
     */
    public void save(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        Map<String, FloatMemory> changed = new LinkedHashMap<>();
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            for (Parameter parameter : parameters) {
                WeightData stored =
                        checkpoint.find(parameter.name()).orElseThrow().weight();
                FloatMemory values = between(stored, parameter.values());
                changed.put(parameter.name(), values);
                for (String other : TiedNames.of(parameter.name())) {
                    checkpoint
                            .find(other)
                            .map(TensorEntry::weight)
                            .filter(same -> Arrays.equals(same.toFloats(), stored.toFloats()))
                            .ifPresent(same -> changed.putIfAbsent(other, values));
                }
            }
        }
        TunedFolder.write(model, changed, folder, output -> {});
    }

    private FloatMemory between(WeightData stored, FloatMemory tuned) {
        if (share == 1) {
            return tuned;
        }
        FloatMemory values = FloatMemory.of(stored);
        for (int i = 0; i < values.length(); i++) {
            values.set(i, (float) ((1 - share) * values.get(i) + share * tuned.get(i)));
        }
        return values;
    }
}
