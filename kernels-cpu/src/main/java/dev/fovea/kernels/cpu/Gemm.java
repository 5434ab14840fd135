package dev.fovea.kernels.cpu;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.HostStorage;
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
 *       tile += A[tile, depth block] * panel       {@link Kernels#tile}
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
        MemorySegment sums = Scratch.floats(Scratch.Slot.TILE, (long) (toRow - fromRow) * width);
        MemorySegment left = memory(a);
        long leftStride = a.rowStride() * Float.BYTES;
        int columns = Math.min(width, weight.outputs() - panel * width);
        int depth = weight.dtype() == DType.F32 ? DEPTH : WIDENED_DEPTH;
        int k = 0;
        do {
            int count = Math.min(depth, weight.inputs() - k);
            boolean first = k == 0;
            boolean last = k + count == weight.inputs();
            MemorySegment b = weight.data();
            long bOffset = weight.offset(panel, k);
            if (weight.dtype() != DType.F32) {
                b = widen(weight, panel, k, count);
                bOffset = 0;
            }
            Tiling tiling = Tiling.of(toRow - fromRow);
            for (int tile = 0; tile < tiling.tiles(); tile++) {
                int row = fromRow + tiling.start(tile);
                int rows = tiling.rows(tile);
                long sumsOffset = (row - fromRow) * sumsStride;
                if (first) {
                    begin(bias, panel, rows, sums, sumsOffset, sumsStride);
                }
                kernels.tile(
                        rows,
                        left,
                        offset(a, row) + (long) k * Float.BYTES,
                        leftStride,
                        b,
                        bOffset,
                        count,
                        sums,
                        sumsOffset,
                        sumsStride);
                if (last) {
                    finish(row, rows, sums, sumsOffset, panel * width, columns, activation, residual, out);
                }
            }
            k += count;
        } while (k < weight.inputs());
    }

    /** The sums start with the bias, or with zero. */
    private void begin(MemorySegment bias, int panel, int rows, MemorySegment sums, long offset, long stride) {
        for (int r = 0; r < rows; r++) {
            if (bias == null) {
                sums.asSlice(offset + r * stride, stride).fill((byte) 0);
            } else {
                MemorySegment.copy(bias, panel * stride, sums, offset + r * stride, stride);
            }
        }
    }

    /** Activation, residual, and out. */
    private void finish(
            int row,
            int rows,
            MemorySegment sums,
            long sumsOffset,
            int column,
            int columns,
            Activation activation,
            Tensor residual,
            Tensor out) {
        long columnOffset = (long) column * Float.BYTES;
        int width = kernels.panelColumns();
        kernels.activate(activation, sums, sumsOffset, rows * width);
        for (int r = 0; r < rows; r++) {
            long from = sumsOffset + (long) r * width * Float.BYTES;
            long to = offset(out, row + r) + columnOffset;
            if (residual == null) {
                MemorySegment.copy(sums, from, memory(out), to, (long) columns * Float.BYTES);
            } else {
                long other = offset(residual, row + r) + columnOffset;
                kernels.add(sums, from, memory(residual), other, memory(out), to, columns);
            }
        }
    }

    private MemorySegment widen(PackedMatrix weight, int panel, int from, int count) {
        int width = kernels.panelColumns();
        MemorySegment wide = Scratch.floats(Scratch.Slot.WEIGHTS, (long) WIDENED_DEPTH * width);
        int step = QuantizedMatrix.GROUP;
        for (int k = 0; k < count; k += step) {
            kernels.widen(
                    weight.dtype(),
                    weight.data(),
                    weight.offset(panel, from + k),
                    weight.scales(),
                    weight.scalesOffset(panel, from + k),
                    wide,
                    (long) k * width * Float.BYTES,
                    Math.min(step, count - k) * width);
        }
        return wide;
    }

    static MemorySegment memory(Tensor tensor) {
        return ((HostStorage) tensor.storage()).memory();
    }

    /** Byte where a row begins. */
    static long offset(Tensor tensor, int row) {
        return (tensor.offset() + row * tensor.rowStride()) * Float.BYTES;
    }
}
