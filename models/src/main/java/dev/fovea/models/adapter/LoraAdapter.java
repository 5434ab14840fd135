package dev.fovea.models.adapter;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * A LoRA adapter in a folder of PEFT's: which tensors of a model it changes, and how. Tensors are named as in
 * transformers' checkpoints: {@code base_model.model.vision_model...q_proj.lora_A.weight} changes {@code
 * vision_model...q_proj.weight}. Safe to use from many threads until it is closed.
 */
final class LoraAdapter implements AutoCloseable {

    static final String FILE = "adapter_model.safetensors";

    /** What PEFT puts before a module's path. */
    static final String PREFIX = "base_model.model.";

    static final String MATRIX_A = ".lora_A.weight";
    static final String MATRIX_B = ".lora_B.weight";
    private static final String TABLE_A = ".lora_embedding_A";
    private static final String TABLE_B = ".lora_embedding_B";

    /** Tables that an output layer shares. A change of one of the two, which are one tensor here, would change both. */
    private static final Set<String> SHARED_TABLES = Set.of(
            "text_decoder.bert.embeddings.word_embeddings.weight",
            "model.language_model.shared.weight",
            "model.language_model.encoder.embed_tokens.weight",
            "model.language_model.decoder.embed_tokens.weight");

    private final Path folder;
    private final Checkpoint tensors;
    private final AdapterConfig config;
    private final UnaryOperator<String> names;
    private final Map<String, List<TensorChange>> changes = new LinkedHashMap<>();
    private final Set<String> applied = ConcurrentHashMap.newKeySet();

    private LoraAdapter(Path folder, AdapterConfig config, Checkpoint tensors, UnaryOperator<String> names) {
        this.folder = folder;
        this.config = config;
        this.tensors = tensors;
        this.names = names;
        Map<String, TensorEntry> rest = new TreeMap<>();
        tensors.tensors().forEach(tensor -> rest.put(tensor.name(), tensor));
        for (TensorEntry tensor : tensors.tensors()) {
            read(tensor, rest);
        }
        if (!rest.isEmpty()) {
            throw new ModelException(tensors.path() + ": tensor \""
                    + rest.keySet().iterator().next()
                    + "\" has no place in LoRA; expected pairs of " + PREFIX + "PATH" + MATRIX_A + " and " + MATRIX_B);
        }
        if (changes.isEmpty()) {
            throw new ModelException(tensors.path() + ": it holds no tensor; was the adapter saved by PEFT?");
        }
    }

    /**
     * Opens the folder of an adapter.
     *
     * @param names turns the name of a tensor into transformers' where a checkpoint or an adapter may have another
     * @throws FoveaException if there is no adapter, it is broken, or no LoRA; the message says what to do
     */
    static LoraAdapter open(Path folder, UnaryOperator<String> names) {
        AdapterConfig config = AdapterConfig.read(folder);
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw new ModelException(folder + ": no " + FILE + " here"
                    + (Files.exists(folder.resolve("adapter_model.bin"))
                            ? " but adapter_model.bin; save the adapter again with safe_serialization=True"
                            : "; expected the folder of a LoRA adapter as PEFT's save_pretrained writes it"));
        }
        Checkpoint tensors = Checkpoint.open(file);
        try {
            return new LoraAdapter(folder, config, tensors, names);
        } catch (RuntimeException | Error e) {
            tensors.close();
            throw e;
        }
    }

    /** Takes a tensor and, of a pair, its partner out of the rest. */
    private void read(TensorEntry tensor, Map<String, TensorEntry> rest) {
        String name = tensor.name();
        if (!rest.containsKey(name) || !name.startsWith(PREFIX)) {
            return;
        }
        if (name.endsWith(MATRIX_A)) {
            pair(name, MATRIX_A, MATRIX_B, rest);
        } else if (name.endsWith(TABLE_A)) {
            pair(name, TABLE_A, TABLE_B, rest);
        } else if (!name.contains(".lora_")) {
            // Of a layer that has a pair, too, PEFT writes the base's tensors with this part in the name.
            String stored = name.substring(PREFIX.length()).replace(".base_layer.", ".");
            changes(stored).addFirst(new TensorChange.Replacement(weight(tensor)));
            rest.remove(name);
        }
    }

    private void pair(String name, String endOfA, String endOfB, Map<String, TensorEntry> rest) {
        String path = name.substring(0, name.length() - endOfA.length());
        String module = path.substring(PREFIX.length());
        TensorEntry first = rest.remove(name);
        TensorEntry second = rest.remove(path + endOfB);
        if (second == null) {
            throw new ModelException(
                    tensors.path() + ": \"" + name + "\" is there without \"" + path + endOfB + "\"; save it again");
        }
        WeightData a = weight(first);
        WeightData b = weight(second);
        requireRank(module, a, b);
        changes(module + ".weight")
                .addLast(new TensorChange.LowRank(a, b, config.scale(module), endOfA.equals(TABLE_A)));
    }

    /** Returns the changes of a tensor, a replacement before what is added to it. */
    private List<TensorChange> changes(String tensor) {
        String name = names.apply(tensor);
        if (SHARED_TABLES.contains(name)) {
            throw new ModelException(tensors.path() + ": it changes " + tensor + ", the table of words that is the"
                    + " output layer as well, and a merge would change both; train the adapter without that module");
        }
        return changes.computeIfAbsent(name, key -> new ArrayList<>());
    }

    private void requireRank(String module, WeightData a, WeightData b) {
        int rank = config.rank(module);
        Shape shapeOfB = b.shape();
        boolean isPair = a.shape().rank() >= 2
                && a.shape().rank() == shapeOfB.rank()
                && a.shape().extent(0) == rank
                && shapeOfB.elements() == shapeOfB.extent(0) * rank
                && shapeOfB.extent(1) == rank;
        if (!isPair) {
            throw new ModelException(tensors.path() + ": the pair of " + module + " is " + a.shape() + " and "
                    + shapeOfB + ", expected [" + rank + ", inputs] and [outputs, " + rank + "] as "
                    + AdapterConfig.FILE + " says; the file is incomplete or belongs to another one");
        }
    }

    private static WeightData weight(TensorEntry tensor) {
        WeightData weight = tensor.weight();
        weight.requireNumbers();
        return weight;
    }

    /** Returns a weight of the model as the adapter changes it. */
    WeightData changed(WeightData weight) {
        String name = names.apply(weight.name());
        WeightData changed = weight;
        for (TensorChange change : changes.getOrDefault(name, List.of())) {
            changed = change.applyTo(changed);
            applied.add(name);
        }
        return changed;
    }

    /**
     * Checks that the model has asked for everything that the adapter changes.
     *
     * @param model the checkpoint's names, of which one may tell what went wrong
     * @throws FoveaException if it has not: the adapter is for another model, or for a part of this one
     */
    void requireApplied(Set<String> model) {
        Set<String> left = new LinkedHashSet<>(changes.keySet());
        left.removeAll(applied);
        if (left.isEmpty()) {
            return;
        }
        String first = left.iterator().next();
        String longer = model.stream()
                .filter(name -> names.apply(name).endsWith("." + first))
                .findFirst()
                .map(name -> "; the model has " + name + ": train on the whole model, not on a part of it")
                .orElseGet(() ->
                        config.base().isEmpty() ? "; is it for another model?" : "; it was made for " + config.base());
        throw new ModelException(folder + ": the adapter changes " + first
                + (left.size() == 1 ? "" : " and " + (left.size() - 1) + " more") + ", which the model does not have"
                + longer);
    }

    /** Returns the tensors of the adapter. */
    Checkpoint tensors() {
        return tensors;
    }

    /** Returns what the result depends on besides the tensors: the factor of every pair. */
    String settings() {
        StringBuilder settings = new StringBuilder();
        changes.forEach((name, several) -> several.forEach(change -> {
            if (change instanceof TensorChange.LowRank pair) {
                settings.append(name).append(' ').append(pair.scale()).append('\n');
            }
        }));
        return settings.toString();
    }

    @Override
    public void close() {
        tensors.close();
    }
}
