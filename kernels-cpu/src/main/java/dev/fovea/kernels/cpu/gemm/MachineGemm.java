package dev.fovea.kernels.cpu.gemm;

import dev.fovea.kernels.cpu.gemm.Epilogue.Part;
import dev.fovea.kernels.cpu.layout.EvenCut;
import dev.fovea.kernels.cpu.layout.MachineMatrix;
import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.machine.MachineKernels;
import dev.fovea.kernels.cpu.machine.TileRun;
import dev.fovea.kernels.cpu.machine.TileTarget;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.kernels.cpu.threads.RowPieces;
import dev.fovea.kernels.cpu.threads.Workers;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import dev.fovea.tensor.numbers.Sizes;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Computes linear layers on machine code in any {@link dev.fovea.tensor.Precision}, {@code out = activation(norm(A) Wᵀ
 * + b) + residual}; rows are rounded as they are packed. As in {@link Gemm}, cores have blocks of their own where there
 * are many rows, and share the panels where there are few. The latter is for a handful of rows only: to read
 * rows that another core has packed takes longer than to read all weights, which are prefetched.
 *
 * <pre>
 * many rows: for each block of tiles             in parallel: one piece of work
 *              packed = rounded(norm(A[block]))  it stays in the second-level cache of the core that packs it
 *              for each panel of W, each tile    sums, and what comes after
 *
 * few rows:  for each tile                       in parallel
 *              packed = rounded(norm(A[tile]))
 *            for each panel, block of tiles      in parallel: one piece of work
 *              for each tile                     sums, and what comes after
 * </pre>
 *
 * Tiles have any height up to the tallest, so rows are cut evenly and none is wasted. A row's sums depend neither on
 * the height nor on the other rows: same input, same bits. Twin: {@code ReferenceBackend.linear}.
 */
public final class MachineGemm {

    /** Rows for each thread from which on they are many. With fewer, a core waits for the weights. */
    private static final int MANY_ROWS = 32;

    /** Tiles for each thread from which on blocks become smaller towards the end; of fewer, blocks are equal. */
    private static final int MANY_TILES = 16;

    /** Of few rows: rows that are packed at a time. */
    private static final int BAND_ROWS = 1024;

    /**
     * Of few rows: bytes of packed rows that one piece of work goes over, half the second-level cache of a small core.
     */
    private static final long BLOCK_BYTES = 512 << 10;

    /** Inputs of the tiles that one call goes over, so that it does not hold up the garbage collector. */
    private static final int MOST_INPUTS = 12288;

    /** Pieces of work for each thread: enough that cores share the work evenly though they are not equally fast. */
    private static final int PIECES_PER_THREAD = 4;

    private final Kernels kernels;
    private final Epilogue epilogue;
    private final Workers workers;

    public MachineGemm(Kernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
        epilogue = new Epilogue(kernels);
    }

    /**
     * Describes a linear layer.
     *
     * @param bias f32 for each output, filled up to whole panels
     * @param shortcut {@code [rows, outputs]}, added before the activation, or null
     */
    public record Layer(
            MachineMatrix weight, MachineKernels kernels, MemorySegment bias, Fusion fusion, Tensor shortcut) {

        /** Returns the bytes that the tallest tile takes, packed. */
        long tileBytes() {
            return (long) weight.groups() * kernels.layout().tileGroup(kernels.tallestTile());
        }

        /** Returns a buffer for some packed tiles. */
        Band band(Scratch.Slot slot, EvenCut cut, int fromTile, int toTile) {
            long floats = (toTile - fromTile) * tileBytes() / Float.BYTES;
            return new Band(cut, fromTile, toTile, Scratch.floats(slot, floats), tileBytes());
        }
    }

    /**
     * Describes packed tiles, each of which takes as many bytes as the tallest.
     *
     * @param address where the first one is
     * @param tileBytes from one to the next
     */
    private record Band(EvenCut cut, int fromTile, int toTile, long address, long tileBytes) {

        long tile(int tile) {
            return address + (tile - fromTile) * tileBytes;
        }

        /** Returns tiles of one height, at most as many as is said. */
        TileRun run(int tile, int most) {
            int height = cut.height(tile);
            int count = 1;
            while (count < most && cut.height(tile + count) == height) {
                count++;
            }
            return new TileRun(tile(tile), tileBytes, height, count);
        }
    }

    /** Says where results go: the address of the first row, and the bytes from one row to the next. */
    private record Target(long address, long stride) {

        static Target of(Tensor out) {
            return new Target(Memory.address(out, 0), Memory.stride(out));
        }

        long at(int row, int column) {
            return address + row * stride + (long) column * Float.BYTES;
        }
    }

    /** Returns whether there are enough rows for each core to have blocks of its own. */
    private boolean isManyRows(int rows) {
        return rows >= MANY_ROWS * workers.threads();
    }

    /** Returns whether cores can share the rows of two layers, or else the groups between them. */
    public boolean isFused(int rows, MachineMatrix second) {
        return isManyRows(rows) || second.groups() >= PIECES_PER_THREAD * workers.threads();
    }

    /** Describes the blocks of tiles that cores have for themselves: where each one ends. */
    private record Blocks(EvenCut cut, int[] ends) {

        int from(int block) {
            return block == 0 ? 0 : ends[block - 1];
        }
    }

    /**
     * Cuts rows into blocks.
     *
     * @param bytesOfTile that a block goes over for every tile
     */
    private Blocks blocks(int rows, int tallest, long bytesOfTile) {
        int threads = workers.threads();
        if (rows >= MANY_TILES * tallest * threads) {
            EvenCut cut = EvenCut.of(rows, tallest);
            return new Blocks(cut, RowPieces.ends(cut.tiles(), bytesOfTile, threads));
        }
        int count = RowPieces.equal(rows, tallest, threads);
        EvenCut cut = EvenCut.of(rows, tallest, count);
        int[] ends = new int[count];
        Arrays.setAll(ends, block -> cut.tiles() / count * (block + 1));
        return new Blocks(cut, ends);
    }

    /**
     * Computes one layer.
     *
     * @param out {@code [rows, outputs]}
     */
    public void multiply(LeftRows a, Layer layer, Tensor out) {
        int tallest = layer.kernels.tallestTile();
        Target target = Target.of(out);
        if (isManyRows(a.rows())) {
            Blocks blocks = blocks(a.rows(), tallest, layer.tileBytes());
            workers.forEach(blocks.ends.length, block -> {
                Band band = layer.band(Scratch.Slot.ROUNDED, blocks.cut, blocks.from(block), blocks.ends[block]);
                packAll(a, layer, band);
                multiplyAll(layer, band, target);
            });
            return;
        }
        EvenCut cut = EvenCut.of(a.rows(), tallest);
        int tilesOfBand = BAND_ROWS / tallest;
        for (int from = 0; from < cut.tiles(); from += tilesOfBand) {
            Band band = layer.band(Scratch.Slot.ROUNDED, cut, from, Math.min(cut.tiles(), from + tilesOfBand));
            workers.forEach(band.toTile - from, i -> pack(a, layer, band, band.fromTile + i));
            multiplyShared(layer, band, target);
        }
    }

    /**
     * Computes two layers, one after the other. What lies between them is rounded for the second as soon as the first
     * has computed a group of it:
     *
     * <pre>
     * many rows: for each block of tiles               in parallel: one piece of work
     *              packed = rounded(norm(A[block]))
     *              for each group of 64 hidden columns
     *                hidden = activation(packed W1ᵀ)   the panels of the group
     *                next   = rounded(hidden)
     *              for each panel of W2, each tile     sums, and what comes after
     *
     * few rows:  for each tile                         in parallel
     *              packed = rounded(norm(A[tile]))
     *            for each group of 64 hidden columns   in parallel
     *              next   = rounded(activation(packed W1ᵀ))
     *            for each panel of W2, block of tiles  in parallel
     * </pre>
     *
     * @param out {@code [rows, outputs of the second]}
     */
    public void multiply(LeftRows a, Layer first, Layer second, Tensor out) {
        int tallest = first.kernels.tallestTile();
        Target target = Target.of(out);
        if (!isManyRows(a.rows())) {
            EvenCut cut = EvenCut.of(a.rows(), tallest);
            Band band = first.band(Scratch.Slot.ROUNDED, cut, 0, cut.tiles());
            Band next = second.band(Scratch.Slot.ROUNDED_BETWEEN, cut, 0, cut.tiles());
            workers.forEach(cut.tiles(), tile -> pack(a, first, band, tile));
            workers.forEach(
                    second.weight.groups(),
                    group -> multiplyGroup(first, band, second, next, group, workers.threads()));
            multiplyShared(second, next, target);
            return;
        }
        long groupRow = (long) QuantizedMatrix.GROUP * Float.BYTES;
        long bytes = first.tileBytes() + second.tileBytes() + tallest * groupRow;
        Blocks blocks = blocks(a.rows(), tallest, bytes);
        workers.forEach(blocks.ends.length, block -> {
            Band band = first.band(Scratch.Slot.ROUNDED, blocks.cut, blocks.from(block), blocks.ends[block]);
            Band next = second.band(Scratch.Slot.ROUNDED_BETWEEN, blocks.cut, band.fromTile, band.toTile);
            packAll(a, first, band);
            for (int group = 0; group < second.weight.groups(); group++) {
                multiplyGroup(first, band, second, next, group, 1);
            }
            multiplyAll(second, next, target);
        });
    }

    /**
     * Computes a group of the columns between two layers, and rounds it for the second.
     *
     * @param groupsAhead distance in groups to the next one that this thread probably takes
     */
    private void multiplyGroup(Layer first, Band band, Layer second, Band next, int group, int groupsAhead) {
        EvenCut cut = band.cut;
        int width = first.kernels.layout().columns();
        int firstRow = cut.start(band.fromTile);
        int rows = cut.start(band.toTile) - firstRow;
        int fromColumn = group * QuantizedMatrix.GROUP;
        int columns = Math.min(first.weight.outputs() - fromColumn, QuantizedMatrix.GROUP);
        long stride = (long) QuantizedMatrix.GROUP * Float.BYTES;
        long hidden = Scratch.floats(Scratch.Slot.BETWEEN, (long) rows * QuantizedMatrix.GROUP);
        int skipped = (groupsAhead - 1) * QuantizedMatrix.GROUP / width;
        for (int column = 0; column < columns; column += width) {
            int panelsAhead = column + width < columns ? 1 : 1 + skipped;
            PanelWork work = new PanelWork(first, band, band.fromTile, band.toTile, (fromColumn + column) / width);
            for (int tile = band.fromTile, count; tile < band.toTile; tile += count) {
                long to = hidden + (cut.start(tile) - firstRow) * stride + (long) column * Float.BYTES;
                count = work.multiply(tile, panelsAhead, new TileTarget(to, stride, 0, 0, true));
            }
        }
        kernels.activate(first.fusion.activation(), hidden, rows * QuantizedMatrix.GROUP);
        for (int row = 0; columns < QuantizedMatrix.GROUP && row < rows; row++) {
            Memory.zero(hidden + row * stride + (long) columns * Float.BYTES, QuantizedMatrix.GROUP - columns);
        }
        for (int tile = band.fromTile; tile < band.toTile; tile++) {
            long from = hidden + (cut.start(tile) - firstRow) * stride;
            second.kernels.roundGroup(from, next.tile(tile), cut.height(tile), group);
        }
    }

    private void packAll(LeftRows a, Layer layer, Band band) {
        for (int tile = band.fromTile; tile < band.toTile; tile++) {
            pack(a, layer, band, tile);
        }
    }

    /**
     * Rounds the rows of a tile, after the layer's norm; behind the last input of a row come zeros up to a whole group.
     */
    private void pack(LeftRows a, Layer layer, Band band, int tile) {
        int first = band.cut.start(tile);
        int height = band.cut.height(tile);
        int inputs = layer.weight.inputs();
        int groups = layer.weight.groups();
        int missing = groups * QuantizedMatrix.GROUP - inputs;
        LayerNorm norm = layer.fusion.norm();
        long gamma = norm == null ? 0 : Memory.address(norm.gamma(), 0);
        long beta = norm == null ? 0 : Memory.address(norm.beta(), 0);
        long rows = a.address(first, height);
        long aside = Scratch.floats(Scratch.Slot.TILE, (long) groups * QuantizedMatrix.GROUP);
        for (int row = 0; row < height; row++) {
            long from = rows + row * a.stride();
            if (norm != null) {
                kernels.layerNorm(from, gamma, beta, norm.epsilon(), aside, inputs);
                from = aside;
            } else if (missing > 0) {
                Memory.copy(from, aside, inputs);
                from = aside;
            }
            if (missing > 0) {
                Memory.zero(aside + (long) inputs * Float.BYTES, missing);
            }
            layer.kernels.roundRow(from, band.tile(tile), height, row, groups);
        }
    }

    private void multiplyAll(Layer layer, Band band, Target target) {
        for (int panel = 0; panel < layer.weight.panels(); panel++) {
            multiply(layer, band, band.fromTile, band.toTile, panel, 1, target);
        }
    }

    private void multiplyShared(Layer layer, Band band, Target target) {
        int panels = layer.weight.panels();
        int tiles = band.toTile - band.fromTile;
        long forCache = Math.ceilDiv(tiles * layer.tileBytes(), BLOCK_BYTES);
        int forThreads = Math.ceilDiv(PIECES_PER_THREAD * workers.threads(), Math.max(1, panels));
        int blocks = (int) Math.min(tiles, Math.max(1, Math.max(forCache, forThreads)));
        workers.forEach(Sizes.product("linear: pieces", blocks, panels), piece -> {
            int block = piece % blocks;
            int from = band.fromTile + (int) ((long) tiles * block / blocks);
            int to = band.fromTile + (int) ((long) tiles * (block + 1) / blocks);
            multiply(layer, band, from, to, piece / blocks, workers.threads(), target);
        });
    }

    /**
     * Multiplies a panel with some tiles. Results that nothing is done with but adding the residual go where they
     * belong at once.
     *
     * @param prefetchDistance see {@link PanelWork#multiply}
     */
    private void multiply(
            Layer layer, Band band, int fromTile, int toTile, int panel, int prefetchDistance, Target target) {
        int width = layer.kernels.layout().columns();
        int column = panel * width;
        int columns = Math.min(width, layer.weight.outputs() - column);
        Tensor residual = layer.fusion.residual();
        boolean isStored =
                columns == width && layer.shortcut == null && layer.fusion.activation() == Activation.IDENTITY;
        boolean isAdded = isStored && residual != null;
        long addedStride = isAdded ? Memory.stride(residual) : 0;
        PanelWork work = new PanelWork(layer, band, fromTile, toTile, panel);
        for (int tile = fromTile, count; tile < toTile; tile += count) {
            int row = band.cut.start(tile);
            long out = target.at(row, column);
            long added = isAdded ? Memory.address(residual, row) + (long) column * Float.BYTES : 0;
            count = work.multiply(
                    tile, prefetchDistance, new TileTarget(out, target.stride, added, addedStride, isStored));
            if (!isStored) {
                Part part = new Part(row, band.cut.height(tile), column, columns, width);
                epilogue.activate(part, work.sums(), layer.shortcut, layer.fusion.activation());
                epilogue.store(part, work.sums(), residual, out, target.stride);
            }
        }
    }

    /** Describes a panel, and tiles of a band that are multiplied with it one after the other. */
    private record PanelWork(Layer layer, Band band, int fromTile, int toTile, int panel) {

        /** Returns where the results of a tile are whose target does not store them. */
        long sums() {
            int width = layer.kernels.layout().columns();
            return Scratch.floats(Scratch.Slot.SUMS, (long) layer.kernels.tallestTile() * width);
        }

        /**
         * Multiplies the panel with the next tiles, as many as a call goes over.
         *
         * @param tile the first of them
         * @param prefetchDistance distance in panels to the one that is prefetched meanwhile, probably the next that
         *     this thread takes; the first tiles prefetch a part of it each
         * @return the number of tiles
         */
        int multiply(int tile, int prefetchDistance, TileTarget target) {
            MachineMatrix weight = layer.weight;
            MachineKernels machine = layer.kernels;
            int width = machine.layout().columns();
            long zeros = Memory.zeros(width);
            long start = layer.bias == null ? zeros : layer.bias.address() + (long) panel * width * Float.BYTES;
            long b = weight.address(panel);
            int nth = tile - fromTile;
            int most = Math.min(machine.prefetchTiles(), MOST_INPUTS / Math.max(1, weight.inputs()));
            long prefetch = b;
            if (nth < machine.prefetchTiles() && panel + prefetchDistance < weight.panels()) {
                most = Math.min(most, machine.prefetchTiles() - nth);
                prefetch =
                        weight.address(panel + prefetchDistance) + (long) nth * machine.prefetchBytes(weight.groups());
            }
            TileRun run = band.run(tile, target.isStored() ? Math.min(most, toTile - tile) : 1);
            machine.tiles(run, b, start, sums(), weight.inputs(), prefetch, target);
            return run.tiles();
        }
    }
}
