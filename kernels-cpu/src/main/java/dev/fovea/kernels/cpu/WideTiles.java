package dev.fovea.kernels.cpu;

import static dev.fovea.kernels.cpu.Memory.ALL;
import static dev.fovea.kernels.cpu.Simd.BYTE;
import static dev.fovea.kernels.cpu.Simd.FLOAT;
import static dev.fovea.kernels.cpu.Simd.FLOATS;
import static dev.fovea.kernels.cpu.Simd.ORDER;

import jdk.incubator.vector.FloatVector;

/**
 * The GEMM micro-kernel for machines with 32 vector registers (AVX-512, NEON): up to 6 rows of A times a panel of B that is 4
 * vectors wide, the 6 x 4 tile of C in registers.
 *
 * <pre>
 * for k in 0 .. depth                   one row of the panel: 4 loads
 *   touch                               a byte of the next panel, see {@link Kernels#tile}
 *   for r in 0 .. rows                  one element of A: a broadcast load
 *     for v in 0 .. 4                   sum[r][v] += A[r][k] * B[k][v]
 * C = start + sum
 * </pre>
 *
 * 24 independent sums cover the latency of the multiply-add (4 cycles, 2 a cycle) three times over, and 10 loads feed 24
 * multiply-adds, so the two load ports keep up. Written out because C2 keeps a vector in a register only if it is a local
 * variable: an array of accumulators would be boxed. The loop counter is an int and every address is linear in it, which lets C2
 * drop the bounds checks. The vectors are read and written by the API's own methods and no helper of ours: C2 inlines those without a
 * limit, but stops inlining others once a method has grown past 8000 bytecodes, and what is not inlined is boxed. Nor may a method
 * grow much larger than this: C1 gives up on it in the tier that counts calls for C2, and it stays slow for ever. Twin: the sums in {@code ReferenceBackend.linear}.
 */
final class WideTiles {

    private static final long VECTOR = Simd.VECTOR_BYTES;
    private static final long PANEL = 4 * VECTOR;

    private WideTiles() {}

    /** Multiplies 6, 4, 2 or 1 rows; see {@link Kernels#tile}. */
    static int tile(
            int rows,
            long a,
            long aStride,
            long b,
            int depth,
            long start,
            long c,
            long cStride,
            long ahead,
            long aheadStride) {
        return switch (rows) {
            case 6 -> tile6(a, aStride, b, depth, start, c, cStride, ahead, aheadStride);
            case 4 -> tile4(a, aStride, b, depth, start, c, cStride, ahead, aheadStride);
            case 2 -> tile2(a, aStride, b, depth, start, c, cStride, ahead, aheadStride);
            case 1 -> tile1(a, b, depth, start, c, ahead, aheadStride);
            default -> throw new IllegalArgumentException("a tile of " + rows + " rows");
        };
    }

    private static int tile6(
            long a, long aStride, long b, int depth, long start, long c, long cStride, long ahead, long aheadStride) {
        int touched = 0;
        long a0 = a;
        long a1 = a + aStride;
        long a2 = a + 2 * aStride;
        long a3 = a + 3 * aStride;
        long a4 = a + 4 * aStride;
        long a5 = a + 5 * aStride;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        FloatVector c0v2 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 2 * VECTOR, ORDER);
        FloatVector c0v3 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 3 * VECTOR, ORDER);
        FloatVector c1v0 = c0v0;
        FloatVector c1v1 = c0v1;
        FloatVector c1v2 = c0v2;
        FloatVector c1v3 = c0v3;
        FloatVector c2v0 = c0v0;
        FloatVector c2v1 = c0v1;
        FloatVector c2v2 = c0v2;
        FloatVector c2v3 = c0v3;
        FloatVector c3v0 = c0v0;
        FloatVector c3v1 = c0v1;
        FloatVector c3v2 = c0v2;
        FloatVector c3v3 = c0v3;
        FloatVector c4v0 = c0v0;
        FloatVector c4v1 = c0v1;
        FloatVector c4v2 = c0v2;
        FloatVector c4v3 = c0v3;
        FloatVector c5v0 = c0v0;
        FloatVector c5v1 = c0v1;
        FloatVector c5v2 = c0v2;
        FloatVector c5v3 = c0v3;
        for (int k = 0; k < depth; k++) {
            touched ^= ALL.get(BYTE, ahead + k * aheadStride);
            long row = b + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR, ORDER);
            FloatVector b2 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 2 * VECTOR, ORDER);
            FloatVector b3 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 3 * VECTOR, ORDER);
            FloatVector x0 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a0 + k * 4L));
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            c0v2 = x0.fma(b2, c0v2);
            c0v3 = x0.fma(b3, c0v3);
            FloatVector x1 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a1 + k * 4L));
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
            c1v2 = x1.fma(b2, c1v2);
            c1v3 = x1.fma(b3, c1v3);
            FloatVector x2 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a2 + k * 4L));
            c2v0 = x2.fma(b0, c2v0);
            c2v1 = x2.fma(b1, c2v1);
            c2v2 = x2.fma(b2, c2v2);
            c2v3 = x2.fma(b3, c2v3);
            FloatVector x3 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a3 + k * 4L));
            c3v0 = x3.fma(b0, c3v0);
            c3v1 = x3.fma(b1, c3v1);
            c3v2 = x3.fma(b2, c3v2);
            c3v3 = x3.fma(b3, c3v3);
            FloatVector x4 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a4 + k * 4L));
            c4v0 = x4.fma(b0, c4v0);
            c4v1 = x4.fma(b1, c4v1);
            c4v2 = x4.fma(b2, c4v2);
            c4v3 = x4.fma(b3, c4v3);
            FloatVector x5 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a5 + k * 4L));
            c5v0 = x5.fma(b0, c5v0);
            c5v1 = x5.fma(b1, c5v1);
            c5v2 = x5.fma(b2, c5v2);
            c5v3 = x5.fma(b3, c5v3);
        }
        long c0 = c;
        c0v0.intoMemorySegment(ALL, c0, ORDER);
        c0v1.intoMemorySegment(ALL, c0 + VECTOR, ORDER);
        c0v2.intoMemorySegment(ALL, c0 + 2 * VECTOR, ORDER);
        c0v3.intoMemorySegment(ALL, c0 + 3 * VECTOR, ORDER);
        long c1 = c + cStride;
        c1v0.intoMemorySegment(ALL, c1, ORDER);
        c1v1.intoMemorySegment(ALL, c1 + VECTOR, ORDER);
        c1v2.intoMemorySegment(ALL, c1 + 2 * VECTOR, ORDER);
        c1v3.intoMemorySegment(ALL, c1 + 3 * VECTOR, ORDER);
        long c2 = c + 2 * cStride;
        c2v0.intoMemorySegment(ALL, c2, ORDER);
        c2v1.intoMemorySegment(ALL, c2 + VECTOR, ORDER);
        c2v2.intoMemorySegment(ALL, c2 + 2 * VECTOR, ORDER);
        c2v3.intoMemorySegment(ALL, c2 + 3 * VECTOR, ORDER);
        long c3 = c + 3 * cStride;
        c3v0.intoMemorySegment(ALL, c3, ORDER);
        c3v1.intoMemorySegment(ALL, c3 + VECTOR, ORDER);
        c3v2.intoMemorySegment(ALL, c3 + 2 * VECTOR, ORDER);
        c3v3.intoMemorySegment(ALL, c3 + 3 * VECTOR, ORDER);
        long c4 = c + 4 * cStride;
        c4v0.intoMemorySegment(ALL, c4, ORDER);
        c4v1.intoMemorySegment(ALL, c4 + VECTOR, ORDER);
        c4v2.intoMemorySegment(ALL, c4 + 2 * VECTOR, ORDER);
        c4v3.intoMemorySegment(ALL, c4 + 3 * VECTOR, ORDER);
        long c5 = c + 5 * cStride;
        c5v0.intoMemorySegment(ALL, c5, ORDER);
        c5v1.intoMemorySegment(ALL, c5 + VECTOR, ORDER);
        c5v2.intoMemorySegment(ALL, c5 + 2 * VECTOR, ORDER);
        c5v3.intoMemorySegment(ALL, c5 + 3 * VECTOR, ORDER);
        return touched;
    }

    private static int tile4(
            long a, long aStride, long b, int depth, long start, long c, long cStride, long ahead, long aheadStride) {
        int touched = 0;
        long a0 = a;
        long a1 = a + aStride;
        long a2 = a + 2 * aStride;
        long a3 = a + 3 * aStride;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        FloatVector c0v2 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 2 * VECTOR, ORDER);
        FloatVector c0v3 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 3 * VECTOR, ORDER);
        FloatVector c1v0 = c0v0;
        FloatVector c1v1 = c0v1;
        FloatVector c1v2 = c0v2;
        FloatVector c1v3 = c0v3;
        FloatVector c2v0 = c0v0;
        FloatVector c2v1 = c0v1;
        FloatVector c2v2 = c0v2;
        FloatVector c2v3 = c0v3;
        FloatVector c3v0 = c0v0;
        FloatVector c3v1 = c0v1;
        FloatVector c3v2 = c0v2;
        FloatVector c3v3 = c0v3;
        for (int k = 0; k < depth; k++) {
            touched ^= ALL.get(BYTE, ahead + k * aheadStride);
            long row = b + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR, ORDER);
            FloatVector b2 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 2 * VECTOR, ORDER);
            FloatVector b3 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 3 * VECTOR, ORDER);
            FloatVector x0 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a0 + k * 4L));
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            c0v2 = x0.fma(b2, c0v2);
            c0v3 = x0.fma(b3, c0v3);
            FloatVector x1 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a1 + k * 4L));
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
            c1v2 = x1.fma(b2, c1v2);
            c1v3 = x1.fma(b3, c1v3);
            FloatVector x2 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a2 + k * 4L));
            c2v0 = x2.fma(b0, c2v0);
            c2v1 = x2.fma(b1, c2v1);
            c2v2 = x2.fma(b2, c2v2);
            c2v3 = x2.fma(b3, c2v3);
            FloatVector x3 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a3 + k * 4L));
            c3v0 = x3.fma(b0, c3v0);
            c3v1 = x3.fma(b1, c3v1);
            c3v2 = x3.fma(b2, c3v2);
            c3v3 = x3.fma(b3, c3v3);
        }
        long c0 = c;
        c0v0.intoMemorySegment(ALL, c0, ORDER);
        c0v1.intoMemorySegment(ALL, c0 + VECTOR, ORDER);
        c0v2.intoMemorySegment(ALL, c0 + 2 * VECTOR, ORDER);
        c0v3.intoMemorySegment(ALL, c0 + 3 * VECTOR, ORDER);
        long c1 = c + cStride;
        c1v0.intoMemorySegment(ALL, c1, ORDER);
        c1v1.intoMemorySegment(ALL, c1 + VECTOR, ORDER);
        c1v2.intoMemorySegment(ALL, c1 + 2 * VECTOR, ORDER);
        c1v3.intoMemorySegment(ALL, c1 + 3 * VECTOR, ORDER);
        long c2 = c + 2 * cStride;
        c2v0.intoMemorySegment(ALL, c2, ORDER);
        c2v1.intoMemorySegment(ALL, c2 + VECTOR, ORDER);
        c2v2.intoMemorySegment(ALL, c2 + 2 * VECTOR, ORDER);
        c2v3.intoMemorySegment(ALL, c2 + 3 * VECTOR, ORDER);
        long c3 = c + 3 * cStride;
        c3v0.intoMemorySegment(ALL, c3, ORDER);
        c3v1.intoMemorySegment(ALL, c3 + VECTOR, ORDER);
        c3v2.intoMemorySegment(ALL, c3 + 2 * VECTOR, ORDER);
        c3v3.intoMemorySegment(ALL, c3 + 3 * VECTOR, ORDER);
        return touched;
    }

    private static int tile2(
            long a, long aStride, long b, int depth, long start, long c, long cStride, long ahead, long aheadStride) {
        int touched = 0;
        long a0 = a;
        long a1 = a + aStride;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        FloatVector c0v2 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 2 * VECTOR, ORDER);
        FloatVector c0v3 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 3 * VECTOR, ORDER);
        FloatVector c1v0 = c0v0;
        FloatVector c1v1 = c0v1;
        FloatVector c1v2 = c0v2;
        FloatVector c1v3 = c0v3;
        for (int k = 0; k < depth; k++) {
            touched ^= ALL.get(BYTE, ahead + k * aheadStride);
            long row = b + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR, ORDER);
            FloatVector b2 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 2 * VECTOR, ORDER);
            FloatVector b3 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 3 * VECTOR, ORDER);
            FloatVector x0 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a0 + k * 4L));
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            c0v2 = x0.fma(b2, c0v2);
            c0v3 = x0.fma(b3, c0v3);
            FloatVector x1 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a1 + k * 4L));
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
            c1v2 = x1.fma(b2, c1v2);
            c1v3 = x1.fma(b3, c1v3);
        }
        long c0 = c;
        c0v0.intoMemorySegment(ALL, c0, ORDER);
        c0v1.intoMemorySegment(ALL, c0 + VECTOR, ORDER);
        c0v2.intoMemorySegment(ALL, c0 + 2 * VECTOR, ORDER);
        c0v3.intoMemorySegment(ALL, c0 + 3 * VECTOR, ORDER);
        long c1 = c + cStride;
        c1v0.intoMemorySegment(ALL, c1, ORDER);
        c1v1.intoMemorySegment(ALL, c1 + VECTOR, ORDER);
        c1v2.intoMemorySegment(ALL, c1 + 2 * VECTOR, ORDER);
        c1v3.intoMemorySegment(ALL, c1 + 3 * VECTOR, ORDER);
        return touched;
    }

    private static int tile1(long a, long b, int depth, long start, long c, long ahead, long aheadStride) {
        int touched = 0;
        long a0 = a;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        FloatVector c0v2 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 2 * VECTOR, ORDER);
        FloatVector c0v3 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 3 * VECTOR, ORDER);
        for (int k = 0; k < depth; k++) {
            touched ^= ALL.get(BYTE, ahead + k * aheadStride);
            long row = b + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR, ORDER);
            FloatVector b2 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 2 * VECTOR, ORDER);
            FloatVector b3 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 3 * VECTOR, ORDER);
            FloatVector x0 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a0 + k * 4L));
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            c0v2 = x0.fma(b2, c0v2);
            c0v3 = x0.fma(b3, c0v3);
        }
        long c0 = c;
        c0v0.intoMemorySegment(ALL, c0, ORDER);
        c0v1.intoMemorySegment(ALL, c0 + VECTOR, ORDER);
        c0v2.intoMemorySegment(ALL, c0 + 2 * VECTOR, ORDER);
        c0v3.intoMemorySegment(ALL, c0 + 3 * VECTOR, ORDER);
        return touched;
    }
}
