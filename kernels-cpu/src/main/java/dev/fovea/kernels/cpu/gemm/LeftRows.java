package dev.fovea.kernels.cpu.gemm;

import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.tensor.Tensor;

/** The left operand of a product, as tiles of it are packed: the rows of a tensor, or rows that are made when they are asked for. */
public interface LeftRows {

    /** How many there are. */
    int rows();

    /** Bytes from one row to the next. */
    long stride();

    /** Where some rows lie, as long as this thread asks for no others. */
    long address(int first, int count);

    /**
     * Packs a tile of rows; see {@link Kernels#pack}.
     *
     * @param offset where the tile begins
     */
    default void pack(Kernels kernels, int first, int rows, float[] to, int offset, int height, int depth) {
        kernels.pack(address(first, rows), stride(), rows, to, offset, height, depth, depth);
    }

    /** The rows of a tensor. */
    static LeftRows of(Tensor tensor) {
        return at(Memory.address(tensor, 0), Memory.stride(tensor), tensor.rows());
    }

    /**
     * Rows in memory.
     *
     * @param address where the first one begins
     */
    static LeftRows at(long address, long stride, int rows) {
        return new At(address, stride, rows);
    }

    /** See {@link #at}. */
    record At(long address, long stride, int rows) implements LeftRows {

        @Override
        public long address(int first, int count) {
            return address + first * stride;
        }
    }
}
