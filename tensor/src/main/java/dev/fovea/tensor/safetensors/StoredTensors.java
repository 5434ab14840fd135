package dev.fovea.tensor.safetensors;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * Answers requests with the numbers of a checkpoint and complains about the first tensor that is missing, misshapen or
 * unreadable. The complaint names file, tensor, expected and found shape, and the nearest names.
 */
final class StoredTensors implements TensorRequests {

    private final Checkpoint checkpoint;
    private final UnaryOperator<WeightData> change;
    private final Set<String> used = ConcurrentHashMap.newKeySet();

    StoredTensors(Checkpoint checkpoint, UnaryOperator<WeightData> change) {
        this.checkpoint = checkpoint;
        this.change = change;
    }

    @Override
    public Checkpoint checkpoint() {
        return checkpoint;
    }

    @Override
    public Set<String> used() {
        return used;
    }

    @Override
    public boolean areOutlines() {
        return false;
    }

    @Override
    public WeightData tensor(String name, Shape expected) {
        TensorEntry entry = checkpoint.find(name).orElseThrow(() -> missing(checkpoint, name));
        used.add(name);
        if (!entry.shape().equals(expected)) {
            throw new ModelException(entry.file() + ": tensor " + Text.quote(entry.name()) + " has shape "
                    + entry.shape() + ", expected " + expected + "; does config.json belong to these weights?");
        }
        return changed(weight(entry));
    }

    @Override
    public WeightData changed(WeightData weight) {
        return change.apply(weight);
    }

    /** Reads a tensor of a floating dtype or a matrix of bytes, which comes with its scales in a tensor of its own. */
    WeightData weight(TensorEntry entry) {
        if (EightBitFloats.is(entry.type())) {
            refuseScales(entry);
        }
        Optional<TensorEntry> scales = entry.type().equals(DType.I8.name())
                ? checkpoint.find(entry.name() + TensorEntry.SCALES)
                : Optional.empty();
        scales.ifPresent(found -> used.add(found.name()));
        return scales.map(entry::weight).orElseGet(entry::weight);
    }

    /** Complains about a tensor that {@link #weight} cannot read, without reading a number. */
    void requireReadable(TensorEntry entry) {
        if (EightBitFloats.is(entry.type())) {
            refuseScales(entry);
        } else {
            weight(entry);
        }
    }

    /**
     * Refuses eight-bit floats that come with scales: other programs define them in different ways, and without them
     * the values are wrong.
     */
    private void refuseScales(TensorEntry entry) {
        String module = entry.name().substring(0, entry.name().lastIndexOf('.') + 1);
        for (String scales :
                List.of(entry.name() + "_scale", entry.name() + "_scale_inv", module + "scale_weight", "scaled_fp8")) {
            if (checkpoint.find(scales).isPresent()) {
                throw new ModelException(
                        entry.file() + ": tensor " + Text.quote(entry.name()) + " holds " + entry.type()
                                + " that is to be multiplied by " + Text.quote(scales)
                                + ", which is not supported; use a checkpoint that is not quantised");
            }
        }
    }

    /** Returns the complaint about a tensor that is not there. */
    static FoveaException missing(Checkpoint checkpoint, String name) {
        List<String> near = NearestNames.of(name, checkpoint.names());
        String hint = near.isEmpty()
                ? "it holds " + checkpoint.names().size() + " others; is it a checkpoint of this kind of model?"
                : "nearest: " + String.join(", ", near.stream().map(Text::quote).toList());
        return new ModelException(checkpoint.path() + ": tensor " + Text.quote(name) + " is missing; " + hint);
    }
}
