package dev.fovea.kernels.cpu.gemm;

import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Tensor;

/** Finishes a tile of a linear layer's sums: {@code out = activation(sums + shortcut) + residual}. */
final class Epilogue {

    private final Kernels kernels;

    Epilogue(Kernels kernels) {
        this.kernels = kernels;
    }

    /**
     * Names some rows and columns of a result, whose sums lie end to end.
     *
     * @param row the first
     * @param column the first
     * @param columns that the result has
     * @param width columns of a row of sums, at least {@code columns}
     */
    record Part(int row, int rows, int column, int columns, int width) {

        private long stride() {
            return (long) width * Float.BYTES;
        }

        private long address(Tensor tensor) {
            return Memory.address(tensor, row) + (long) column * Float.BYTES;
        }
    }

    /**
     * Computes {@code sums = activation(sums + shortcut)}. The activation takes all rows as one, which is long enough
     * to be worth starting a loop.
     *
     * @param shortcut as large as the whole result, or null
     */
    void activate(Part part, long sums, Tensor shortcut, Activation activation) {
        if (shortcut != null) {
            long stride = part.stride();
            kernels.add(
                    sums,
                    stride,
                    part.address(shortcut),
                    Memory.stride(shortcut),
                    sums,
                    stride,
                    part.rows,
                    part.columns);
        }
        if (activation != Activation.IDENTITY) {
            kernels.activate(activation, sums, part.rows * part.width);
        }
    }

    /**
     * Computes {@code to = sums + residual}.
     *
     * @param residual as large as the whole result, or null
     * @param to address of the part's first result
     * @param toStride bytes from one of its rows to the next
     */
    void store(Part part, long sums, Tensor residual, long to, long toStride) {
        if (residual == null) {
            kernels.copy(sums, part.stride(), to, toStride, part.rows, part.columns);
        } else {
            long added = part.address(residual);
            long stride = Memory.stride(residual);
            kernels.add(sums, part.stride(), added, stride, to, toStride, part.rows, part.columns);
        }
    }

    /** Computes {@code out = sums + residual} for a part of a tensor. */
    void store(Part part, long sums, Tensor residual, Tensor out) {
        store(part, sums, residual, part.address(out), Memory.stride(out));
    }
}
