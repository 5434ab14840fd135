package dev.fovea.kernels.cpu;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.QuantizedMatrix;
import dev.fovea.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * {@code out = activation(A Wᵀ + b) + residual}, around the micro-kernel.
 *
 * <pre>
 * for each block of rows, each panel of W          in parallel: one piece of work
 *   for each block of the depth                    its part of the panel stays in the second-level cache
 *     for each tile of rows                        A is read in place, row-major
 *       sums += A[tile, depth block] * panel       {@link Kernels#tile}
 *   epilogue of the tile while it is in the first-level cache
 * </pre>
 *
 * The sums of a row run over the depth in order, whatever the blocks and threads: same input, same bits. Twin: {@code
 * ReferenceBackend.linear}.
 */
final class Gemm {

    /** Most inputs whose part of a panel is worked through at a time: 1024 x 64 floats are a quarter of a megabyte. */
    private static final int DEPTH = 1024;

    /** The same for weights that are widened first; a multiple of the group of an int8 scale. */
    private static final int WIDENED_DEPTH = 4 * QuantizedMatrix.GROUP;

    /** Most rows of one piece of work: enough to amortise the panel, few enough that cores share the work evenly. */
    private static final int ROWS = 192;

    private final Kernels kernels;
    private final Workers workers;

    Gemm(Kernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
    }

    /**
     * Multiplies.
     *
     * @param bias one float per output, filled up to whole panels, or null
     * @param residual {@code [rows, outputs]}, or null
     * @param out {@code [rows, outputs]}
     */
    void multiply(
            Tensor a, PackedMatrix weight, MemorySegment bias, Activation activation, Tensor residual, Tensor out) {
        int rowBlocks = (a.rows() + ROWS - 1) / ROWS;
        workers.forEach(rowBlocks * weight.panels(), piece -> {
            int panel = piece / rowBlocks;
            int block = piece % rowBlocks;
            int from = (int) ((long) a.rows() * block / rowBlocks);
            int to = (int) ((long) a.rows() * (block + 1) / rowBlocks);
            multiplyPanel(a, from, to, weight, panel, bias, activation, residual, out);
        });
    }

    private void multiplyPanel(
            Tensor a,
            int fromRow,
            int toRow,
            PackedMatrix weight,
            int panel,
            MemorySegment bias,
            Activation activation,
            Tensor residual,
            Tensor out) {
        int width = kernels.panelColumns();
        long sumsStride = (long) width * Float.BYTES;
        long sums = Scratch.floats(Scratch.Slot.SUMS, (long) (toRow - fromRow) * width);
        long part = Scratch.floats(Scratch.Slot.TILE, (long) Tiling.MOST_ROWS * width);
        int columns = Math.min(width, weight.outputs() - panel * width);
        int depth = weight.dtype() == DType.F32 ? DEPTH : WIDENED_DEPTH;
        Tiling tiling = Tiling.of(toRow - fromRow);
        int k = 0;
        do {
            int count = Math.min(depth, weight.inputs() - k);
            boolean first = k == 0;
            boolean last = k + count == weight.inputs();
            long b = weight.dtype() == DType.F32 ? weight.address(panel, k) : widen(weight, panel, k, count);
            for (int tile = 0; tile < tiling.tiles(); tile++) {
                int row = fromRow + tiling.start(tile);
                int rows = tiling.rows(tile);
                long c = sums + (row - fromRow) * sumsStride;
                long left = Memory.address(a, row) + (long) k * Float.BYTES;
                kernels.tile(rows, left, Memory.stride(a), b, count, first ? c : part, sumsStride);
                if (!first) {
                    kernels.add(c, part, c, rows * width);
                } else if (bias != null) {
                    addBias(bias.address() + panel * sumsStride, rows, c);
                }
                if (last) {
                    finish(row, rows, c, panel * width, columns, activation, residual, out);
                }
            }
            k += count;
        } while (k < weight.inputs());
    }

    private void addBias(long bias, int rows, long sums) {
        int width = kernels.panelColumns();
        for (int r = 0; r < rows; r++) {
            long row = sums + (long) r * width * Float.BYTES;
            kernels.add(row, bias, row, width);
        }
    }

    /** Activation, residual, and out. */
    private void finish(
            int row, int rows, long sums, int column, int columns, Activation activation, Tensor residual, Tensor out) {
        long columnBytes = (long) column * Float.BYTES;
        int width = kernels.panelColumns();
        kernels.activate(activation, sums, rows * width);
        for (int r = 0; r < rows; r++) {
            long from = sums + (long) r * width * Float.BYTES;
            long to = Memory.address(out, row + r) + columnBytes;
            if (residual == null) {
                Memory.copy(from, to, columns);
            } else {
                kernels.add(from, Memory.address(residual, row + r) + columnBytes, to, columns);
            }
        }
    }

    private long widen(PackedMatrix weight, int panel, int from, int count) {
        int width = kernels.panelColumns();
        long wide = Scratch.floats(Scratch.Slot.WEIGHTS, (long) WIDENED_DEPTH * width);
        int step = QuantizedMatrix.GROUP;
        for (int k = 0; k < count; k += step) {
            kernels.widen(
                    weight.dtype(),
                    weight.address(panel, from + k),
                    weight.scalesAddress(panel, from + k),
                    wide + (long) k * width * Float.BYTES,
                    Math.min(step, count - k) * width);
        }
        return wide;
    }
}
