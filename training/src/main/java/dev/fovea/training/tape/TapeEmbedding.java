package dev.fovea.training.tape;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Weight;
import dev.fovea.training.numerics.FloatMemory;

/** A table of vectors that is trained. */
final class TapeEmbedding implements Weight.Embedding {

    private final Backend backend;
    private final Parameter parameter;
    private Weight.Embedding current;

    TapeEmbedding(Backend backend, Parameter parameter) {
        this.backend = backend;
        this.parameter = parameter;
        refresh();
    }

    /** Returns what the backend looks up. */
    Weight.Embedding current() {
        return current;
    }

    /** Hands the table to the backend again: on a CPU nothing is copied, a device has it in memory of its own. */
    void refresh() {
        current = backend.embeddingWeight(parameter.data());
    }

    /** Adds rows to the gradients of the vectors that they were copied from, in the order of the ids. */
    void addGradients(float[] rows, int[] ids) {
        FloatMemory gradient = parameter.gradient();
        int columns = columns();
        for (int i = 0; i < rows.length; i++) {
            gradient.add(ids[i / columns] * columns + i % columns, rows[i]);
        }
    }

    @Override
    public String name() {
        return current.name();
    }

    @Override
    public DType dtype() {
        return current.dtype();
    }

    @Override
    public Owner owner() {
        return current.owner();
    }

    @Override
    public long bytes() {
        return current.bytes();
    }

    @Override
    public int entries() {
        return current.entries();
    }

    @Override
    public int columns() {
        return current.columns();
    }
}
