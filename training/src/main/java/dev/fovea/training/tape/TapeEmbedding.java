package dev.fovea.training.tape;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Weight;

/**
 * A table of vectors that is trained.
 *
 * @param current what the backend looks up
 * @param parameter the table
 */
record TapeEmbedding(Weight.Embedding current, Parameter parameter) implements Weight.Embedding {

    /** Adds rows to the gradients of the vectors that they were copied from, in the order of the ids. */
    void addGradients(float[] rows, int[] ids) {
        float[] gradient = parameter.gradient();
        int columns = columns();
        for (int i = 0; i < rows.length; i++) {
            gradient[ids[i / columns] * columns + i % columns] += rows[i];
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
