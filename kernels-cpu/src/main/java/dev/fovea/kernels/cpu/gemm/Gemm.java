package dev.fovea.kernels.cpu.gemm;

import dev.fovea.kernels.cpu.gemm.PanelProduct.Band;
import dev.fovea.kernels.cpu.gemm.PanelProduct.Layer;
import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.kernels.cpu.layout.TileHeights;
import dev.fovea.kernels.cpu.layout.Tiling;
import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.kernels.cpu.threads.RowPieces;
import dev.fovea.kernels.cpu.threads.Workers;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.numbers.Sizes;

/**
 * Computes linear layers, {@code out = activation(norm(A) Wᵀ + b) + residual}: decides which thread multiplies what,
 * and in which order. Many rows, and the two layers of an MLP:
 *
 * <pre>
 * for each block of tiles of rows                  in parallel: one piece of work
 *   packed = norm(A[block])                        it stays in the second-level cache of the core that packs it
 *   for each panel of W                            {@link PanelProduct}
 *   for each panel of the second layer of an MLP   on rows that the first one has left packed, still in the cache
 * </pre>
 *
 * Few rows, where every core would have to read all weights for a handful of tiles:
 *
 * <pre>
 * for each band of rows
 *   for each tile of the band                      in parallel
 *     packed = norm(A[tile])
 *   for each group of panels of W                  they come from memory once
 *     for each block of tiles, each panel          in parallel: one piece of work
 * </pre>
 *
 * The sums of a row run over the depth in order, whatever the blocks and threads: same input, same bits. Twins: {@code
 * ReferenceBackend.linear} and {@code Backend.mlp}.
 */
public final class Gemm {

    /** Tiles for each thread from which on they are many. */
    private static final int MANY_TILES = 16;

    /**
     * Weights that take no more stay in the second-level cache beside a piece's rows (1 x 1 convolutions of large
     * maps); then what is added and what comes out counts as well, since a panel's columns of a row are only two cache
     * lines.
     */
    private static final long CACHED_BYTES = RowPieces.BYTES;

    /**
     * Rows that are packed at a time where there are few, and floats. Both bound the memory for it, 16 MiB of the heap.
     */
    private static final int BAND_ROWS = 1024;

    private static final int BAND_FLOATS = 4 << 20;

    /**
     * Of few rows: bytes of packed rows that one piece of work goes over, half the second-level cache of a small core.
     */
    private static final long SMALL_BLOCK_BYTES = 512 << 10;

    /** Panels for each thread that all blocks go over before the next ones are touched: they come from memory once. */
    private static final int PANELS_PER_THREAD = 2;

    /** Pieces of work for each thread: enough that cores share the work evenly though they are not equally fast. */
    private static final int PIECES_PER_THREAD = 4;

    private final Kernels kernels;
    private final TileHeights heights;
    private final Workers workers;
    private final PanelProduct product;
    private final PanelReading reading;

    public Gemm(Kernels kernels, TileHeights heights, Workers workers) {
        this.kernels = kernels;
        this.heights = heights;
        this.workers = workers;
        product = new PanelProduct(kernels);
        reading = new PanelReading(heights);
    }

    /** Returns whether there are enough rows for each core to have blocks of its own. */
    public boolean isManyRows(int rows) {
        return rows >= MANY_TILES * kernels.tallestTile() * workers.threads();
    }

    /**
     * Computes one layer.
     *
     * @param out {@code [rows, outputs]}
     */
    public void multiply(Tensor a, Layer layer, Tensor out) {
        multiply(LeftRows.of(a), layer, out);
    }

    /** Computes one layer whose rows are made when a tile of them is packed. */
    public void multiply(LeftRows a, Layer layer, Tensor out) {
        PackedMatrix weight = layer.weight();
        Tiling tiling = heights.cut(a.rows(), (long) weight.inputs() * weight.outputs());
        if (isManyRows(a.rows())) {
            boolean inCache = (long) weight.inputs() * weight.outputs() * Float.BYTES <= CACHED_BYTES;
            int perOutput = layer.shortcut() == null ? 1 : 2;
            int[] ends = pieces(tiling.tiles(), weight.inputs() + (inCache ? (long) perOutput * weight.outputs() : 0));
            workers.forEach(ends.length, piece -> {
                Band band = pack(a, layer, tiling, piece == 0 ? 0 : ends[piece - 1], ends[piece]);
                if (inCache && layer.shortcut() != null) {
                    int row = tiling.start(band.fromTile());
                    int rows = Math.min(tiling.start(band.toTile()), a.rows()) - row;
                    Memory.touch(layer.shortcut(), row, rows);
                }
                multiplyAll(layer, band, null, out);
            });
            return;
        }
        int rowsOfBand = Math.min(BAND_ROWS, BAND_FLOATS / Math.max(1, weight.inputs()));
        int tilesOfBand = Math.min(tiling.tiles(), Math.max(1, rowsOfBand / kernels.tallestTile()));
        int floats = Sizes.product("linear: packed rows", tilesOfBand, kernels.tallestTile(), weight.inputs());
        float[] packed = Scratch.array(Scratch.Packed.ROWS, floats);
        for (int tile = 0; tile < tiling.tiles(); tile += tilesOfBand) {
            int end = Math.min(tiling.tiles(), tile + tilesOfBand);
            PanelReading.Way way = reading.next(weight, end - tile);
            int prefetchDistance = way.wholeFirst() ? 0 : workers.threads();
            Band band = new Band(tiling, tile, end, packed, weight.inputs(), prefetchDistance);
            workers.forEach(end - tile, i -> product.pack(a, layer.fusion().norm(), band, band.fromTile() + i));
            long start = System.nanoTime();
            multiplyShared(layer, band, out);
            if (way.isTimed()) {
                double rows = tiling.start(end) - tiling.start(tile);
                reading.took(way, System.nanoTime() - start, rows * weight.inputs() * weight.outputs());
            }
        }
    }

    /**
     * Computes two layers, one after the other; the results of the first are never stored.
     *
     * @param out {@code [rows, outputs of the second]}
     */
    public void multiply(Tensor a, Layer first, Layer second, Tensor out) {
        LeftRows left = LeftRows.of(a);
        int inputs = first.weight().inputs();
        int between = second.weight().inputs();
        Tiling tiling =
                heights.cut(a.rows(), (long) between * (inputs + second.weight().outputs()));
        int[] ends = pieces(tiling.tiles(), (long) inputs + between);
        workers.forEach(ends.length, piece -> {
            Band band = pack(left, first, tiling, piece == 0 ? 0 : ends[piece - 1], ends[piece]);
            int rows = tiling.start(band.toTile()) - tiling.start(band.fromTile());
            float[] hidden = Scratch.array(Scratch.Packed.BETWEEN, Sizes.product("mlp: rows between", rows, between));
            Band next = new Band(tiling, band.fromTile(), band.toTile(), hidden, between, 1);
            multiplyAll(first, band, next, null);
            multiplyAll(second, next, null, out);
        });
    }

    private Band pack(LeftRows a, Layer layer, Tiling tiling, int fromTile, int toTile) {
        int inputs = layer.weight().inputs();
        int rows = tiling.start(toTile) - tiling.start(fromTile);
        float[] packed = Scratch.array(Scratch.Packed.ROWS, Sizes.product("linear: packed rows", rows, inputs));
        Band band = new Band(tiling, fromTile, toTile, packed, inputs, 1);
        for (int tile = fromTile; tile < toTile; tile++) {
            product.pack(a, layer.fusion().norm(), band, tile);
        }
        return band;
    }

    private void multiplyAll(Layer layer, Band band, Band next, Tensor out) {
        for (int panel = 0; panel < layer.weight().panels(); panel++) {
            product.multiply(layer, band, band.fromTile(), band.toTile(), panel, next, out);
        }
    }

    private int[] pieces(int tiles, long floatsOfRow) {
        return RowPieces.ends(tiles, kernels.tallestTile() * floatsOfRow * Float.BYTES, workers.threads());
    }

    private void multiplyShared(Layer layer, Band band, Tensor out) {
        PackedMatrix weight = layer.weight();
        int panels = weight.panels();
        int tiles = band.toTile() - band.fromTile();
        int together = kernels.panelsOfLowTile(weight.dtype(), band.tiling().height(band.fromTile()));
        if (tiles == 1 && together > 0 && panels >= workers.threads() * together) {
            multiplyLowTile(layer, band, together, out);
            return;
        }
        int blocks = blocks(tiles, panels, weight.inputs());
        int group = PANELS_PER_THREAD * workers.threads();
        workers.forEach(Sizes.product("linear: pieces", blocks, panels), piece -> {
            int firstPanel = piece / (group * blocks) * group;
            int width = Math.min(group, panels - firstPanel);
            int within = piece - firstPanel * blocks;
            int block = within / width;
            int from = band.fromTile() + (int) ((long) tiles * block / blocks);
            int to = band.fromTile() + (int) ((long) tiles * (block + 1) / blocks);
            product.multiply(layer, band, from, to, firstPanel + within % width, null, out);
        });
    }

    /** Computes a single tile of few rows, with several panels at a time: its time is that of reading the weights. */
    private void multiplyLowTile(Layer layer, Band band, int together, Tensor out) {
        int panels = layer.weight().panels();
        workers.forEach((panels + together - 1) / together, piece -> {
            int panel = piece * together;
            if (panel + together <= panels) {
                product.multiplyLowTile(layer, band, panel, together, out);
                return;
            }
            for (; panel < panels; panel++) {
                product.multiply(layer, band, band.fromTile(), band.toTile(), panel, null, out);
            }
        });
    }

    /** Blocks of tiles: each fits the cache, and there are enough pieces for all threads. */
    private int blocks(int tiles, int panels, int inputs) {
        long bytesOfTile = (long) kernels.tallestTile() * PanelProduct.depth(inputs) * Float.BYTES;
        long forCache = (tiles * bytesOfTile + SMALL_BLOCK_BYTES - 1) / SMALL_BLOCK_BYTES;
        int forThreads = (PIECES_PER_THREAD * workers.threads() + panels - 1) / Math.max(1, panels);
        return Math.min(tiles, Math.max(1, (int) Math.max(forCache, forThreads)));
    }
}
