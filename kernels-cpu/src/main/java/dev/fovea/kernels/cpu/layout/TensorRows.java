package dev.fovea.kernels.cpu.layout;

import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.tensor.Tensor;

/** Reads a tensor as the rows of a matrix to be packed. */
public record TensorRows(Tensor matrix) implements PackedMatrix.Rows {

    private long address(int output, int from) {
        return Memory.address(matrix, output) + (long) from * Float.BYTES;
    }

    @Override
    public void read(int output, int from, float[] target, int offset, int count) {
        Memory.read(address(output, from), target, offset, count);
    }

    @Override
    public void read(int output, int from, long to, int count) {
        Memory.copy(address(output, from), to, count);
    }
}
