package dev.fovea.kernels.cpu.attention;

import dev.fovea.kernels.cpu.layout.EvenCut;
import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.machine.AttentionKernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.kernels.cpu.threads.Workers;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.numbers.Sizes;

/**
 * Computes attention among channels.
 *
 * <pre>
 * for each picture and group                        in parallel: one piece of work
 *   scores[query, key] = sum over rows of Q[row, query] * K[row, key]      {@link Kernels#crossProducts}
 *   weights            = softmax(rows^-0.5 * scores), transposed into panels
 * for each picture, group and block of rows         in parallel
 *   for each tile of the block
 *     out[tile, group] = V[tile, group] weightsᵀ    {@link Kernels#tile}, or {@link AttentionKernels#scores} in place
 * </pre>
 *
 * Sums over rows run in order, whatever the number of threads. Twin: {@code ReferenceBackend.channelAttention}.
 */
public final class ChannelAttention {

    /** Rows whose queries and keys stay in the first-level cache while all their products are made. */
    private static final int ROWS = 64;

    /** Rows of one piece of the second part. */
    private static final int BLOCK = 576;

    private final Kernels kernels;
    private final Workers workers;

    /** Null where the second product is computed on the micro-kernel. */
    private final AttentionKernels machine;

    public ChannelAttention(Kernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
        machine = AttentionKernels.of(kernels.panelColumns());
    }

    /**
     * Computes the rows of {@code out} that belong to sequences.
     *
     * @param panels address of {@link #floatsOfPanels} floats for every sequence
     */
    public void attend(
            Tensor queries, Tensor keys, Tensor values, Segments segments, int groups, long panels, Tensor out) {
        int size = queries.columns() / groups;
        long panelsBytes = (long) floatsOfPanels(size) * Float.BYTES;
        workers.forEach(segments.count() * groups, piece -> {
            int segment = piece / groups;
            long column = (long) (piece % groups) * size * Float.BYTES;
            weigh(
                    queries,
                    keys,
                    segments.start(segment),
                    segments.length(segment),
                    column,
                    size,
                    panels + piece * panelsBytes);
        });
        int blocks = (segments.longest() + BLOCK - 1) / BLOCK;
        workers.forEach(Sizes.product("channelAttention: pieces", segments.count(), groups, blocks), piece -> {
            int group = piece / blocks;
            int segment = group / groups;
            int from = piece % blocks * BLOCK;
            int rows = Math.min(BLOCK, segments.length(segment) - from);
            int first = segments.start(segment) + from;
            int column = group % groups * size;
            if (rows > 0 && machine != null) {
                mixInPlace(values, first, rows, column, size, panels + group * panelsBytes, out);
            } else if (rows > 0) {
                mix(values, first, rows, column, size, panels + group * panelsBytes, out);
            }
        });
    }

    /** Returns the floats that the weights of one group take, in panels. */
    public int floatsOfPanels(int size) {
        int width = kernels.panelColumns();
        return (size + width - 1) / width * width * size;
    }

    private void weigh(Tensor queries, Tensor keys, int firstRow, int rows, long column, int size, long panels) {
        int width = kernels.panelColumns();
        long stride = (long) (size + width) * Float.BYTES;
        long scores = Scratch.floats(Scratch.Slot.SCORES, (long) size * (size + width));
        Memory.zero(scores, (long) size * (size + width));
        for (int row = 0; row < rows; row += ROWS) {
            kernels.crossProducts(
                    Memory.address(queries, firstRow + row) + column,
                    Memory.stride(queries),
                    Memory.address(keys, firstRow + row) + column,
                    Memory.stride(keys),
                    Math.min(ROWS, rows - row),
                    size,
                    scores,
                    stride);
        }
        float scale = (float) Math.pow(rows, -0.5);
        Memory.zero(panels, floatsOfPanels(size));
        for (int query = 0; query < size; query++) {
            long row = scores + query * stride;
            kernels.exp(row, scale, kernels.max(row, size), size);
            kernels.scale(row, 1 / kernels.sum(row, size), 0, row, size);
            long to = panels + ((long) (query / width) * size * width + query % width) * Float.BYTES;
            for (int key = 0; key < size; key++) {
                Memory.set(to + (long) key * width * Float.BYTES, Memory.get(row + (long) key * Float.BYTES));
            }
        }
    }

    /** Multiplies rows of values where they lie. */
    private void mixInPlace(Tensor values, int firstRow, int rows, int column, int size, long panels, Tensor out) {
        int width = machine.columns();
        long sumsStride = (long) width * Float.BYTES;
        long sums = Scratch.floats(Scratch.Slot.TILE, (long) machine.tallestTile() * width);
        long offset = (long) column * Float.BYTES;
        EvenCut cut = EvenCut.of(rows, machine.tallestTile());
        for (int tile = 0; tile < cut.tiles(); tile++) {
            int row = firstRow + cut.start(tile);
            int height = cut.height(tile);
            long from = Memory.address(values, row) + offset;
            for (int channel = 0; channel < size; channel += width) {
                long panel = panels + (long) channel * size * Float.BYTES;
                long to = Memory.address(out, row) + offset + (long) channel * Float.BYTES;
                if (size - channel >= width) {
                    machine.scores(height, from, Memory.stride(values), panel, to, Memory.stride(out), size);
                } else {
                    machine.scores(height, from, Memory.stride(values), panel, sums, sumsStride, size);
                    kernels.copy(sums, sumsStride, to, Memory.stride(out), height, size - channel);
                }
            }
        }
    }

    private void mix(Tensor values, int firstRow, int rows, int column, int size, long panels, Tensor out) {
        int width = kernels.panelColumns();
        int height = kernels.tallestTile();
        long stride = (long) width * Float.BYTES;
        long sums = Scratch.floats(Scratch.Slot.TILE, (long) height * width);
        float[] packed = Scratch.array(Scratch.Packed.ROWS_OF_GROUP, height * size);
        long zeros = Memory.zeros(width);
        long offset = (long) column * Float.BYTES;
        for (int row = 0; row < rows; row += height) {
            int present = Math.min(height, rows - row);
            kernels.pack(
                    Memory.address(values, firstRow + row) + offset,
                    Memory.stride(values),
                    present,
                    packed,
                    0,
                    height,
                    size,
                    size);
            for (int channel = 0; channel < size; channel += width) {
                long panel = panels + (long) channel * size * Float.BYTES;
                int columns = Math.min(width, size - channel);
                long to = Memory.address(out, firstRow + row) + offset + (long) channel * Float.BYTES;
                if (present == height && columns == width) {
                    kernels.tile(height, packed, 0, size, panel, size, zeros, to, Memory.stride(out), panel);
                } else {
                    kernels.tile(height, packed, 0, size, panel, size, zeros, sums, stride, panel);
                    kernels.copy(sums, stride, to, Memory.stride(out), present, columns);
                }
            }
        }
    }
}
