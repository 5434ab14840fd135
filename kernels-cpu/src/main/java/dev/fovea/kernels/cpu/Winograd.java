package dev.fovea.kernels.cpu;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;

/**
 * 3 x 3 convolutions with a quarter of the multiplications (Winograd's minimal filtering F(4x4, 3x3), Lavin and Gray 2016):
 *
 * <pre>
 * for each block of squares of 4 x 4 output pixels       in parallel
 *   for each square                                      the 6 x 6 input pixels that it sees become 36 rows, V = Bᵀ d B
 *   for each panel of outputs
 *     for each of the 36 places                          M[place] = V[place] U[place]         {@link Kernels#tile}
 *     for each square                                    4 x 4 pixels = Aᵀ M A, plus bias, shortcut, activation
 * </pre>
 *
 * U = G g Gᵀ is made of the kernel once. The polynomials behind the matrices are evaluated at 0, ±5/8, ±3/2 and infinity: with these
 * numbers all of A and B are exact in binary and the error is a third of that with 0, ±1, ±2 (measured: 2e-6 of the largest output, where
 * sums in order have 1e-6). Few squares are shared among threads panel by panel, as {@link Gemm} does it. Whether this is used depends on
 * the convolution and the size of a picture, never on their number, and a square's sums never on its neighbours: same input, same bits.
 * Twin: {@code ReferenceBackend.convolution}.
 */
final class Winograd {

    /** Pixels of a side that go in, and that come out. */
    static final int SIDE = 6;

    static final int OUT = 4;

    /** What the polynomials are evaluated at, besides 0 and infinity, with both signs. */
    static final float P = 0.625f;

    static final float Q = 1.5f;

    /** Bᵀ. */
    static final double[][] INPUT = {
        {P * P * Q * Q, 0, -(P * P + Q * Q), 0, 1, 0},
        {0, -P * Q * Q, -Q * Q, P, 1, 0},
        {0, P * Q * Q, -Q * Q, -P, 1, 0},
        {0, -Q * P * P, -P * P, Q, 1, 0},
        {0, Q * P * P, -P * P, -Q, 1, 0},
        {0, P * P * Q * Q, 0, -(P * P + Q * Q), 0, 1}
    };

    /** Aᵀ. */
    static final double[][] OUTPUT = {
        {1, 1, 1, 1, 1, 0},
        {0, P, -P, Q, -Q, 0},
        {0, P * P, P * P, Q * Q, Q * Q, 0},
        {0, P * P * P, -P * P * P, Q * Q * Q, -Q * Q * Q, 1}
    };

    private static final double AT_P = 1.0 / (2.0 * P * P * (P * P - Q * Q));
    private static final double AT_Q = 1.0 / (2.0 * Q * Q * (Q * Q - P * P));

    /** G. */
    private static final double[][] KERNEL = {
        {1.0 / (P * P * Q * Q), 0, 0},
        {AT_P, P * AT_P, P * P * AT_P},
        {AT_P, -P * AT_P, P * P * AT_P},
        {AT_Q, Q * AT_Q, Q * Q * AT_Q},
        {AT_Q, -Q * AT_Q, Q * Q * AT_Q},
        {0, 0, 1}
    };

    private static final int PLACES = SIDE * SIDE;

    /** Fewer squares of a picture do not pay for reading four times as many weights. */
    private static final int FEWEST_SQUARES = 4;

    /** As many zeros as there are for what lies outside of a picture. */
    private static final int MOST_CHANNELS = 1024;

    /** Channels that are transformed before they are packed: 36 rows of them for a tile stay in the nearest caches. */
    private static final int CHANNELS = 32;

    /** Bytes of packed rows that one piece of work goes over: half the second-level cache of a large core. */
    private static final long BLOCK_BYTES = 1 << 20;

    /** Tiles for each thread from which on each has blocks of its own. */
    private static final int MANY_TILES = 4;

    private static final int PIECES_PER_THREAD = 4;

    private final Kernels kernels;
    private final TileHeights heights;
    private final Workers workers;

    Winograd(Kernels kernels, TileHeights heights, Workers workers) {
        this.kernels = kernels;
        this.heights = heights;
        this.workers = workers;
    }

    /** Whether this is the fastest way for a convolution of pictures of this size. */
    boolean suits(ConvolutionShape shape, Grid grid) {
        Grid out = shape.output(grid);
        int squares = Math.ceilDiv(out.height(), OUT) * Math.ceilDiv(out.width(), OUT);
        int vector = kernels.panelColumns() / 2;
        return shape.kernelHeight() == 3
                && shape.kernelWidth() == 3
                && shape.stride() == 1
                && shape.groups() == 1
                && shape.inputChannels() % vector == 0
                && shape.inputChannels() >= CHANNELS
                && shape.inputChannels() <= MOST_CHANNELS
                && shape.outputChannels() >= CHANNELS
                && squares >= FEWEST_SQUARES;
    }

    /**
     * U of a kernel.
     *
     * @param kernel {@code [9 * channels]} inputs, tap after tap
     * @return {@code [36 * channels]} inputs, place after place
     */
    PackedMatrix kernel(PackedMatrix kernel, int channels) {
        int width = kernels.panelColumns();
        PackedMatrix transformed = new PackedMatrix(PLACES * channels, kernel.outputs(), width, DType.F32);
        workers.forEach(kernel.panels(), panel -> {
            float[] taps = new float[9];
            for (int channel = 0; channel < channels; channel++) {
                for (int column = 0; column < width; column++) {
                    for (int tap = 0; tap < taps.length; tap++) {
                        taps[tap] = Memory.get(kernel.address(panel, tap * channels + channel) + column * 4L);
                    }
                    float[] places = PlainWinograd.sandwich(KERNEL, taps, 3);
                    for (int place = 0; place < PLACES; place++) {
                        Memory.set(transformed.address(panel, place * channels + channel) + column * 4L, places[place]);
                    }
                }
            }
        });
        return transformed;
    }

    /**
     * The whole convolution.
     *
     * @param shortcut {@code [output pixels, outputs]}, added before the activation, or null
     * @param out {@code [output pixels, outputs]}
     */
    void convolve(
            Tensor x, Grid grid, CpuWeights.Convolution weight, Tensor shortcut, Activation activation, Tensor out) {
        Squares squares = new Squares(x, grid, weight.shape());
        PackedMatrix kernel = weight.transformed(this);
        Task task = new Task(squares, kernel, weight.bias().getFirst().address(), shortcut, activation, out);
        int channels = squares.channels();
        Tiling tiling = heights.cut(squares.count(), (long) PLACES * channels * kernel.outputs());
        int tiles = tiling.tiles();
        long tileBytes = (long) kernels.tallestTile() * PLACES * channels * Float.BYTES;
        int most = (int) Math.max(1, BLOCK_BYTES / tileBytes);
        if (tiles >= MANY_TILES * workers.threads()) {
            int together = Math.min(most, Math.max(1, tiles / (PIECES_PER_THREAD * workers.threads())));
            workers.forEach(Math.ceilDiv(tiles, together), piece -> {
                Block block = block(tiling, piece * together, Math.min(tiles, (piece + 1) * together), channels);
                for (int tile = block.fromTile; tile < block.toTile; tile++) {
                    pack(task, block, tile);
                }
                for (int panel = 0; panel < kernel.panels(); panel++) {
                    multiply(task, block, panel);
                }
            });
            return;
        }
        Block block = block(tiling, 0, tiles, channels);
        workers.forEach(tiles, tile -> pack(task, block, tile));
        workers.forEach(kernel.panels(), panel -> multiply(task, block, panel));
    }

    private Block block(Tiling tiling, int fromTile, int toTile, int channels) {
        int floats = Math.multiplyExact(tiling.start(toTile) - tiling.start(fromTile), PLACES * channels);
        return new Block(tiling, fromTile, toTile, Scratch.array(Scratch.Packed.ROWS, floats), PLACES * channels);
    }

    /** One convolution. */
    private record Task(
            Squares squares, PackedMatrix kernel, long bias, Tensor shortcut, Activation activation, Tensor out) {}

    /**
     * Tiles of squares that are transformed and packed, a {@link PackedTile} for each of the 36 places.
     *
     * @param floats of a square
     */
    private record Block(Tiling tiling, int fromTile, int toTile, float[] packed, int floats) {
        int offset(int tile) {
            return (tiling.start(tile) - tiling.start(fromTile)) * floats;
        }
    }

    private void pack(Task task, Block block, int tile) {
        int channels = task.squares.channels();
        int first = block.tiling.start(tile);
        int rows = block.tiling.rows(tile);
        int height = block.tiling.height(tile);
        int offset = block.offset(tile);
        long rowBytes = (long) CHANNELS * Float.BYTES;
        long placeBytes = rowBytes * rows;
        long transformed = Scratch.floats(Scratch.Slot.PATCHES, (long) PLACES * rows * CHANNELS);
        long[][] pixels = new long[rows][PLACES];
        for (int row = 0; row < rows; row++) {
            task.squares.pixels(first + row, pixels[row]);
        }
        for (int channel = 0; channel < channels; channel += CHANNELS) {
            int count = Math.min(CHANNELS, channels - channel);
            for (int row = 0; row < rows; row++) {
                kernels.winogradInput(pixels[row], channel, transformed + row * rowBytes, placeBytes, count);
            }
            for (int place = 0; place < PLACES; place++) {
                int to = offset + place * channels * height + PackedTile.place(height, channel);
                kernels.pack(
                        transformed + place * placeBytes, rowBytes, rows, block.packed, to, height, channels, count);
            }
        }
    }

    private void multiply(Task task, Block block, int panel) {
        int width = kernels.panelColumns();
        int channels = task.squares.channels();
        PackedMatrix kernel = task.kernel;
        Tiling tiling = block.tiling;
        int first = tiling.start(block.fromTile);
        int allRows = tiling.start(block.toTile) - first;
        long rowBytes = (long) width * Float.BYTES;
        long placeBytes = allRows * rowBytes;
        long sums = Scratch.floats(Scratch.Slot.SUMS, (long) PLACES * allRows * width);
        long zeros = Memory.zeros(width);
        long soonBytes = channels * rowBytes / Kernels.AHEAD_TILES;
        int touched = 0;
        for (int place = 0; place < PLACES; place++) {
            long b = kernel.address(panel, place * channels);
            long next = place < PLACES - 1 ? kernel.address(panel, (place + 1) * channels) : b;
            for (int tile = block.fromTile; tile < block.toTile; tile++) {
                int height = tiling.height(tile);
                int a = block.offset(tile) + place * channels * height;
                long c = sums + place * placeBytes + (tiling.start(tile) - first) * rowBytes;
                int ahead = tile - block.fromTile;
                long soon = ahead < Kernels.AHEAD_TILES ? next + ahead * soonBytes : b;
                touched ^= kernels.tile(height, block.packed, a, channels, b, channels, zeros, c, rowBytes, soon);
            }
        }
        sink = touched;
        int columns = Math.min(width, kernel.outputs() - panel * width);
        int end = Math.min(first + allRows, task.squares.count());
        for (int square = first; square < end; square++) {
            finish(task, square, sums + (square - first) * rowBytes, placeBytes, panel * width, columns);
        }
    }

    /** Where the bytes end that were only read to bring them nearer. */
    @SuppressWarnings("unused")
    private int sink;

    /** A square's pixels from its sums: bias, shortcut, activation, and out with them. */
    private void finish(Task task, int square, long sums, long placeBytes, int column, int columns) {
        int width = kernels.panelColumns();
        long rowBytes = (long) width * Float.BYTES;
        long pixels = Scratch.floats(Scratch.Slot.TILE, (long) (OUT * OUT + 1) * width);
        kernels.winogradOutput(sums, placeBytes, pixels, rowBytes, width);
        kernels.add(pixels, rowBytes, task.bias + column * 4L, 0, pixels, rowBytes, OUT * OUT, width);
        int across = task.squares.width(square);
        int down = task.squares.height(square);
        if (task.shortcut != null) {
            for (int y = 0; y < down; y++) {
                long row = pixels + y * OUT * rowBytes;
                long added = Memory.address(task.shortcut, task.squares.output(square, y)) + column * 4L;
                kernels.add(row, rowBytes, added, Memory.stride(task.shortcut), row, rowBytes, across, columns);
            }
        }
        if (task.activation != Activation.IDENTITY) {
            kernels.activate(task.activation, pixels, OUT * OUT * width);
        }
        for (int y = 0; y < down; y++) {
            long to = Memory.address(task.out, task.squares.output(square, y)) + column * 4L;
            kernels.copy(pixels + y * OUT * rowBytes, rowBytes, to, Memory.stride(task.out), across, columns);
        }
    }
}
