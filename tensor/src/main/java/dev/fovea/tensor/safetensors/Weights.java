package dev.fovea.tensor.safetensors;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The weights of a checkpoint, addressed by path as the checkpoint names them:
 *
 * {@snippet :
 * Weights layer = Weights.of(checkpoint).at("vision_model").at("encoder.layers", 3);
 * WeightData weight = layer.tensor("mlp.fc1.weight", Shape.of(3072, 768));
 * }
 *
 * <p>What is missing or misshapen is an error that names file, tensor, expected and found shape. Every tensor that was asked for
 * is remembered across all paths, so that {@link #unused()} can tell what no one wanted. Immutable but for that memory; safe to
 * use from many threads.
 */
public final class Weights {

    /** Buffers, not weights: positions that are counted anyway, and a counter of training steps. */
    private static final Set<String> IGNORABLE = Set.of("position_ids", "num_batches_tracked");

    private final Checkpoint checkpoint;
    private final String path;
    private final Set<String> used;

    private Weights(Checkpoint checkpoint, String path, Set<String> used) {
        this.checkpoint = checkpoint;
        this.path = path;
        this.used = used;
    }

    /** All weights of a checkpoint; readable until it is closed. */
    public static Weights of(Checkpoint checkpoint) {
        return new Weights(checkpoint, "", ConcurrentHashMap.newKeySet());
    }

    /** The weights below a name, which may have several levels such as {@code text_model.encoder}; empty means this level. */
    public Weights at(String name) {
        return name.isEmpty() ? this : new Weights(checkpoint, full(name), used);
    }

    /** The weights of one element of a list, such as {@code at("encoder.layers", 3)}. */
    public Weights at(String list, int index) {
        return at(list + "." + index);
    }

    /**
     * The weights below the first of several names that has any; for levels that some writers leave out. If none has any, the
     * first name, so that later errors speak of the usual one.
     *
     * @param alternatives the usual name first; an empty name means this level
     */
    public Weights atAnyOf(String... alternatives) {
        for (String name : alternatives) {
            String prefix = at(name).path;
            boolean found =
                    prefix.isEmpty() || checkpoint.names().stream().anyMatch(tensor -> tensor.startsWith(prefix + "."));
            if (found) {
                return at(name);
            }
        }
        return at(alternatives[0]);
    }

    /** The names of all tensors below this level, without its path. */
    public List<String> names() {
        String prefix = full("");
        return checkpoint.names().stream()
                .filter(name -> name.startsWith(prefix))
                .map(name -> name.substring(prefix.length()))
                .toList();
    }

    /** Whether there is a tensor of this name here. */
    public boolean has(String name) {
        return checkpoint.find(full(name)).isPresent();
    }

    /**
     * A weight of a known shape. Its data are a slice of the mapped file, not a copy.
     *
     * @throws FoveaException if it is missing, of another shape, or not of a floating dtype
     */
    public WeightData tensor(String name, Shape expected) {
        TensorEntry entry = entry(name);
        if (!entry.shape().equals(expected)) {
            throw new FoveaException(entry.file() + ": tensor " + Text.quote(entry.name()) + " has shape "
                    + entry.shape() + ", expected " + expected + "; does config.json belong to these weights?");
        }
        return weight(entry);
    }

    /**
     * A weight of any shape.
     *
     * @throws FoveaException if it is missing or not of a floating dtype
     */
    public WeightData tensor(String name) {
        return weight(entry(name));
    }

    /** A matrix of bytes comes with its scales, in a tensor of its own. */
    private WeightData weight(TensorEntry entry) {
        if (EightBitFloats.is(entry.type())) {
            refuseScales(entry);
        }
        Optional<TensorEntry> scales = entry.type().equals(DType.I8.name())
                ? checkpoint.find(entry.name() + TensorEntry.SCALES)
                : Optional.empty();
        scales.ifPresent(found -> used.add(found.name()));
        return scales.map(entry::weight).orElseGet(entry::weight);
    }

    /** Other programs quantise to eight-bit floats with scales of their own, each in its way; without them the numbers are wrong. */
    private void refuseScales(TensorEntry entry) {
        String module = entry.name().substring(0, entry.name().lastIndexOf('.') + 1);
        for (String scales :
                List.of(entry.name() + "_scale", entry.name() + "_scale_inv", module + "scale_weight", "scaled_fp8")) {
            if (checkpoint.find(scales).isPresent()) {
                throw new FoveaException(
                        entry.file() + ": tensor " + Text.quote(entry.name()) + " holds " + entry.type()
                                + " that is to be multiplied by " + Text.quote(scales)
                                + ", which is not supported; use a checkpoint that is not quantised");
            }
        }
    }

    /**
     * A weight that a checkpoint may lack.
     *
     * @throws FoveaException if it is there, but of another shape or not of a floating dtype
     */
    public Optional<WeightData> optional(String name, Shape expected) {
        return has(name) ? Optional.of(tensor(name, expected)) : Optional.empty();
    }

    /**
     * A tensor of any shape and dtype, such as a buffer of integers.
     *
     * @throws FoveaException if it is missing
     */
    public TensorEntry entry(String name) {
        String full = full(name);
        TensorEntry entry = checkpoint.find(full).orElseThrow(() -> new FoveaException(missing(full)));
        used.add(full);
        return entry;
    }

    /** The path of this level with dots, empty at the top. */
    public String path() {
        return path;
    }

    /**
     * The tensors of the whole checkpoint that nobody has asked for, in the order of the checkpoint, without the buffers that
     * every reader leaves alone ({@code position_ids}, {@code num_batches_tracked}).
     */
    public List<String> unused() {
        return checkpoint.names().stream()
                .filter(name -> !used.contains(name))
                .filter(name -> !IGNORABLE.contains(name.substring(name.lastIndexOf('.') + 1)))
                .toList();
    }

    /** The tensors of the whole checkpoint that were asked for, in the order of the checkpoint. */
    public List<String> used() {
        return checkpoint.names().stream().filter(used::contains).toList();
    }

    private String full(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private String missing(String full) {
        List<String> near = NearestNames.of(full, checkpoint.names());
        String hint = near.isEmpty()
                ? "it holds " + checkpoint.names().size() + " others; is it a checkpoint of this kind of model?"
                : "nearest: " + String.join(", ", near.stream().map(Text::quote).toList());
        return checkpoint.path() + ": tensor " + Text.quote(full) + " is missing; " + hint;
    }
}
