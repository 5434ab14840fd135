package dev.fovea.models.adapter;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * The adapters that a model is loaded with. Several add up, in any order: each adds its product to the base's weights.
 * Safe to use from many threads until they are closed.
 */
public final class Adapters implements AutoCloseable {

    private final List<LoraAdapter> adapters = new ArrayList<>();

    private Adapters() {}

    /**
     * Opens the folders of some adapters.
     *
     * @param names turns the name of a tensor into transformers' where a checkpoint or an adapter may have another
     * @throws FoveaException if one is missing, broken, or no LoRA; the message says what to do
     */
    public static Adapters open(List<Path> folders, UnaryOperator<String> names) {
        Adapters opened = new Adapters();
        try {
            for (Path folder : folders) {
                opened.adapters.add(LoraAdapter.open(folder, names));
            }
            return opened;
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    /** Returns a weight of the model as the adapters change it. */
    public WeightData changed(WeightData weight) {
        WeightData changed = weight;
        for (LoraAdapter adapter : adapters) {
            changed = adapter.changed(changed);
        }
        return changed;
    }

    /**
     * Checks that the model has asked for everything that the adapters change.
     *
     * @param model names of the checkpoint's tensors
     * @throws FoveaException if it has not; PEFT itself would be silent, and the adapter without effect
     */
    public void requireApplied(Set<String> model) {
        adapters.forEach(adapter -> adapter.requireApplied(model));
    }

    /** Passes every adapter's tensors and settings, on which a model's answers depend. */
    public void forEach(BiConsumer<Checkpoint, String> identity) {
        adapters.forEach(adapter -> identity.accept(adapter.tensors(), adapter.settings()));
    }

    @Override
    public void close() {
        adapters.forEach(LoraAdapter::close);
    }
}
