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
 * A model's weights are larger than the caches, and a small batch uses each panel only a few times. So while one panel is multiplied, the
 * next one is read ahead, a byte of each cache line here and there: the memory then works at the same time as the multipliers.
 *
 * The sums of a row run over the depth in order, whatever the blocks and threads: same input, same bits. Twin: {@code
 * ReferenceBackend.linear}.
 */
final class Gemm {

    /** Most inputs whose part of a panel is worked through at a time: 1024 x 64 floats are a quarter of a megabyte. */
    private static final int DEPTH = 1024;

    /** The same for weights that are widened first; a multiple of the group of an int8 scale. */
    private static final int WIDENED_DEPTH = 4 * QuantizedMatrix.GROUP;

    /** Pieces of work for each thread: enough that cores share the work evenly though they are not equally fast. */
    private static final int PIECES_PER_THREAD = 4;

    /** Fewer rows than this are not worth a piece of their own: each reads a whole panel. */
    private static final int FEWEST_ROWS = 96;

    private final Kernels kernels;
    private final Workers workers;

    /** Where the bytes end that were only read to bring them nearer. */
    @SuppressWarnings("unused")
    private int sink;

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
        int rowBlocks = rowBlocks(a.rows(), weight.panels());
        workers.forEach(rowBlocks * weight.panels(), piece -> {
            int panel = piece / rowBlocks;
            int block = piece % rowBlocks;
            int from = (int) ((long) a.rows() * block / rowBlocks);
            int to = (int) ((long) a.rows() * (block + 1) / rowBlocks);
            multiplyPanel(a, from, to, weight, panel, bias, activation, residual, out);
        });
    }

    /** Rows are cut only if the panels alone do not make enough pieces. */
    private int rowBlocks(int rows, int panels) {
        int wanted = (PIECES_PER_THREAD * workers.threads() + panels - 1) / Math.max(1, panels);
        return rows == 0 ? 0 : Math.clamp(rows / FEWEST_ROWS, 1, wanted);
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
        int columns = Math.min(width, weight.outputs() - panel * width);
        int depth = weight.dtype() == DType.F32 ? DEPTH : WIDENED_DEPTH;
        long zeros = Memory.zeros(width);
        long begin = bias == null ? zeros : bias.address() + (long) panel * width * Float.BYTES;
        Sums sums = Sums.of(out, fromRow, toRow, panel * width, width);
        long part = Scratch.floats(Scratch.Slot.TILE, (long) Tiling.MOST_ROWS * width);
        Tiling tiling = Tiling.of(toRow - fromRow);
        long next = weight.address(Math.min(panel + workers.threads(), weight.panels() - 1), 0);
        long aheadStride = (long) width * weight.dtype().bytes() / tiling.tiles();
        int touched = 0;
        int k = 0;
        do {
            int count = Math.min(depth, weight.inputs() - k);
            boolean last = k + count == weight.inputs();
            long b = weight.dtype() == DType.F32 ? weight.address(panel, k) : widen(weight, panel, k, count);
            for (int tile = 0; tile < tiling.tiles(); tile++) {
                int row = fromRow + tiling.start(tile);
                int rows = tiling.rows(tile);
                long left = Memory.address(a, row) + (long) k * Float.BYTES;
                long ahead = next + (long) k * width * weight.dtype().bytes() + (long) tile * aheadStride * count;
                long c = k == 0 ? sums.address(row) : part;
                long stride = k == 0 ? sums.stride : (long) width * Float.BYTES;
                touched ^= kernels.tile(
                        rows, left, Memory.stride(a), b, count, k == 0 ? begin : zeros, c, stride, ahead, aheadStride);
                for (int r = row; r < row + rows; r++) {
                    if (k > 0) {
                        long sum = sums.address(r);
                        kernels.add(sum, part + (r - row) * stride, sum, width);
                    }
                    if (last) {
                        finish(r, sums.address(r), panel * width, columns, activation, residual, out);
                    }
                }
            }
            k += count;
        } while (k < weight.inputs());
        sink = touched;
    }

    /** Where the sums of a panel are gathered: in the result itself, or aside if the panel is wider than what is left of it. */
    private record Sums(long start, long stride, int fromRow) {

        static Sums of(Tensor out, int fromRow, int toRow, int column, int width) {
            if (column + width <= out.columns()) {
                return new Sums(
                        Memory.address(out, fromRow) + (long) column * Float.BYTES, Memory.stride(out), fromRow);
            }
            long aside = Scratch.floats(Scratch.Slot.SUMS, (long) (toRow - fromRow) * width);
            return new Sums(aside, (long) width * Float.BYTES, fromRow);
        }

        long address(int row) {
            return start + (row - fromRow) * stride;
        }
    }

    /** Activation and residual of a row of sums, and out with it if it is not there already. */
    private void finish(
            int row, long sums, int column, int columns, Activation activation, Tensor residual, Tensor out) {
        if (activation != Activation.IDENTITY) {
            kernels.activate(activation, sums, columns);
        }
        long to = Memory.address(out, row) + (long) column * Float.BYTES;
        if (residual != null) {
            kernels.add(sums, Memory.address(residual, row) + (long) column * Float.BYTES, to, columns);
        } else if (sums != to) {
            Memory.copy(sums, to, columns);
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
