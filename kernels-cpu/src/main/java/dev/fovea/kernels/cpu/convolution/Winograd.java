package dev.fovea.kernels.cpu.convolution;

import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.kernels.cpu.layout.PackedTile;
import dev.fovea.kernels.cpu.layout.TileHeights;
import dev.fovea.kernels.cpu.layout.Tiling;
import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.loops.PlainWinograd;
import dev.fovea.kernels.cpu.loops.WinogradTransforms;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.kernels.cpu.threads.Workers;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.numbers.Sizes;
import dev.fovea.tensor.spi.HostMemory;
import dev.fovea.tensor.spi.HostPool;
import dev.fovea.tensor.spi.HostStorage;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Computes 3 x 3 convolutions with a quarter of the multiplications (Winograd's minimal filtering F(4x4, 3x3), Lavin
 * and Gray 2016):
 *
 * <pre>
 * for each group of squares of 4 x 4 output pixels
 *   for each square                 its 6 x 6 input pixels become 36 rows, V = Bᵀ d B, packed
 *   for each of the 36 places       M[place] = V[place] U[place]         {@link Kernels#tile}
 *   for each square                 4 x 4 pixels = Aᵀ M A + bias, plus shortcut, activation
 * </pre>
 *
 * U = G g Gᵀ is made of the kernel once. Where it is small, as for large maps, each thread has groups of its own, so
 * small that U, V and M stay in its second-level cache. Else threads share each step, and groups are so large that V
 * and M stay in the third-level cache: the larger the group, the less often is U read.
 *
 * <p>{@link WinogradTransforms} holds the matrices. Whether this is used depends on the convolution and the size of an
 * image, never on the number of images, and a square's sums never depend on its neighbours: same input, same bits.
 * Twin: {@code ReferenceBackend.convolution}.
 */
public final class Winograd {

    private static final int SIDE = WinogradTransforms.SIDE;
    private static final int OUT = WinogradTransforms.OUT;
    private static final int PLACES = SIDE * SIDE;

    /** Fewer squares of a picture do not pay for keeping, and reading, four times as many weights. */
    private static final int FEWEST_SQUARES = 5;

    /** Channels that are transformed before they are packed: 36 rows of them for a tile stay in the nearest caches. */
    private static final int CHANNELS = 32;

    /** Transformed kernels of at most this many bytes are read from the second-level cache again and again. */
    private static final long CACHED_BYTES = 640 << 10;

    /** Bytes of V and M of a group of squares that stay in the second-level cache beside such kernels. */
    private static final long OWN_BYTES = 512 << 10;

    /** Bytes of V and M of a group of squares that stay in the third-level cache beside larger kernels. */
    private static final long SHARED_BYTES = 8 << 20;

    /** Pieces of work for each thread: enough that cores share the work evenly though they are not equally fast. */
    private static final int PIECES_PER_THREAD = 4;

    /** Sink for prefetch reads, so that the JIT cannot eliminate them. */
    @SuppressWarnings("unused")
    private int sink;

    private final Kernels kernels;
    private final TileHeights heights;
    private final Workers workers;
    private final HostPool pool;

    public Winograd(Kernels kernels, TileHeights heights, Workers workers, HostPool pool) {
        this.kernels = kernels;
        this.heights = heights;
        this.workers = workers;
        this.pool = pool;
    }

    /** Returns whether the method applies to kernels of this shape at all: 3 x 3 without a stride, of one group. */
    static boolean isOfItsKind(ConvolutionShape shape) {
        return shape.kernelHeight() == 3 && shape.kernelWidth() == 3 && shape.stride() == 1 && shape.groups() == 1;
    }

    /** Returns whether this is the fastest way for a convolution of pictures of this size. */
    boolean suits(ConvolutionShape shape, Grid grid) {
        Grid out = shape.output(grid);
        int squares = Math.ceilDiv(out.height(), OUT) * Math.ceilDiv(out.width(), OUT);
        int vector = kernels.panelColumns() / 2;
        return isOfItsKind(shape)
                && shape.inputChannels() % vector == 0
                && shape.inputChannels() >= CHANNELS
                && shape.inputChannels() <= Memory.MOST_ZEROS
                && shape.outputChannels() >= CHANNELS
                && squares >= FEWEST_SQUARES;
    }

    /**
     * Computes U of a kernel.
     *
     * @param kernel {@code [9 * channels]} inputs, tap after tap
     * @return for each of the 36 places {@code [channels]} inputs, and outputs that fill whole panels
     */
    List<PackedMatrix> kernel(PackedMatrix kernel, int channels) {
        int width = kernels.panelColumns();
        int outputs = kernel.panels() * width;
        long bytes = PackedMatrix.bytesNeeded(channels, outputs, width, DType.F32);
        MemorySegment memory = HostMemory.allocate(PLACES * bytes); // as one piece it lies on huge pages
        List<PackedMatrix> transformed = new ArrayList<>();
        for (int place = 0; place < PLACES; place++) {
            MemorySegment part = memory.asSlice(place * bytes, bytes);
            transformed.add(new PackedMatrix(channels, outputs, width, DType.F32, part));
        }
        workers.forEach(kernel.panels(), panel -> {
            float[] taps = new float[9];
            for (int channel = 0; channel < channels; channel++) {
                for (int column = 0; column < width; column++) {
                    for (int tap = 0; tap < taps.length; tap++) {
                        taps[tap] = Memory.get(kernel.address(panel, tap * channels + channel) + column * 4L);
                    }
                    float[] places = PlainWinograd.sandwich(WinogradTransforms.KERNEL, taps, 3);
                    for (int place = 0; place < PLACES; place++) {
                        Memory.set(transformed.get(place).address(panel, channel) + column * 4L, places[place]);
                    }
                }
            }
        });
        return transformed;
    }

    /**
     * Computes the whole convolution.
     *
     * @param shortcut {@code [output pixels, outputs]}, added before the activation, or null
     * @param out {@code [output pixels, outputs]}, its rows end to end
     */
    void convolve(Tensor x, Grid grid, CpuConvolution weight, Tensor shortcut, Activation activation, Tensor out) {
        Squares squares = new Squares(x, grid, weight.shape());
        Task task = new Task(
                squares, weight.transformed(this), weight.bias().getFirst().address(), shortcut, activation, out);
        int channels = squares.channels();
        int columns = task.columns();
        long bytesOfSquare = (long) PLACES * (channels + columns) * Float.BYTES;
        int tallest = kernels.tallestTile();
        int count = squares.count();
        boolean own = (long) PLACES * channels * columns * Float.BYTES <= CACHED_BYTES
                && count >= PIECES_PER_THREAD * workers.threads() * tallest;
        int most = (int) Math.max(1, (own ? OWN_BYTES : SHARED_BYTES) / (tallest * bytesOfSquare)) * tallest;
        int pieces = own ? 1 : PIECES_PER_THREAD * workers.threads();
        IntConsumer group = number -> convolve(task, number * most, Math.min(count, (number + 1) * most), pieces);
        int groups = Math.ceilDiv(count, most);
        if (own) {
            workers.forEach(groups, group);
        } else {
            IntStream.range(0, groups).forEach(group);
        }
    }

    /** Computes some squares. Threads share each step, unless they have groups of their own. */
    private void convolve(Task task, int from, int end, int pieces) {
        int channels = task.squares.channels();
        int columns = task.columns();
        Tiling tiling = heights.cut(end - from, (long) PLACES * channels * columns);
        int tiles = tiling.tiles();
        int rows = tiling.start(tiles);
        float[] packed = Scratch.array(
                Scratch.Packed.ROWS, Sizes.product("convolution: packed squares", PLACES, rows, channels));
        int parts = Math.min(Math.ceilDiv(channels, CHANNELS), Math.ceilDiv(pieces, tiles));
        HostStorage sums = pool.take((long) PLACES * rows * columns);
        Group group =
                new Group(task, from, end, tiling, rows, packed, sums.memory().address(), pieces == 1);
        workers.forEach(tiles * parts, piece -> pack(group, piece / parts, piece % parts, parts));
        int panels = columns / kernels.panelColumns();
        int cuts = Math.min(panels, Math.ceilDiv(pieces, PLACES));
        workers.forEach(PLACES * cuts, piece -> {
            int cut = piece % cuts;
            multiply(group, piece / cuts, panels * cut / cuts, panels * (cut + 1) / cuts);
        });
        if (group.near) {
            task.squares.touchOutput(from, end, task.out);
        }
        workers.forEach(end - from, square -> finish(group, square));
        pool.giveBack(sums);
    }

    /**
     * Describes one convolution.
     *
     * @param kernel U for each of the 36 places
     */
    private record Task(
            Squares squares, List<PackedMatrix> kernel, long bias, Tensor shortcut, Activation activation, Tensor out) {

        /** Outputs, filled up to whole panels. */
        int columns() {
            return kernel.getFirst().outputs();
        }
    }

    /**
     * Describes squares that are computed together.
     *
     * @param rows of all tiles
     * @param packed V: for each of the 36 places the tiles, one behind the other, as {@link PackedTile} says
     * @param sums M, {@code [36][rows][columns]}
     * @param near whether one thread computes them alone, with U in its caches
     */
    private record Group(
            Task task, int from, int end, Tiling tiling, int rows, float[] packed, long sums, boolean near) {

        /** Returns where a place of M begins. */
        long sums(int place) {
            return sums + (long) place * rows * task.columns() * Float.BYTES;
        }

        /** Returns where a place of V begins. */
        int packed(int place) {
            return place * rows * task.squares.channels();
        }
    }

    /** Transforms and packs one of {@code parts} equal parts of the channels of a tile's squares. */
    private void pack(Group group, int tile, int part, int parts) {
        Squares squares = group.task.squares;
        int channels = squares.channels();
        int first = group.tiling.start(tile);
        int rows = group.tiling.rows(tile);
        int height = group.tiling.height(tile);
        long rowBytes = (long) CHANNELS * Float.BYTES;
        long placeBytes = rowBytes * rows;
        long transformed = Scratch.floats(Scratch.Slot.PATCHES, (long) PLACES * rows * CHANNELS);
        long[][] pixels = new long[rows][PLACES];
        for (int row = 0; row < rows; row++) {
            squares.pixels(group.from + first + row, pixels[row]);
        }
        if (parts == 1) {
            squares.touchInput(group.from + first, group.from + first + rows);
        }
        int steps = Math.ceilDiv(channels, CHANNELS);
        int end = Math.min(channels, steps * (part + 1) / parts * CHANNELS);
        for (int channel = steps * part / parts * CHANNELS; channel < end; channel += CHANNELS) {
            int count = Math.min(CHANNELS, end - channel);
            for (int row = 0; row < rows; row++) {
                kernels.winogradInput(pixels[row], channel, transformed + row * rowBytes, placeBytes, count);
            }
            for (int place = 0; place < PLACES; place++) {
                int to = group.packed(place) + first * channels + PackedTile.place(height, channel);
                kernels.pack(
                        transformed + place * placeBytes, rowBytes, rows, group.packed, to, height, channels, count);
            }
        }
    }

    /** Computes some panels of one of the 36 products. */
    private void multiply(Group group, int place, int fromPanel, int toPanel) {
        PackedMatrix kernel = group.task.kernel.get(place);
        Tiling tiling = group.tiling;
        int channels = kernel.inputs();
        long panelBytes = (long) kernels.panelColumns() * Float.BYTES;
        long rowBytes = (long) kernel.outputs() * Float.BYTES;
        long zeros = Memory.zeros(kernels.panelColumns());
        int touched = 0;
        for (int panel = fromPanel; panel < toPanel; panel++) {
            long b = kernel.address(panel, 0);
            if (!group.near) {
                Memory.touch(b, channels * panelBytes);
            }
            for (int tile = 0; tile < tiling.tiles(); tile++) {
                int start = tiling.start(tile);
                int a = group.packed(place) + start * channels;
                long c = group.sums(place) + start * rowBytes + panel * panelBytes;
                touched ^= kernels.tile(
                        tiling.height(tile), group.packed, a, channels, b, channels, zeros, c, rowBytes, b);
            }
        }
        sink = touched;
    }

    /** Makes a square's pixels from its sums: adds bias and shortcut, applies the activation, and stores them. */
    private void finish(Group group, int number) {
        Task task = group.task;
        int square = group.from + number;
        int across = task.squares.width(square);
        int down = task.squares.height(square);
        int columns = task.columns();
        int outputs = task.out.columns();
        boolean whole = across == OUT && down == OUT && outputs % (kernels.panelColumns() / 2) == 0;
        int width = whole ? outputs : columns;
        long pixelBytes = (long) width * Float.BYTES;
        long lineBytes = (whole ? task.squares.outputsOfLine() : OUT) * pixelBytes;
        long pixels = whole
                ? Memory.address(task.out, task.squares.output(square, 0))
                : Scratch.floats(Scratch.Slot.TILE, (long) OUT * OUT * width);
        long from = group.sums + (long) number * columns * Float.BYTES;
        long placeBytes = (long) group.rows * columns * Float.BYTES;
        kernels.winogradOutput(from, placeBytes, task.bias, pixels, pixelBytes, lineBytes, width);
        for (int y = 0; y < down; y++) {
            long line = pixels + y * lineBytes;
            int row = task.squares.output(square, y);
            if (task.shortcut != null) {
                long added = Memory.address(task.shortcut, row);
                kernels.add(line, pixelBytes, added, Memory.stride(task.shortcut), line, pixelBytes, across, outputs);
            }
            if (task.activation != Activation.IDENTITY) {
                kernels.activate(task.activation, line, across * width);
            }
            if (!whole) {
                kernels.copy(line, pixelBytes, Memory.address(task.out, row), Memory.stride(task.out), across, outputs);
            }
        }
    }
}
