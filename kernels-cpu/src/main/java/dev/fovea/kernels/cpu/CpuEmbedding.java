package dev.fovea.kernels.cpu;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;

/**
 * Refers to a table that stays where it is, usually in the mapped file: only the rows that are looked up are ever read.
 */
record CpuEmbedding(Owner owner, WeightData table) implements Weight.Embedding {
    @Override
    public String name() {
        return table.name();
    }

    @Override
    public int entries() {
        return Math.toIntExact(table.shape().extent(0));
    }

    @Override
    public int columns() {
        return Math.toIntExact(table.shape().extent(1));
    }

    @Override
    public DType dtype() {
        return table.dtype();
    }

    @Override
    public long bytes() {
        return table.data().byteSize();
    }
}
