package dev.fovea.kernels.cpu;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.QuantizedMatrix;
import dev.fovea.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * {@code out = activation(norm(A) Wᵀ + b) + residual}, around the micro-kernel.
 *
 * <pre>
 * for each band of rows
 *   for each tile of the band                      in parallel
 *     packed = norm(A[tile])                       {@link Kernels#pack}, [inputs][rows of the tile]
 *   for each group of panels of W                  they come from memory once
 *     for each block of tiles, each panel          in parallel: one piece of work; the block stays in the second-level cache
 *       for each block of the depth                and so does its part of the panel
 *         for each tile of the block
 *           sums += packed[tile, depth block] * panel          {@link Kernels#tile}
 *           epilogue after the last block of the depth, while the tile is in the first-level cache
 * </pre>
 *
 * A model's weights are larger than the caches, and a small batch uses each panel only a few times. So while the first tiles of a panel are
 * multiplied, the next panel is read ahead, a byte here and there: the memory then works at the same time as the multipliers.
 *
 * The sums of a row run over the depth in order, whatever the blocks and threads: same input, same bits. Twin: {@code
 * ReferenceBackend.linear}.
 */
final class Gemm {

    /** Rows that are packed at a time, and numbers: they bound the memory for it, 16 MiB of the heap. */
    private static final int BAND_ROWS = 1024;

    private static final int BAND_FLOATS = 4 << 20;

    /** Bytes of packed rows that one piece of work goes over: half the second-level cache of a small core. */
    private static final long BLOCK_BYTES = 512 << 10;

    /** Panels for each thread that all blocks go over before the next ones are touched: they come from memory once. */
    private static final int PANELS_PER_THREAD = 2;

    /** Most inputs whose part of a panel is worked through at a time: 1536 x 32 floats are three sixteenths of a megabyte. */
    private static final int DEPTH = 1536;

    /** The same for weights that are widened first; a multiple of the group of an int8 scale. */
    private static final int WIDENED_DEPTH = 4 * QuantizedMatrix.GROUP;

    /** Pieces of work for each thread: enough that cores share the work evenly though they are not equally fast. */
    private static final int PIECES_PER_THREAD = 4;

    private final Kernels kernels;
    private final TileHeights heights;
    private final Workers workers;

    /** Where the bytes end that were only read to bring them nearer. */
    @SuppressWarnings("unused")
    private int sink;

    Gemm(Kernels kernels, TileHeights heights, Workers workers) {
        this.kernels = kernels;
        this.heights = heights;
        this.workers = workers;
    }

    /** One product. */
    private record Product(Tensor a, PackedMatrix weight, MemorySegment bias, Fusion fusion, Tensor out) {}

    /** Tiles that are packed, one behind the other. */
    private record Band(Tiling tiling, int fromTile, int toTile, float[] packed, int inputs) {

        int offset(int tile) {
            return (tiling.start(tile) - tiling.start(fromTile)) * inputs;
        }
    }

    /**
     * Multiplies.
     *
     * @param bias one float per output, filled up to whole panels, or null
     * @param out {@code [rows, outputs]}
     */
    void multiply(Tensor a, PackedMatrix weight, MemorySegment bias, Fusion fusion, Tensor out) {
        Product product = new Product(a, weight, bias, fusion, out);
        Tiling tiling = heights.cut(a.rows(), (long) weight.inputs() * weight.outputs());
        int rowsOfBand = Math.min(BAND_ROWS, BAND_FLOATS / Math.max(1, weight.inputs()));
        int tilesOfBand = Math.min(tiling.tiles(), Math.max(1, rowsOfBand / kernels.tallestTile()));
        int floats = Math.multiplyExact(tilesOfBand * kernels.tallestTile(), weight.inputs());
        float[] packed = Scratch.array(Scratch.Packed.ROWS, floats);
        for (int tile = 0; tile < tiling.tiles(); tile += tilesOfBand) {
            int end = Math.min(tiling.tiles(), tile + tilesOfBand);
            Band band = new Band(tiling, tile, end, packed, weight.inputs());
            workers.forEach(end - tile, i -> pack(product, band, band.fromTile + i));
            multiply(product, band);
        }
    }

    private void pack(Product product, Band band, int tile) {
        Tensor a = product.a;
        LayerNorm norm = product.fusion.norm();
        int first = band.tiling.start(tile);
        int height = band.tiling.height(tile);
        int inputs = a.columns();
        int to = band.offset(tile);
        int rows = band.tiling.rows(tile);
        Tiling.clearBeyond(rows, height, band.packed, to, inputs);
        long from = Memory.address(a, first);
        long stride = Memory.stride(a);
        if (norm != null) {
            long rowBytes = (long) inputs * Float.BYTES;
            long normed = Scratch.floats(Scratch.Slot.TILE, (long) rows * inputs);
            long gamma = Memory.address(norm.gamma(), 0);
            long beta = Memory.address(norm.beta(), 0);
            for (int i = 0; i < rows; i++) {
                kernels.layerNorm(from + i * stride, gamma, beta, norm.epsilon(), normed + i * rowBytes, inputs);
            }
            from = normed;
            stride = rowBytes;
        }
        kernels.pack(from, stride, rows, band.packed, to, height, inputs);
    }

    private void multiply(Product product, Band band) {
        int panels = product.weight.panels();
        int tiles = band.toTile - band.fromTile;
        int together = kernels.panelsOfLowTile(product.weight.dtype(), band.tiling.height(band.fromTile));
        if (tiles == 1 && together > 0 && panels >= workers.threads() * together) {
            multiplyLowTile(product, band, together);
            return;
        }
        int blocks = blocks(tiles, panels, product.weight.inputs());
        int group = PANELS_PER_THREAD * workers.threads();
        workers.forEach(blocks * panels, piece -> {
            int firstPanel = piece / (group * blocks) * group;
            int width = Math.min(group, panels - firstPanel);
            int within = piece - firstPanel * blocks;
            int block = within / width;
            int from = band.fromTile + (int) ((long) tiles * block / blocks);
            int to = band.fromTile + (int) ((long) tiles * (block + 1) / blocks);
            multiply(product, band, from, to, firstPanel + within % width);
        });
    }

    /** A single tile of few rows, with several panels at a time: its time is that of reading the weights. */
    private void multiplyLowTile(Product product, Band band, int together) {
        int panels = product.weight.panels();
        workers.forEach((panels + together - 1) / together, piece -> {
            int panel = piece * together;
            if (panel + together <= panels) {
                multiplyLowTile(product, band, panel, together);
                return;
            }
            for (; panel < panels; panel++) {
                multiply(product, band, band.fromTile, band.toTile, panel);
            }
        });
    }

    private void multiplyLowTile(Product product, Band band, int panel, int panels) {
        PackedMatrix weight = product.weight;
        int height = band.tiling.height(band.fromTile);
        int rows = band.tiling.rows(band.fromTile);
        int width = panels * kernels.panelColumns();
        int column = panel * kernels.panelColumns();
        int depth = depth(weight);
        long sums = Scratch.floats(Scratch.Slot.SUMS, (long) height * width);
        long part = Scratch.floats(Scratch.Slot.TILE, (long) height * width);
        long zeros = Memory.zeros(width);
        long bias = product.bias == null ? zeros : product.bias.address() + (long) column * Float.BYTES;
        int packed = band.offset(band.fromTile);
        kernels.lowTile(height, weight, panel, 0, band.packed, packed, Math.min(depth, weight.inputs()), bias, sums);
        for (int k = depth; k < weight.inputs(); k += depth) {
            int count = Math.min(depth, weight.inputs() - k);
            kernels.lowTile(height, weight, panel, k, band.packed, packed + k * height, count, zeros, part);
            kernels.add(sums, 0, part, 0, sums, 0, 1, rows * width);
        }
        int columns = Math.min(width, weight.outputs() - column);
        finish(product, band.tiling.start(band.fromTile), rows, column, columns, sums, width);
    }

    /** Inputs whose part of a panel is worked through at a time. */
    private static int depth(PackedMatrix weight) {
        return weight.dtype() == DType.F32 ? DEPTH : WIDENED_DEPTH;
    }

    /** Blocks of tiles: each fits the cache, and there are enough pieces for all threads. */
    private int blocks(int tiles, int panels, int inputs) {
        long bytesOfTile = (long) kernels.tallestTile() * Math.min(inputs, DEPTH) * Float.BYTES;
        long forCache = (tiles * bytesOfTile + BLOCK_BYTES - 1) / BLOCK_BYTES;
        int forThreads = (PIECES_PER_THREAD * workers.threads() + panels - 1) / Math.max(1, panels);
        return Math.min(tiles, Math.max(1, (int) Math.max(forCache, forThreads)));
    }

    private void multiply(Product product, Band band, int fromTile, int toTile, int panel) {
        PackedMatrix weight = product.weight;
        Tiling tiling = band.tiling;
        int width = kernels.panelColumns();
        int columns = Math.min(width, weight.outputs() - panel * width);
        int depth = depth(weight);
        boolean wholeDepth = weight.inputs() <= depth;
        boolean done =
                wholeDepth && product.fusion.activation() == Activation.IDENTITY && product.fusion.residual() == null;
        long zeros = Memory.zeros(width);
        long bias = product.bias == null ? zeros : product.bias.address() + (long) panel * width * Float.BYTES;
        int firstRow = tiling.start(fromTile);
        long sumBytes = (long) width * Float.BYTES;
        long aside = Scratch.floats(Scratch.Slot.SUMS, (long) (tiling.start(toTile) - firstRow) * width);
        long part = Scratch.floats(Scratch.Slot.TILE, (long) Tiling.MOST_ROWS * width);
        long rowBytes = (long) width * weight.dtype().bytes();
        long aheadBytes = sumBytes / Kernels.AHEAD_TILES;
        long next = weight.address(Math.min(panel + workers.threads(), weight.panels() - 1), 0);
        int touched = 0;
        int k = 0;
        do {
            int count = Math.min(depth, weight.inputs() - k);
            boolean last = k + count == weight.inputs();
            long b = weight.dtype() == DType.F32 ? weight.address(panel, k) : widen(weight, panel, k, count);
            for (int tile = fromTile; tile < toTile; tile++) {
                int row = tiling.start(tile);
                int rows = tiling.rows(tile);
                int height = tiling.height(tile);
                int a = band.offset(tile) + k * height;
                boolean inPlace = done && rows == height && columns == width;
                long c = inPlace
                        ? Memory.address(product.out, row) + panel * sumBytes
                        : aside + (wholeDepth ? 0 : row - firstRow) * sumBytes;
                long stride = inPlace ? Memory.stride(product.out) : sumBytes;
                int ahead = tile - fromTile;
                long soon = ahead < rowBytes / aheadBytes ? next + k * rowBytes + ahead * count * aheadBytes : b;
                if (k == 0) {
                    touched ^= kernels.tile(height, band.packed, a, b, count, bias, c, stride, soon);
                } else {
                    touched ^= kernels.tile(height, band.packed, a, b, count, zeros, part, sumBytes, soon);
                }
                if (k > 0) {
                    kernels.add(c, stride, part, sumBytes, c, stride, rows, width);
                }
                if (last && !inPlace) {
                    finish(product, row, rows, panel * width, columns, c, width);
                }
            }
            k += count;
        } while (k < weight.inputs());
        sink = touched;
    }

    /** Activation and residual of a tile of sums, and out with it. */
    private void finish(Product product, int row, int rows, int column, int columns, long sums, int width) {
        long stride = (long) width * Float.BYTES;
        if (product.fusion.activation() != Activation.IDENTITY) {
            // The rows lie end to end: as one row, the loops turn often enough to be worth starting.
            kernels.activate(product.fusion.activation(), sums, rows * width);
        }
        Tensor residual = product.fusion.residual();
        long to = Memory.address(product.out, row) + (long) column * Float.BYTES;
        long outStride = Memory.stride(product.out);
        if (residual == null) {
            kernels.copy(sums, stride, to, outStride, rows, columns);
        } else {
            long added = Memory.address(residual, row) + (long) column * Float.BYTES;
            kernels.add(sums, stride, added, Memory.stride(residual), to, outStride, rows, columns);
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
