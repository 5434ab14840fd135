package dev.fovea.tensor.safetensors;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Finds the weights of a checkpoint by path, as the checkpoint names them:
 *
 * {@snippet :
 * Weights layer = Weights.of(checkpoint).at("vision_model").at("encoder.layers", 3);
 * WeightData weight = layer.tensor("mlp.fc1.weight", Shape.of(3072, 768));
 * }
 *
 * <p>What is missing or misshapen is an error that names file, tensor, expected and found shape. Every tensor that was
 * asked for is remembered across all paths, so that {@link #unused()} can tell what no one wanted. Immutable but for
 * that memory; safe to use from many threads.
 */
public final class Weights {

    /** Buffers, not weights: positions that are counted anyway, and a counter of training steps. */
    private static final Set<String> IGNORABLE = Set.of("position_ids", "num_batches_tracked");

    private final TensorRequests requests;
    private final String path;

    private Weights(TensorRequests requests, String path) {
        this.requests = requests;
        this.path = path;
    }

    /** Returns all weights of a checkpoint; readable until it is closed. */
    public static Weights of(Checkpoint checkpoint) {
        return of(checkpoint, UnaryOperator.identity());
    }

    /**
     * Returns all weights of a checkpoint as something else changes them, an adapter for instance.
     *
     * @param change is applied to every weight that is asked for, each time, and keeps its shape
     */
    public static Weights of(Checkpoint checkpoint, UnaryOperator<WeightData> change) {
        return answeredBy(new StoredTensors(checkpoint, change));
    }

    /** Returns all weights of a checkpoint as {@code requests} answers for them. */
    static Weights answeredBy(TensorRequests requests) {
        return new Weights(requests, "");
    }

    /**
     * Returns the weights below a name, which may have several levels such as {@code text_model.encoder}; empty means
     * this level.
     */
    public Weights at(String name) {
        return name.isEmpty() ? this : new Weights(requests, full(name));
    }

    /** Returns the weights of one element of a list, such as {@code at("encoder.layers", 3)}. */
    public Weights at(String list, int index) {
        return at(list + "." + index);
    }

    /**
     * Returns the weights below the first of several names that has any; for levels that some writers leave out. If
     * none has any, the first name, so that later errors speak of the usual one.
     *
     * @param alternatives the usual name first; an empty name means this level
     */
    public Weights atAnyOf(String... alternatives) {
        for (String name : alternatives) {
            String prefix = at(name).path;
            boolean found = prefix.isEmpty() || all().stream().anyMatch(tensor -> tensor.startsWith(prefix + "."));
            if (found) {
                return at(name);
            }
        }
        return at(alternatives[0]);
    }

    /** Returns the names of all tensors below this level, without its path. */
    public List<String> names() {
        String prefix = full("");
        return all().stream()
                .filter(name -> name.startsWith(prefix))
                .map(name -> name.substring(prefix.length()))
                .toList();
    }

    /** Returns whether there is a tensor of this name here. */
    public boolean has(String name) {
        return find(name).isPresent();
    }

    /**
     * Returns whether the weights are {@linkplain WeightData#outline outlines} that tell a {@link TensorAudit} what a
     * model asks for. Nothing can be computed from them.
     */
    public boolean areOutlines() {
        return requests.areOutlines();
    }

    /**
     * Returns how many elements of a list of modules to ask for: as many as the configuration says. A configuration may
     * claim any number; for an {@linkplain #areOutlines() audit} one element more than the checkpoint has tensors is
     * enough to show what is missing.
     *
     * @param claimed the number in the configuration
     */
    public int listLength(int claimed) {
        return areOutlines() ? Math.min(claimed, all().size() + 1) : claimed;
    }

    /**
     * Returns a weight of a known shape. Its data are a slice of the mapped file, not a copy.
     *
     * @throws FoveaException if it is missing, of another shape, or not of a floating dtype
     */
    public WeightData tensor(String name, Shape expected) {
        return requests.tensor(full(name), expected);
    }

    /**
     * Returns a matrix with any number of rows, such as a table of words.
     *
     * @throws FoveaException if it is missing, no matrix of {@code columns} columns, or not of a floating dtype
     */
    public WeightData table(String name, long columns) {
        long rows = find(name)
                .map(TensorEntry::shape)
                .filter(shape -> shape.rank() > 0)
                .map(shape -> shape.extent(0))
                .orElse(0L);
        return tensor(name, Shape.of(rows, columns));
    }

    /**
     * Returns a weight of any shape.
     *
     * @throws FoveaException if it is missing or not of a floating dtype
     */
    public WeightData tensor(String name) {
        return tensor(name, entry(name).shape());
    }

    /**
     * Returns a weight that a checkpoint may lack.
     *
     * @throws FoveaException if it is there, but of another shape or not of a floating dtype
     */
    public Optional<WeightData> optional(String name, Shape expected) {
        return has(name) ? Optional.of(tensor(name, expected)) : Optional.empty();
    }

    /**
     * Returns a weight that most checkpoints do not store because it is the same as another one, such as an output
     * layer that is the table of embeddings.
     *
     * @param other the weight that it is the same as where the checkpoint lacks it
     * @throws FoveaException if it is there, but of another shape or not of a floating dtype
     */
    public WeightData tied(String name, WeightData other) {
        return optional(name, other.shape()).orElseGet(() -> {
            WeightData named = other.named(full(name));
            WeightData changed = requests.changed(named);
            return changed == named ? other : changed;
        });
    }

    /**
     * Returns a tensor of any shape and dtype, such as a buffer of integers.
     *
     * @throws FoveaException if it is missing
     */
    public TensorEntry entry(String name) {
        TensorEntry entry = find(name).orElseThrow(() -> StoredTensors.missing(requests.checkpoint(), full(name)));
        requests.used().add(entry.name());
        return entry;
    }

    private Optional<TensorEntry> find(String name) {
        return requests.checkpoint().find(full(name));
    }

    private Set<String> all() {
        return requests.checkpoint().names();
    }

    /** The path of this level with dots, empty at the top. */
    public String path() {
        return path;
    }

    /**
     * Returns the tensors of the whole checkpoint that nobody has asked for, in the order of the checkpoint, without
     * the buffers that every reader leaves alone ({@code position_ids}, {@code num_batches_tracked}).
     */
    public List<String> unused() {
        return all().stream()
                .filter(name -> !requests.used().contains(name))
                .filter(name -> !IGNORABLE.contains(name.substring(name.lastIndexOf('.') + 1)))
                .toList();
    }

    /** Returns the tensors of the whole checkpoint that were asked for, in the order of the checkpoint. */
    public List<String> used() {
        return all().stream().filter(requests.used()::contains).toList();
    }

    private String full(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
