package dev.fovea.kernels.cpu.loops;

import dev.fovea.kernels.cpu.layout.EvenCut;
import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.kernels.cpu.layout.PackedTile;
import dev.fovea.kernels.cpu.machine.AttentionKernels;
import dev.fovea.kernels.cpu.machine.DepthwiseFunction;
import dev.fovea.kernels.cpu.machine.LoopFunctions;
import dev.fovea.kernels.cpu.machine.PixelRun;
import dev.fovea.kernels.cpu.machine.TileFunctions;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.DeviceException;

/**
 * Computes the innermost loops in machine code, with the bits that {@link VectorKernels} have at the same width.
 * Machine code is as fast in its first call as in its last, while the Vector API's loops have to be compiled first,
 * and it asks for no incubator module: this class and what it calls know nothing of the Vector API.
 *
 * <p>The loops over rows are written at once ({@link LoopFunctions}); those that only some models need, when one does
 * ({@link TileFunctions}). What only moves numbers about and is not worth machine code is {@link PlainKernels}'.
 */
public final class MachineLoops implements Kernels {

    private static final String SUFFIX = ", row loops in machine code";

    private static final int SQUARE = WinogradTransforms.SIDE * WinogradTransforms.SIDE;

    private final LoopFunctions functions;
    private final AttentionKernels attention;
    private final PlainKernels plain;
    private final int vectorBytes;

    /** Null until something needs them. */
    private volatile TileFunctions tiles;

    /**
     * Computes with functions that are written for one width of vectors.
     *
     * @param tiles null to have them written when something needs them
     */
    public MachineLoops(LoopFunctions functions, TileFunctions tiles) {
        this.functions = functions;
        this.tiles = tiles;
        vectorBytes = functions.vectorBytes();
        attention = AttentionKernels.of(panelColumns());
        plain = new PlainKernels(panelColumns());
    }

    /**
     * Returns the loops for the widest vectors that the processor has, or those that {@value Simd#WIDTH_PROPERTY} asks
     * for; null where it has no instructions of that width, or executable memory is refused.
     */
    public static MachineLoops here() {
        LoopFunctions functions = LoopFunctions.of(vectorBytesHere());
        return functions == null ? null : new MachineLoops(functions, null);
    }

    /** Returns what {@link #here} returns, or the loops of the Vector API in its place. */
    public static Kernels orVectorKernels() {
        MachineLoops machine = here();
        return machine == null ? new VectorKernels() : machine;
    }

    private static int vectorBytesHere() {
        Integer bits = Integer.getInteger(Simd.WIDTH_PROPERTY);
        return bits == null ? LoopFunctions.widestVector() : bits / Byte.SIZE;
    }

    /** Returns whether the processor has what {@link #here} is written for. */
    static boolean areThere() {
        return LoopFunctions.areThere(vectorBytesHere());
    }

    /** Returns the columns of a panel of {@link #here}. */
    static int panelColumnsHere() {
        return panelColumns(vectorBytesHere());
    }

    private static int panelColumns(int vectorBytes) {
        return 2 * vectorBytes / Float.BYTES;
    }

    /** Returns what {@link #here} returns, for people. */
    static String usual() {
        return description(vectorBytesHere());
    }

    private static String description(int vectorBytes) {
        return vectorBytes * Byte.SIZE + "-bit vectors" + SUFFIX;
    }

    @Override
    public String description() {
        return description(vectorBytes);
    }

    @Override
    public int panelColumns() {
        return panelColumns(vectorBytes);
    }

    @Override
    public int tallestTile() {
        return functions.tallestTile();
    }

    private TileFunctions tiles() {
        TileFunctions written = tiles;
        if (written == null) {
            written = TileFunctions.of(vectorBytes);
            if (written == null) {
                throw new DeviceException("the system has no executable memory left, of which there was some when the"
                        + " backend was opened; start Java with -Dfovea.cpu.machine=none to compute without");
            }
            tiles = written;
        }
        return written;
    }

    // ---- products of packed rows ----

    @Override
    public int tile(
            int rows,
            float[] a,
            int offset,
            int packedDepth,
            long b,
            int depth,
            long start,
            long c,
            long cStride,
            long prefetch) {
        tiles().tile(rows, a, offset, packedDepth, b, depth, start, c, cStride, prefetch);
        return 0;
    }

    @Override
    public void endTile(long sums, long added, long addedStride, boolean relu, long out, long outStride, int rows) {
        int columns = panelColumns();
        long stride = (long) columns * Float.BYTES;
        if (added == 0) {
            copy(sums, stride, out, outStride, rows, columns);
        } else {
            add(sums, stride, added, addedStride, out, outStride, rows, columns);
        }
        for (int row = 0; relu && row < rows; row++) {
            long at = out + row * outStride;
            functions.larger(at, Memory.zeros(columns), at, columns);
        }
    }

    @Override
    public int panelsOfLowTile(DType dtype, int rows) {
        return dtype == DType.F32 || dtype == DType.I8 ? tiles().panelsOfLowTile(rows) : 0;
    }

    @Override
    public void lowTile(
            int rows, PackedMatrix weight, int panel, int input, float[] a, int offset, int depth, long start, long c) {
        long b = weight.address(panel, input);
        long panelBytes = weight.address(panel + 1, input) - b;
        if (weight.dtype() == DType.F32) {
            tiles().lowTile(rows, a, offset, b, panelBytes, depth, start, c);
            return;
        }
        long scales = weight.scalesAddress(panel, input);
        long scaleBytes = weight.scalesAddress(panel + 1, input) - scales;
        tiles().lowTileOfBytes(rows, a, offset, b, panelBytes, scales, scaleBytes, depth, start, c);
    }

    @Override
    public void pack(long from, long stride, int rows, float[] to, int offset, int height, int depth, int count) {
        if (PackedTile.group(height) != PackedTile.FOUR) {
            plain.pack(from, stride, rows, to, offset, height, depth, count);
            return;
        }
        for (int row = 0; row < height; row += PackedTile.FOUR) {
            tiles().pack(
                            from + Math.min(row, rows - 1) * stride,
                            from + Math.min(row + 1, rows - 1) * stride,
                            from + Math.min(row + 2, rows - 1) * stride,
                            from + Math.min(row + 3, rows - 1) * stride,
                            to,
                            offset + row * depth,
                            count);
        }
    }

    @Override
    public void packColumns(
            long from, long stride, int rows, float[] to, int offset, int height, int depth, int count) {
        plain.packColumns(from, stride, rows, to, offset, height, depth, count);
    }

    @Override
    public void column(long panel, float factor, long to, int count) {
        plain.column(panel, factor, to, count);
    }

    @Override
    public void transpose(long from, long stride, int rows, long to, int count) {
        plain.transpose(from, stride, rows, to, count);
    }

    @Override
    public void widen(DType dtype, boolean finite, long from, long scales, long to, int count) {
        int rows = count / panelColumns();
        switch (dtype) {
            case F16 -> tiles().widenHalf(from, to, rows);
            case BF16 -> tiles().widenBfloat(from, to, rows);
            case I8 -> tiles().widenBytes(from, scales, to, rows);
            default -> throw new IllegalArgumentException("widen " + dtype);
        }
    }

    // ---- convolutions ----

    @Override
    public void winogradInput(long[] pixels, int channel, long to, long toStride, int channels) {
        long addresses = Scratch.floats(Scratch.Slot.ADDRESSES, (long) SQUARE * Long.BYTES / Float.BYTES);
        for (int i = 0; i < SQUARE; i++) {
            Memory.setLong(addresses + (long) i * Long.BYTES, pixels[i] + (long) channel * Float.BYTES);
        }
        tiles().winogradInput(addresses, to, toStride, (long) channels * Float.BYTES, square());
    }

    @Override
    public void winogradOutput(
            long from, long fromStride, long bias, long to, long pixelBytes, long lineBytes, int columns) {
        long bytes = (long) columns * Float.BYTES;
        tiles().winogradOutput(from, fromStride, bias, to, pixelBytes, lineBytes, bytes, square());
    }

    /** Returns where this thread may put a square of vectors. */
    private long square() {
        return Scratch.floats(Scratch.Slot.LANES, (long) SQUARE * vectorBytes / Float.BYTES);
    }

    // ---- loops over rows ----

    /**
     * Returns how many rows a call may go over, which stay below {@link LoopFunctions#MOST_FLOATS} together. A row that
     * is longer than that is one call where its sums have an order.
     */
    private static int rowsOfCall(int count) {
        return Math.max(1, LoopFunctions.MOST_FLOATS / Math.max(1, count));
    }

    private static boolean isShort(int count) {
        return count <= LoopFunctions.MOST_FLOATS;
    }

    @Override
    public void activate(Activation activation, long x, int count) {
        if (activation == Activation.IDENTITY) {
            return;
        }
        for (long from = 0; from < count; from += LoopFunctions.MOST_FLOATS) {
            functions.activate(activation, x + from * Float.BYTES, piece(from, count));
        }
    }

    /** Returns how many of {@code count} floats a call goes over that begins at {@code from}. */
    private static int piece(long from, int count) {
        return (int) Math.min(LoopFunctions.MOST_FLOATS, count - from);
    }

    @Override
    public void layerNorm(long x, long gamma, long beta, float epsilon, long out, int count) {
        functions.layerNorm(x, gamma, beta, epsilon, out, count);
    }

    @Override
    public void exp(long x, float factor, float base, int count) {
        for (long from = 0; from < count; from += LoopFunctions.MOST_FLOATS) {
            functions.exp(x + from * Float.BYTES, factor, base, piece(from, count));
        }
    }

    @Override
    public void expColumns(long x, int rows, float factor, long totals) {
        int columns = panelColumns();
        if (rows > 0 && rows <= rowsOfCall(columns)) {
            functions.expColumns(x, rows, factor, totals);
            return;
        }
        long stride = (long) columns * Float.BYTES;
        long largest = Scratch.floats(Scratch.Slot.LANES, columns);
        plain.fill(largest, Float.NEGATIVE_INFINITY, columns);
        for (int row = 0; row < rows; row++) {
            functions.larger(largest, x + row * stride, largest, columns);
        }
        functions.scale(largest, -1, 0, largest, columns);
        add(x, stride, largest, 0, x, stride, rows, columns);
        exp(x, factor, 0, rows * columns);
        Memory.zero(totals, columns);
        for (int row = 0; row < rows; row++) {
            functions.add(totals, 0, x + row * stride, 0, totals, 0, 1, columns);
        }
    }

    @Override
    public void add(long a, long aStride, long b, long bStride, long out, long outStride, int rows, int count) {
        if (!isShort(count)) {
            long halfBytes = (long) count / 2 * Float.BYTES;
            add(a, aStride, b, bStride, out, outStride, rows, count / 2);
            add(a + halfBytes, aStride, b + halfBytes, bStride, out + halfBytes, outStride, rows, count - count / 2);
            return;
        }
        int most = rowsOfCall(count);
        for (int row = 0; row < rows; row += most) {
            functions.add(
                    a + row * aStride,
                    aStride,
                    b + row * bStride,
                    bStride,
                    out + row * outStride,
                    outStride,
                    Math.min(most, rows - row),
                    count);
        }
    }

    @Override
    public void copy(long from, long fromStride, long to, long toStride, int rows, int count) {
        if (!isShort(count)) {
            plain.copy(from, fromStride, to, toStride, rows, count);
            return;
        }
        int most = rowsOfCall(count);
        for (int row = 0; row < rows; row += most) {
            functions.copy(
                    from + row * fromStride,
                    fromStride,
                    to + row * toStride,
                    toStride,
                    Math.min(most, rows - row),
                    count);
        }
    }

    @Override
    public void larger(long a, long b, long out, int count) {
        for (long from = 0; from < count; from += LoopFunctions.MOST_FLOATS) {
            long at = from * Float.BYTES;
            functions.larger(a + at, b + at, out + at, piece(from, count));
        }
    }

    @Override
    public void multiply(long a, long b, long out, int count) {
        for (long from = 0; from < count; from += LoopFunctions.MOST_FLOATS) {
            long at = from * Float.BYTES;
            functions.multiply(a + at, b + at, out + at, piece(from, count));
        }
    }

    @Override
    public void scale(long a, float factor, float term, long out, int count) {
        for (long from = 0; from < count; from += LoopFunctions.MOST_FLOATS) {
            long at = from * Float.BYTES;
            functions.scale(a + at, factor, term, out + at, piece(from, count));
        }
    }

    @Override
    public void dots(long a, long from, long stride, int rows, int count, long scores) {
        int most = rowsOfCall(count);
        for (int row = 0; row < rows; row += most) {
            long to = scores + (long) row * Float.BYTES;
            functions.dots(a, from + row * stride, stride, Math.min(most, rows - row), count, to);
        }
    }

    @Override
    public void weightedSum(long weights, long from, long stride, int rows, int count, boolean fresh, long out) {
        if (rows == 0 && fresh) {
            Memory.zero(out, count);
        }
        int most = rowsOfCall(count);
        for (int row = 0; row < rows; row += most) {
            functions.weightedSum(
                    weights + (long) row * Float.BYTES,
                    from + row * stride,
                    stride,
                    Math.min(most, rows - row),
                    count,
                    fresh && row == 0,
                    out);
        }
    }

    @Override
    public void sumOfProducts(long[] a, long[] b, int terms, long start, long out, int count) {
        if (terms == 0) {
            Memory.copy(start, out, count);
            return;
        }
        long pairs = Scratch.floats(Scratch.Slot.ADDRESSES, (long) terms * LoopFunctions.PAIR_BYTES / Float.BYTES);
        int most = rowsOfCall(terms);
        for (int from = 0; from < count; from += most) {
            long at = (long) from * Float.BYTES;
            for (int term = 0; term < terms; term++) {
                long pair = pairs + (long) term * LoopFunctions.PAIR_BYTES;
                Memory.setLong(pair, a[term] + at);
                Memory.setLong(pair + Long.BYTES, b[term] + at);
            }
            functions.sumOfProducts(pairs, terms, start + at, out + at, Math.min(most, count - from));
        }
    }

    @Override
    public int pixelsOfDepthwise(int kernelWidth) {
        return DepthwiseFunction.mostPixels(vectorBytes, kernelWidth);
    }

    @Override
    public DepthwiseFunction depthwise(PixelRun run) {
        return DepthwiseFunction.of(vectorBytes, run);
    }

    @Override
    public void crossProducts(
            long a, long aStride, long b, long bStride, int rows, int count, long sums, long sumsStride) {
        int whole = attention == null ? 0 : count - count % attention.columns();
        int most = rowsOfCall(panelColumns());
        EvenCut cut = EvenCut.of(count, tallestTile());
        for (int row = 0; row < rows; row += most) {
            int together = Math.min(most, rows - row);
            for (int column = 0; column < whole; column += panelColumns()) {
                long right = b + row * bStride + (long) column * Float.BYTES;
                long to = sums + (long) column * Float.BYTES;
                for (int tile = 0; tile < cut.tiles(); tile++) {
                    long first = cut.start(tile);
                    long left = a + row * aStride + first * Float.BYTES;
                    long at = to + first * sumsStride;
                    attention.cross(cut.height(tile), left, aStride, right, bStride, at, sumsStride, together);
                }
            }
        }
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < count; i++) {
                for (int j = whole; j < count; j++) {
                    long sum = sums + i * sumsStride + (long) j * Float.BYTES;
                    float left = Memory.get(a + row * aStride + (long) i * Float.BYTES);
                    float right = Memory.get(b + row * bStride + (long) j * Float.BYTES);
                    Memory.set(sum, Math.fma(left, right, Memory.get(sum)));
                }
            }
        }
    }

    @Override
    public float sum(long x, int count) {
        return functions.sum(x, count);
    }

    @Override
    public float sumOfSquares(long x, int count) {
        return functions.sumOfSquares(x, count);
    }

    @Override
    public float max(long x, int count) {
        return functions.max(x, count);
    }
}
