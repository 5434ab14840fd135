package dev.fovea.kernels.cpu.loops;

import static dev.fovea.kernels.cpu.loops.Simd.BYTE;
import static dev.fovea.kernels.cpu.loops.Simd.FLOATS;
import static dev.fovea.kernels.cpu.loops.Simd.ORDER;
import static dev.fovea.kernels.cpu.memory.Memory.ALL;

import dev.fovea.kernels.cpu.layout.Tiling;
import jdk.incubator.vector.FloatVector;

/**
 * Holds the GEMM micro-kernels: some rows of A times a panel of B that is 2 vectors wide, with the tile of C in
 * registers.
 *
 * <pre>
 * for k in 0 .. depth                   one row of the panel: 2 loads
 *   touch                               two bytes of the next panel, see {@link Kernels#tile}
 *   for r in 0 .. rows                  one element of the packed A: a broadcast load
 *     for v in 0 .. 2                   sum[r][v] += A[k][r] * B[k][v]
 * C = start + sum
 * </pre>
 *
 * With 32 vector registers (AVX-512, NEON) the highest tile has 12 rows: 24 sums, 2 vectors of B and up to 3 of A, and
 * 14 loads feed 24 multiply-adds. With 16 (AVX2, SSE) it has 6 rows. 8 sums and more cover the latency of the
 * multiply-add (4 cycles, 2 a cycle); a high tile reads the panel, which comes from the second-level cache, less often.
 *
 * <p>Written out because C2 keeps a vector in a register only if it is a local variable: an array of accumulators would
 * be boxed. The loop counter is an int and every address is a constant times the counter from its base, which lets C2
 * move all bounds checks out of the loop; with A in place, a base for each row, the addresses alone would fill the
 * general registers. A lies in an array, since its single elements need no alignment and C1 gives up on a method with
 * many more accesses to segments than these, after which C2 may never see it. The vectors are read and written by the
 * API's own methods and no helper of ours: C2 inlines those without a limit, but stops inlining others once a method
 * has grown past 8000 bytecodes, and what is not inlined is boxed. Twin: the sums in {@code ReferenceBackend.linear}.
 */
public final class Tiles {

    private static final long VECTOR = Simd.VECTOR_BYTES;
    private static final long PANEL = 2 * VECTOR;
    private static final long TOUCH = PANEL / Kernels.PREFETCH_TILES / 2;

    private Tiles() {}

    /** Multiplies as many rows as one of the heights of {@link Tiling}; see {@link Kernels#tile}. */
    static int tile(
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
        return switch (rows) {
            case 12 -> tile12(a, offset, 4 * packedDepth, b, depth, start, c, cStride, prefetch);
            case 8 -> tile8(a, offset, 4 * packedDepth, b, depth, start, c, cStride, prefetch);
            case 6 -> tile6(a, offset, b, depth, start, c, cStride, prefetch);
            case 4 -> tile4(a, offset, b, depth, start, c, cStride, prefetch);
            case 1 -> tile1(a, offset, b, depth, start, c, prefetch);
            default -> throw new IllegalArgumentException("a tile of " + rows + " rows");
        };
    }

    private static int tile12(
            float[] a, int offset, int group, long b, int depth, long start, long c, long cStride, long prefetch) {
        int touched = 0;
        long prefetch1 = prefetch + depth * TOUCH;
        int offset1 = offset + group;
        int offset2 = offset1 + group;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        FloatVector c1v0 = c0v0;
        FloatVector c1v1 = c0v1;
        FloatVector c2v0 = c0v0;
        FloatVector c2v1 = c0v1;
        FloatVector c3v0 = c0v0;
        FloatVector c3v1 = c0v1;
        FloatVector c4v0 = c0v0;
        FloatVector c4v1 = c0v1;
        FloatVector c5v0 = c0v0;
        FloatVector c5v1 = c0v1;
        FloatVector c6v0 = c0v0;
        FloatVector c6v1 = c0v1;
        FloatVector c7v0 = c0v0;
        FloatVector c7v1 = c0v1;
        FloatVector c8v0 = c0v0;
        FloatVector c8v1 = c0v1;
        FloatVector c9v0 = c0v0;
        FloatVector c9v1 = c0v1;
        FloatVector c10v0 = c0v0;
        FloatVector c10v1 = c0v1;
        FloatVector c11v0 = c0v0;
        FloatVector c11v1 = c0v1;
        for (int k = 0; k < depth; k++) {
            touched ^= ALL.get(BYTE, prefetch + k * TOUCH) ^ ALL.get(BYTE, prefetch1 + k * TOUCH);
            long row = b + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR, ORDER);
            int column = offset + k * 4;
            int column1 = offset1 + k * 4;
            int column2 = offset2 + k * 4;
            FloatVector x0 = FloatVector.broadcast(FLOATS, a[column]);
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            FloatVector x1 = FloatVector.broadcast(FLOATS, a[column + 1]);
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
            FloatVector x2 = FloatVector.broadcast(FLOATS, a[column + 2]);
            c2v0 = x2.fma(b0, c2v0);
            c2v1 = x2.fma(b1, c2v1);
            FloatVector x3 = FloatVector.broadcast(FLOATS, a[column + 3]);
            c3v0 = x3.fma(b0, c3v0);
            c3v1 = x3.fma(b1, c3v1);
            FloatVector x4 = FloatVector.broadcast(FLOATS, a[column1]);
            c4v0 = x4.fma(b0, c4v0);
            c4v1 = x4.fma(b1, c4v1);
            FloatVector x5 = FloatVector.broadcast(FLOATS, a[column1 + 1]);
            c5v0 = x5.fma(b0, c5v0);
            c5v1 = x5.fma(b1, c5v1);
            FloatVector x6 = FloatVector.broadcast(FLOATS, a[column1 + 2]);
            c6v0 = x6.fma(b0, c6v0);
            c6v1 = x6.fma(b1, c6v1);
            FloatVector x7 = FloatVector.broadcast(FLOATS, a[column1 + 3]);
            c7v0 = x7.fma(b0, c7v0);
            c7v1 = x7.fma(b1, c7v1);
            FloatVector x8 = FloatVector.broadcast(FLOATS, a[column2]);
            c8v0 = x8.fma(b0, c8v0);
            c8v1 = x8.fma(b1, c8v1);
            FloatVector x9 = FloatVector.broadcast(FLOATS, a[column2 + 1]);
            c9v0 = x9.fma(b0, c9v0);
            c9v1 = x9.fma(b1, c9v1);
            FloatVector x10 = FloatVector.broadcast(FLOATS, a[column2 + 2]);
            c10v0 = x10.fma(b0, c10v0);
            c10v1 = x10.fma(b1, c10v1);
            FloatVector x11 = FloatVector.broadcast(FLOATS, a[column2 + 3]);
            c11v0 = x11.fma(b0, c11v0);
            c11v1 = x11.fma(b1, c11v1);
        }
        long c0 = c;
        c0v0.intoMemorySegment(ALL, c0, ORDER);
        c0v1.intoMemorySegment(ALL, c0 + VECTOR, ORDER);
        long c1 = c + cStride;
        c1v0.intoMemorySegment(ALL, c1, ORDER);
        c1v1.intoMemorySegment(ALL, c1 + VECTOR, ORDER);
        long c2 = c + 2 * cStride;
        c2v0.intoMemorySegment(ALL, c2, ORDER);
        c2v1.intoMemorySegment(ALL, c2 + VECTOR, ORDER);
        long c3 = c + 3 * cStride;
        c3v0.intoMemorySegment(ALL, c3, ORDER);
        c3v1.intoMemorySegment(ALL, c3 + VECTOR, ORDER);
        long c4 = c + 4 * cStride;
        c4v0.intoMemorySegment(ALL, c4, ORDER);
        c4v1.intoMemorySegment(ALL, c4 + VECTOR, ORDER);
        long c5 = c + 5 * cStride;
        c5v0.intoMemorySegment(ALL, c5, ORDER);
        c5v1.intoMemorySegment(ALL, c5 + VECTOR, ORDER);
        long c6 = c + 6 * cStride;
        c6v0.intoMemorySegment(ALL, c6, ORDER);
        c6v1.intoMemorySegment(ALL, c6 + VECTOR, ORDER);
        long c7 = c + 7 * cStride;
        c7v0.intoMemorySegment(ALL, c7, ORDER);
        c7v1.intoMemorySegment(ALL, c7 + VECTOR, ORDER);
        long c8 = c + 8 * cStride;
        c8v0.intoMemorySegment(ALL, c8, ORDER);
        c8v1.intoMemorySegment(ALL, c8 + VECTOR, ORDER);
        long c9 = c + 9 * cStride;
        c9v0.intoMemorySegment(ALL, c9, ORDER);
        c9v1.intoMemorySegment(ALL, c9 + VECTOR, ORDER);
        long c10 = c + 10 * cStride;
        c10v0.intoMemorySegment(ALL, c10, ORDER);
        c10v1.intoMemorySegment(ALL, c10 + VECTOR, ORDER);
        long c11 = c + 11 * cStride;
        c11v0.intoMemorySegment(ALL, c11, ORDER);
        c11v1.intoMemorySegment(ALL, c11 + VECTOR, ORDER);
        return touched;
    }

    private static int tile8(
            float[] a, int offset, int group, long b, int depth, long start, long c, long cStride, long prefetch) {
        int touched = 0;
        long prefetch1 = prefetch + depth * TOUCH;
        int offset1 = offset + group;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        FloatVector c1v0 = c0v0;
        FloatVector c1v1 = c0v1;
        FloatVector c2v0 = c0v0;
        FloatVector c2v1 = c0v1;
        FloatVector c3v0 = c0v0;
        FloatVector c3v1 = c0v1;
        FloatVector c4v0 = c0v0;
        FloatVector c4v1 = c0v1;
        FloatVector c5v0 = c0v0;
        FloatVector c5v1 = c0v1;
        FloatVector c6v0 = c0v0;
        FloatVector c6v1 = c0v1;
        FloatVector c7v0 = c0v0;
        FloatVector c7v1 = c0v1;
        for (int k = 0; k < depth; k++) {
            touched ^= ALL.get(BYTE, prefetch + k * TOUCH) ^ ALL.get(BYTE, prefetch1 + k * TOUCH);
            long row = b + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR, ORDER);
            int column = offset + k * 4;
            int column1 = offset1 + k * 4;
            FloatVector x0 = FloatVector.broadcast(FLOATS, a[column]);
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            FloatVector x1 = FloatVector.broadcast(FLOATS, a[column + 1]);
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
            FloatVector x2 = FloatVector.broadcast(FLOATS, a[column + 2]);
            c2v0 = x2.fma(b0, c2v0);
            c2v1 = x2.fma(b1, c2v1);
            FloatVector x3 = FloatVector.broadcast(FLOATS, a[column + 3]);
            c3v0 = x3.fma(b0, c3v0);
            c3v1 = x3.fma(b1, c3v1);
            FloatVector x4 = FloatVector.broadcast(FLOATS, a[column1]);
            c4v0 = x4.fma(b0, c4v0);
            c4v1 = x4.fma(b1, c4v1);
            FloatVector x5 = FloatVector.broadcast(FLOATS, a[column1 + 1]);
            c5v0 = x5.fma(b0, c5v0);
            c5v1 = x5.fma(b1, c5v1);
            FloatVector x6 = FloatVector.broadcast(FLOATS, a[column1 + 2]);
            c6v0 = x6.fma(b0, c6v0);
            c6v1 = x6.fma(b1, c6v1);
            FloatVector x7 = FloatVector.broadcast(FLOATS, a[column1 + 3]);
            c7v0 = x7.fma(b0, c7v0);
            c7v1 = x7.fma(b1, c7v1);
        }
        long c0 = c;
        c0v0.intoMemorySegment(ALL, c0, ORDER);
        c0v1.intoMemorySegment(ALL, c0 + VECTOR, ORDER);
        long c1 = c + cStride;
        c1v0.intoMemorySegment(ALL, c1, ORDER);
        c1v1.intoMemorySegment(ALL, c1 + VECTOR, ORDER);
        long c2 = c + 2 * cStride;
        c2v0.intoMemorySegment(ALL, c2, ORDER);
        c2v1.intoMemorySegment(ALL, c2 + VECTOR, ORDER);
        long c3 = c + 3 * cStride;
        c3v0.intoMemorySegment(ALL, c3, ORDER);
        c3v1.intoMemorySegment(ALL, c3 + VECTOR, ORDER);
        long c4 = c + 4 * cStride;
        c4v0.intoMemorySegment(ALL, c4, ORDER);
        c4v1.intoMemorySegment(ALL, c4 + VECTOR, ORDER);
        long c5 = c + 5 * cStride;
        c5v0.intoMemorySegment(ALL, c5, ORDER);
        c5v1.intoMemorySegment(ALL, c5 + VECTOR, ORDER);
        long c6 = c + 6 * cStride;
        c6v0.intoMemorySegment(ALL, c6, ORDER);
        c6v1.intoMemorySegment(ALL, c6 + VECTOR, ORDER);
        long c7 = c + 7 * cStride;
        c7v0.intoMemorySegment(ALL, c7, ORDER);
        c7v1.intoMemorySegment(ALL, c7 + VECTOR, ORDER);
        return touched;
    }

    private static int tile6(
            float[] a, int offset, long b, int depth, long start, long c, long cStride, long prefetch) {
        int touched = 0;
        long prefetch1 = prefetch + depth * TOUCH;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        FloatVector c1v0 = c0v0;
        FloatVector c1v1 = c0v1;
        FloatVector c2v0 = c0v0;
        FloatVector c2v1 = c0v1;
        FloatVector c3v0 = c0v0;
        FloatVector c3v1 = c0v1;
        FloatVector c4v0 = c0v0;
        FloatVector c4v1 = c0v1;
        FloatVector c5v0 = c0v0;
        FloatVector c5v1 = c0v1;
        for (int k = 0; k < depth; k++) {
            touched ^= ALL.get(BYTE, prefetch + k * TOUCH) ^ ALL.get(BYTE, prefetch1 + k * TOUCH);
            long row = b + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR, ORDER);
            int column = offset + k * 6;
            FloatVector x0 = FloatVector.broadcast(FLOATS, a[column]);
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            FloatVector x1 = FloatVector.broadcast(FLOATS, a[column + 1]);
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
            FloatVector x2 = FloatVector.broadcast(FLOATS, a[column + 2]);
            c2v0 = x2.fma(b0, c2v0);
            c2v1 = x2.fma(b1, c2v1);
            FloatVector x3 = FloatVector.broadcast(FLOATS, a[column + 3]);
            c3v0 = x3.fma(b0, c3v0);
            c3v1 = x3.fma(b1, c3v1);
            FloatVector x4 = FloatVector.broadcast(FLOATS, a[column + 4]);
            c4v0 = x4.fma(b0, c4v0);
            c4v1 = x4.fma(b1, c4v1);
            FloatVector x5 = FloatVector.broadcast(FLOATS, a[column + 5]);
            c5v0 = x5.fma(b0, c5v0);
            c5v1 = x5.fma(b1, c5v1);
        }
        long c0 = c;
        c0v0.intoMemorySegment(ALL, c0, ORDER);
        c0v1.intoMemorySegment(ALL, c0 + VECTOR, ORDER);
        long c1 = c + cStride;
        c1v0.intoMemorySegment(ALL, c1, ORDER);
        c1v1.intoMemorySegment(ALL, c1 + VECTOR, ORDER);
        long c2 = c + 2 * cStride;
        c2v0.intoMemorySegment(ALL, c2, ORDER);
        c2v1.intoMemorySegment(ALL, c2 + VECTOR, ORDER);
        long c3 = c + 3 * cStride;
        c3v0.intoMemorySegment(ALL, c3, ORDER);
        c3v1.intoMemorySegment(ALL, c3 + VECTOR, ORDER);
        long c4 = c + 4 * cStride;
        c4v0.intoMemorySegment(ALL, c4, ORDER);
        c4v1.intoMemorySegment(ALL, c4 + VECTOR, ORDER);
        long c5 = c + 5 * cStride;
        c5v0.intoMemorySegment(ALL, c5, ORDER);
        c5v1.intoMemorySegment(ALL, c5 + VECTOR, ORDER);
        return touched;
    }

    private static int tile4(
            float[] a, int offset, long b, int depth, long start, long c, long cStride, long prefetch) {
        int touched = 0;
        long prefetch1 = prefetch + depth * TOUCH;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        FloatVector c1v0 = c0v0;
        FloatVector c1v1 = c0v1;
        FloatVector c2v0 = c0v0;
        FloatVector c2v1 = c0v1;
        FloatVector c3v0 = c0v0;
        FloatVector c3v1 = c0v1;
        for (int k = 0; k < depth; k++) {
            touched ^= ALL.get(BYTE, prefetch + k * TOUCH) ^ ALL.get(BYTE, prefetch1 + k * TOUCH);
            long row = b + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR, ORDER);
            int column = offset + k * 4;
            FloatVector x0 = FloatVector.broadcast(FLOATS, a[column]);
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            FloatVector x1 = FloatVector.broadcast(FLOATS, a[column + 1]);
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
            FloatVector x2 = FloatVector.broadcast(FLOATS, a[column + 2]);
            c2v0 = x2.fma(b0, c2v0);
            c2v1 = x2.fma(b1, c2v1);
            FloatVector x3 = FloatVector.broadcast(FLOATS, a[column + 3]);
            c3v0 = x3.fma(b0, c3v0);
            c3v1 = x3.fma(b1, c3v1);
        }
        long c0 = c;
        c0v0.intoMemorySegment(ALL, c0, ORDER);
        c0v1.intoMemorySegment(ALL, c0 + VECTOR, ORDER);
        long c1 = c + cStride;
        c1v0.intoMemorySegment(ALL, c1, ORDER);
        c1v1.intoMemorySegment(ALL, c1 + VECTOR, ORDER);
        long c2 = c + 2 * cStride;
        c2v0.intoMemorySegment(ALL, c2, ORDER);
        c2v1.intoMemorySegment(ALL, c2 + VECTOR, ORDER);
        long c3 = c + 3 * cStride;
        c3v0.intoMemorySegment(ALL, c3, ORDER);
        c3v1.intoMemorySegment(ALL, c3 + VECTOR, ORDER);
        return touched;
    }

    private static int tile1(float[] a, int offset, long b, int depth, long start, long c, long prefetch) {
        int touched = 0;
        long prefetch1 = prefetch + depth * TOUCH;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        for (int k = 0; k < depth; k++) {
            touched ^= ALL.get(BYTE, prefetch + k * TOUCH) ^ ALL.get(BYTE, prefetch1 + k * TOUCH);
            long row = b + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR, ORDER);
            FloatVector x0 = FloatVector.broadcast(FLOATS, a[offset + k]);
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
        }
        c0v0.intoMemorySegment(ALL, c, ORDER);
        c0v1.intoMemorySegment(ALL, c + VECTOR, ORDER);
        return touched;
    }
}
