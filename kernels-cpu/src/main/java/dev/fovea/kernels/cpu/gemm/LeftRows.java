package dev.fovea.kernels.cpu.gemm;

import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.tensor.Tensor;

/**
 * Gives tiles of the left operand of a product for packing: the rows of a tensor, or rows that are made when they are
 * asked for.
 */
public interface LeftRows {

    /** Returns how many there are. */
    int rows();

    /** Returns the bytes from one row to the next. */
    long stride();

    /** Returns where some rows lie, as long as this thread asks for no others. */
    long address(int first, int count);

    /**
     * Packs a tile of rows; see {@link Kernels#pack}.
     *
     * @param offset where the tile begins
     */
    default void pack(Kernels kernels, int first, int rows, float[] to, int offset, int height, int depth) {
        kernels.pack(address(first, rows), stride(), rows, to, offset, height, depth, depth);
    }

    /** Returns the rows of a tensor. */
    static LeftRows of(Tensor tensor) {
        return new At(Memory.address(tensor, 0), Memory.stride(tensor), tensor.rows());
    }

    /**
     * Holds rows in memory.
     *
     * @param address where the first one begins
     */
    record At(long address, long stride, int rows) implements LeftRows {

        @Override
        public long address(int first, int count) {
            return address + first * stride;
        }
    }
}
