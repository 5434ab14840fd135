package dev.fovea.tensor.safetensors;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Collects which tensors a model asks a checkpoint for and what is wrong with them, all problems at once. A model is
 * constructed from {@link #weights()}, which answer with {@linkplain WeightData#outline outlines}: no number is read,
 * only headers are compared.
 *
 * {@snippet :
 * TensorAudit audit = new TensorAudit(checkpoint);
 * audit.weights().at("vision_model").tensor("post_layernorm.weight", Shape.of(768));
 * audit.missing(); // empty, or {"vision_model.post_layernorm.weight": [768]}
 * }
 *
 * <p>For one thread.
 */
public final class TensorAudit {

    private final StoredTensors stored;
    private final Map<String, Shape> requested = new LinkedHashMap<>();
    private final Map<String, String> unreadable = new LinkedHashMap<>();

    /**
     * Describes a tensor of another shape than it was asked for.
     *
     * @param found the shape in the file
     * @param expected the shape that was asked for
     */
    public record Misshapen(Shape found, Shape expected) {}

    /** Begins an audit of a checkpoint, which must stay open. */
    public TensorAudit(Checkpoint checkpoint) {
        stored = new StoredTensors(checkpoint, UnaryOperator.identity());
    }

    /** Returns the weights that collect what they are asked for. */
    public Weights weights() {
        return Weights.answeredBy(new Outlines());
    }

    /**
     * Returns the tensors that were asked for and are not there, with the shapes that they should have, in the order of
     * asking.
     */
    public Map<String, Shape> missing() {
        Map<String, Shape> missing = new LinkedHashMap<>(requested);
        missing.keySet().removeAll(stored.checkpoint().names());
        return missing;
    }

    /** Returns the tensors that have another shape than they were asked for, in the order of the checkpoint. */
    public Map<String, Misshapen> misshapen() {
        Map<String, Misshapen> misshapen = new LinkedHashMap<>();
        for (TensorEntry entry : stored.checkpoint().tensors()) {
            Shape expected = requested.get(entry.name());
            if (expected != null && !expected.equals(entry.shape())) {
                misshapen.put(entry.name(), new Misshapen(entry.shape(), expected));
            }
        }
        return misshapen;
    }

    /**
     * Returns the tensors whose numbers cannot be read, integers for instance, with the error that loading would end
     * with.
     */
    public Map<String, String> unreadable() {
        return Collections.unmodifiableMap(unreadable);
    }

    /** Returns the tensors that nobody asked for; see {@link Weights#unused()}. */
    public List<String> unexpected() {
        return weights().unused();
    }

    /** Answers every request with an outline and keeps a record of it. */
    private final class Outlines implements TensorRequests {

        @Override
        public Checkpoint checkpoint() {
            return stored.checkpoint();
        }

        @Override
        public WeightData changed(WeightData weight) {
            return weight;
        }

        @Override
        public Set<String> used() {
            return stored.used();
        }

        @Override
        public boolean areOutlines() {
            return true;
        }

        @Override
        public WeightData tensor(String name, Shape expected) {
            requested.putIfAbsent(name, expected);
            checkpoint().find(name).ifPresent(this::audit);
            return WeightData.outline(name, expected);
        }

        private void audit(TensorEntry entry) {
            stored.used().add(entry.name());
            try {
                stored.requireReadable(entry);
            } catch (FoveaException e) {
                unreadable.put(entry.name(), e.getMessage());
            }
        }
    }
}
