package dev.fovea.kernels.cpu.loops;

import dev.fovea.kernels.cpu.layout.EvenCut;
import dev.fovea.kernels.cpu.machine.AttentionKernels;
import dev.fovea.kernels.cpu.machine.DepthwiseFunction;
import dev.fovea.kernels.cpu.machine.LoopFunctions;
import dev.fovea.kernels.cpu.machine.PixelRun;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import dev.fovea.tensor.Activation;

/**
 * Computes loops over rows in machine code, with the bits that {@link VectorKernels} have at the same width, and all
 * else with these. Machine code is as fast in its first call as in its last, while the Vector API's loops have to be
 * compiled first.
 */
public final class MachineLoops extends VectorKernels {

    private static final String SUFFIX = ", row loops in machine code";

    private final LoopFunctions functions;
    private final AttentionKernels attention;

    /** Computes with functions that are written for the width of vectors in use. */
    public MachineLoops(LoopFunctions functions) {
        this.functions = functions;
        attention = AttentionKernels.of(panelColumns());
    }

    /**
     * Returns the loops for the width of vectors in use ({@link Simd}), or the Vector API's where the processor has no
     * instructions of that width, or executable memory is refused.
     */
    public static VectorKernels orVectorKernels() {
        LoopFunctions functions = LoopFunctions.of((int) Simd.VECTOR_BYTES);
        return functions == null ? new VectorKernels() : new MachineLoops(functions);
    }

    /** Returns what {@link #orVectorKernels} returns, for people. */
    static String usual() {
        return new VectorKernels().description() + (LoopFunctions.areThere((int) Simd.VECTOR_BYTES) ? SUFFIX : "");
    }

    @Override
    public String description() {
        return super.description() + SUFFIX;
    }

    /** Returns how many rows a call may go over, which stay below {@link LoopFunctions#MOST_FLOATS} together. */
    private static int rowsOfCall(int count) {
        return LoopFunctions.MOST_FLOATS / Math.max(1, count);
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
        if (isShort(count)) {
            functions.layerNorm(x, gamma, beta, epsilon, out, count);
        } else {
            super.layerNorm(x, gamma, beta, epsilon, out, count);
        }
    }

    @Override
    public void exp(long x, float factor, float base, int count) {
        for (long from = 0; from < count; from += LoopFunctions.MOST_FLOATS) {
            functions.exp(x + from * Float.BYTES, factor, base, piece(from, count));
        }
    }

    @Override
    public void expColumns(long x, int rows, float factor, long totals) {
        if (rows > 0 && rows <= rowsOfCall(panelColumns())) {
            functions.expColumns(x, rows, factor, totals);
        } else {
            super.expColumns(x, rows, factor, totals);
        }
    }

    @Override
    public void add(long a, long aStride, long b, long bStride, long out, long outStride, int rows, int count) {
        if (!isShort(count)) {
            super.add(a, aStride, b, bStride, out, outStride, rows, count);
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
            super.copy(from, fromStride, to, toStride, rows, count);
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
        if (!isShort(count)) {
            super.dots(a, from, stride, rows, count, scores);
            return;
        }
        int most = rowsOfCall(count);
        for (int row = 0; row < rows; row += most) {
            long to = scores + (long) row * Float.BYTES;
            functions.dots(a, from + row * stride, stride, Math.min(most, rows - row), count, to);
        }
    }

    @Override
    public void weightedSum(long weights, long from, long stride, int rows, int count, boolean fresh, long out) {
        if (rows == 0 || !isShort(count)) {
            super.weightedSum(weights, from, stride, rows, count, fresh, out);
            return;
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
        if (terms == 0 || terms > rowsOfCall(count)) {
            super.sumOfProducts(a, b, terms, start, out, count);
            return;
        }
        long pairs = Scratch.floats(Scratch.Slot.ADDRESSES, (long) terms * LoopFunctions.PAIR_BYTES / Float.BYTES);
        for (int term = 0; term < terms; term++) {
            long pair = pairs + (long) term * LoopFunctions.PAIR_BYTES;
            Memory.setLong(pair, a[term]);
            Memory.setLong(pair + Long.BYTES, b[term]);
        }
        functions.sumOfProducts(pairs, terms, start, out, count);
    }

    @Override
    public int pixelsOfDepthwise(int kernelWidth) {
        return DepthwiseFunction.mostPixels((int) Simd.VECTOR_BYTES, kernelWidth);
    }

    @Override
    public DepthwiseFunction depthwise(PixelRun run) {
        return DepthwiseFunction.of((int) Simd.VECTOR_BYTES, run);
    }

    @Override
    public void crossProducts(
            long a, long aStride, long b, long bStride, int rows, int count, long sums, long sumsStride) {
        if (attention == null || rows == 0 || rows > rowsOfCall(panelColumns()) || count % attention.columns() != 0) {
            super.crossProducts(a, aStride, b, bStride, rows, count, sums, sumsStride);
            return;
        }
        EvenCut cut = EvenCut.of(count, attention.tallestTile());
        for (int column = 0; column < count; column += attention.columns()) {
            long right = b + (long) column * Float.BYTES;
            long to = sums + (long) column * Float.BYTES;
            for (int tile = 0; tile < cut.tiles(); tile++) {
                long row = cut.start(tile);
                long left = a + row * Float.BYTES;
                attention.cross(
                        cut.height(tile), left, aStride, right, bStride, to + row * sumsStride, sumsStride, rows);
            }
        }
    }

    @Override
    public float sum(long x, int count) {
        return isShort(count) ? functions.sum(x, count) : super.sum(x, count);
    }

    @Override
    public float sumOfSquares(long x, int count) {
        return isShort(count) ? functions.sumOfSquares(x, count) : super.sumOfSquares(x, count);
    }

    @Override
    public float max(long x, int count) {
        return isShort(count) ? functions.max(x, count) : super.max(x, count);
    }
}
