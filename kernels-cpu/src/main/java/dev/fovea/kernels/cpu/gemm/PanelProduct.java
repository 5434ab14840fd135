package dev.fovea.kernels.cpu.gemm;

import dev.fovea.kernels.cpu.gemm.Epilogue.Part;
import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.kernels.cpu.layout.PackedTile;
import dev.fovea.kernels.cpu.layout.Tiling;
import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import java.lang.foreign.MemorySegment;

/**
 * Multiplies one panel of weights with some tiles of rows and finishes the sums: the inner part of {@link Gemm}, run by
 * one thread.
 *
 * <pre>
 * for each block of the depth
 *   for each tile
 *     sums += packed[tile, depth block] * panel        {@link Kernels#tile}
 *     epilogue after the last block of the depth, while the tile is in the first-level cache
 * </pre>
 *
 * A model's weights are larger than the caches, and a small batch uses each panel only a few times. So while the first
 * tiles of a panel are multiplied, the next panel is prefetched, a byte here and there: memory then works at the same
 * time as the multipliers. Where too few tiles follow to read all of it, and where {@link PanelReading} says so, a
 * panel is read from end to end before it is multiplied.
 */
public final class PanelProduct {

    /**
     * Most inputs whose part of a panel is worked through at a time: 1536 x 32 floats are three sixteenths of a
     * megabyte.
     */
    private static final int DEPTH = 1536;

    /**
     * Inputs of a panel that are worked through at a time if its weights are widened first; a multiple of the group of
     * an int8 scale.
     */
    private static final int WIDENED_DEPTH = 4 * QuantizedMatrix.GROUP;

    private final Kernels kernels;
    private final Epilogue epilogue;

    /** Sink for prefetch reads, so that the JIT cannot eliminate them. */
    @SuppressWarnings("unused")
    private int sink;

    PanelProduct(Kernels kernels) {
        this.kernels = kernels;
        epilogue = new Epilogue(kernels);
    }

    /**
     * Describes a linear layer.
     *
     * @param bias one float per output, filled up to whole panels, or null
     * @param shortcut {@code [rows, outputs]}, added before the activation, or null
     */
    public record Layer(PackedMatrix weight, MemorySegment bias, Fusion fusion, Tensor shortcut) {

        public Layer(PackedMatrix weight, MemorySegment bias, Fusion fusion) {
            this(weight, bias, fusion, null);
        }

        /** Returns whether nothing is left to do with the sums but what {@link Kernels#endTile} does. */
        boolean endsSimply() {
            return fusion.activation() == Activation.IDENTITY
                    ? shortcut == null || fusion.residual() == null
                    : fusion.activation() == Activation.RELU && fusion.residual() == null;
        }
    }

    /**
     * Describes packed tiles of rows, one behind the other, as {@link PackedTile} says.
     *
     * @param prefetchDistance distance in panels to the one that is prefetched while one is multiplied, probably the
     *     next that this thread takes; 0 if each is read from end to end before
     */
    record Band(Tiling tiling, int fromTile, int toTile, float[] packed, int inputs, int prefetchDistance) {

        int offset(int tile) {
            return (tiling.start(tile) - tiling.start(fromTile)) * inputs;
        }
    }

    /** Returns the number of inputs whose part of a panel is in the caches at a time. */
    static int depth(int inputs) {
        return Math.min(inputs, DEPTH);
    }

    /** Packs one tile of rows, after the layer's norm. */
    void pack(LeftRows a, LayerNorm norm, Band band, int tile) {
        int first = band.tiling.start(tile);
        int height = band.tiling.height(tile);
        int inputs = band.inputs;
        int to = band.offset(tile);
        int rows = band.tiling.rows(tile);
        if (norm == null) {
            a.pack(kernels, first, rows, band.packed, to, height, inputs);
            return;
        }
        long rowBytes = (long) inputs * Float.BYTES;
        long from = a.address(first, rows);
        long normed = Scratch.floats(Scratch.Slot.TILE, (long) rows * inputs);
        long gamma = Memory.address(norm.gamma(), 0);
        long beta = Memory.address(norm.beta(), 0);
        for (int i = 0; i < rows; i++) {
            kernels.layerNorm(from + i * a.stride(), gamma, beta, norm.epsilon(), normed + i * rowBytes, inputs);
        }
        kernels.pack(normed, rowBytes, rows, band.packed, to, height, inputs, inputs);
    }

    /**
     * Multiplies a panel with the tiles.
     *
     * @param next where the results are packed for the layer that reads them, or null
     * @param out else where they go, {@code [rows, outputs]}
     */
    void multiply(Layer layer, Band band, int fromTile, int toTile, int panel, Band next, Tensor out) {
        PackedMatrix weight = layer.weight;
        Tiling tiling = band.tiling;
        int width = kernels.panelColumns();
        int columns = Math.min(width, weight.outputs() - panel * width);
        int depth = depth(weight);
        boolean wholeDepth = weight.inputs() <= depth;
        boolean done = next == null
                && wholeDepth
                && layer.fusion.activation() == Activation.IDENTITY
                && layer.fusion.residual() == null
                && layer.shortcut == null;
        boolean simple = next == null && columns == width && layer.endsSimply();
        long zeros = Memory.zeros(width);
        long bias = layer.bias == null ? zeros : layer.bias.address() + (long) panel * width * Float.BYTES;
        int firstRow = tiling.start(fromTile);
        long sumBytes = (long) width * Float.BYTES;
        long aside = Scratch.floats(Scratch.Slot.SUMS, (long) (tiling.start(toTile) - firstRow) * width);
        long block = Scratch.floats(Scratch.Slot.TILE, (long) Tiling.MOST_ROWS * width);
        long rowBytes = (long) width * weight.dtype().bytes();
        long prefetchBytes = sumBytes / Kernels.PREFETCH_TILES;
        long nextPanel = weight.address(Math.min(panel + band.prefetchDistance, weight.panels() - 1), 0);
        int touched = 0;
        boolean prefetches = band.prefetchDistance > 0 && toTile - fromTile >= Kernels.PREFETCH_TILES;
        int k = 0;
        do {
            int count = Math.min(depth, weight.inputs() - k);
            boolean last = k + count == weight.inputs();
            long b = weight.dtype() == DType.F32 ? weight.address(panel, k) : widen(weight, panel, k, count);
            if (!prefetches && weight.dtype() == DType.F32) {
                Memory.touch(b, count * rowBytes);
            }
            for (int tile = fromTile; tile < toTile; tile++) {
                int row = tiling.start(tile);
                int rows = tiling.rows(tile);
                int height = tiling.height(tile);
                int a = band.offset(tile) + PackedTile.place(height, k);
                boolean inPlace = done && rows == height && columns == width;
                long c = inPlace
                        ? Memory.address(out, row) + panel * sumBytes
                        : aside + (wholeDepth ? 0 : row - firstRow) * sumBytes;
                long stride = inPlace ? Memory.stride(out) : sumBytes;
                int nth = tile - fromTile;
                long soon = prefetches && nth < rowBytes / prefetchBytes
                        ? nextPanel + k * rowBytes + nth * count * prefetchBytes
                        : b;
                if (k == 0) {
                    touched ^= kernels.tile(height, band.packed, a, band.inputs, b, count, bias, c, stride, soon);
                } else {
                    touched ^=
                            kernels.tile(height, band.packed, a, band.inputs, b, count, zeros, block, sumBytes, soon);
                }
                if (k > 0) {
                    kernels.add(c, 0, block, 0, c, 0, 1, rows * width);
                }
                if (last && !inPlace && simple) {
                    end(layer, row, rows, panel, c, out);
                } else if (last && !inPlace) {
                    Part part = new Part(row, rows, panel * width, columns, width);
                    epilogue.activate(part, c, layer.shortcut, layer.fusion.activation());
                    if (next == null) {
                        epilogue.store(part, c, layer.fusion.residual(), out);
                    } else {
                        int at = next.offset(tile) + PackedTile.place(height, panel * width);
                        kernels.pack(c, stride, rows, next.packed, at, height, next.inputs, columns);
                    }
                }
            }
            k += count;
        } while (k < weight.inputs());
        sink = touched;
    }

    /** Multiplies several panels with a band of a single tile of few rows. */
    void multiplyLowTile(Layer layer, Band band, int panel, int panels, Tensor out) {
        PackedMatrix weight = layer.weight;
        int height = band.tiling.height(band.fromTile);
        int rows = band.tiling.rows(band.fromTile);
        int width = panels * kernels.panelColumns();
        int column = panel * kernels.panelColumns();
        int depth = depth(weight);
        long sums = Scratch.floats(Scratch.Slot.SUMS, (long) height * width);
        long part = Scratch.floats(Scratch.Slot.TILE, (long) height * width);
        long zeros = Memory.zeros(width);
        long bias = layer.bias == null ? zeros : layer.bias.address() + (long) column * Float.BYTES;
        int packed = band.offset(band.fromTile);
        kernels.lowTile(height, weight, panel, 0, band.packed, packed, Math.min(depth, weight.inputs()), bias, sums);
        for (int k = depth; k < weight.inputs(); k += depth) {
            int count = Math.min(depth, weight.inputs() - k);
            kernels.lowTile(
                    height, weight, panel, k, band.packed, packed + PackedTile.place(height, k), count, zeros, part);
            kernels.add(sums, 0, part, 0, sums, 0, 1, rows * width);
        }
        int columns = Math.min(width, weight.outputs() - column);
        Part result = new Part(band.tiling.start(band.fromTile), rows, column, columns, width);
        epilogue.activate(result, sums, layer.shortcut, layer.fusion.activation());
        epilogue.store(result, sums, layer.fusion.residual(), out);
    }

    /** Returns the number of inputs whose part of a panel is worked through at a time. */
    private static int depth(PackedMatrix weight) {
        return weight.dtype() == DType.F32 ? DEPTH : WIDENED_DEPTH;
    }

    /** Finishes the sums and stores them, in one pass. */
    private void end(Layer layer, int row, int rows, int panel, long sums, Tensor out) {
        long column = (long) panel * kernels.panelColumns() * Float.BYTES;
        Tensor added = layer.shortcut == null ? layer.fusion.residual() : layer.shortcut;
        kernels.endTile(
                sums,
                added == null ? 0 : Memory.address(added, row) + column,
                added == null ? 0 : Memory.stride(added),
                layer.fusion.activation() == Activation.RELU,
                Memory.address(out, row) + column,
                Memory.stride(out),
                rows);
    }

    private long widen(PackedMatrix weight, int panel, int from, int count) {
        int width = kernels.panelColumns();
        long wide = Scratch.floats(Scratch.Slot.WEIGHTS, (long) WIDENED_DEPTH * width);
        int step = QuantizedMatrix.GROUP;
        for (int k = 0; k < count; k += step) {
            kernels.widen(
                    weight.dtype(),
                    weight.isFinite(),
                    weight.address(panel, from + k),
                    weight.scalesAddress(panel, from + k),
                    wide + (long) k * width * Float.BYTES,
                    Math.min(step, count - k) * width);
        }
        return wide;
    }
}
