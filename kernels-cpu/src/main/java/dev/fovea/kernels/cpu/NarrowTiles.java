package dev.fovea.kernels.cpu;

import static dev.fovea.kernels.cpu.Memory.ALL;
import static dev.fovea.kernels.cpu.Simd.BYTE;
import static dev.fovea.kernels.cpu.Simd.FLOAT;
import static dev.fovea.kernels.cpu.Simd.FLOATS;
import static dev.fovea.kernels.cpu.Simd.ORDER;

import jdk.incubator.vector.FloatVector;

/**
 * The GEMM micro-kernel for machines with 16 vector registers (AVX2, SSE): the loop nest of {@link WideTiles} over panels that are 2
 * vectors wide. 12 sums, 2 vectors of B and 1 of A are 15 registers.
 */
final class NarrowTiles {

    private static final long VECTOR = Simd.VECTOR_BYTES;
    private static final long PANEL = 2 * VECTOR;

    private NarrowTiles() {}

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
            touched ^= ALL.get(BYTE, ahead + k * aheadStride);
            long row = b + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR, ORDER);
            FloatVector x0 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a0 + k * 4L));
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            FloatVector x1 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a1 + k * 4L));
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
            FloatVector x2 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a2 + k * 4L));
            c2v0 = x2.fma(b0, c2v0);
            c2v1 = x2.fma(b1, c2v1);
            FloatVector x3 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a3 + k * 4L));
            c3v0 = x3.fma(b0, c3v0);
            c3v1 = x3.fma(b1, c3v1);
            FloatVector x4 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a4 + k * 4L));
            c4v0 = x4.fma(b0, c4v0);
            c4v1 = x4.fma(b1, c4v1);
            FloatVector x5 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a5 + k * 4L));
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
            long a, long aStride, long b, int depth, long start, long c, long cStride, long ahead, long aheadStride) {
        int touched = 0;
        long a0 = a;
        long a1 = a + aStride;
        long a2 = a + 2 * aStride;
        long a3 = a + 3 * aStride;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        FloatVector c1v0 = c0v0;
        FloatVector c1v1 = c0v1;
        FloatVector c2v0 = c0v0;
        FloatVector c2v1 = c0v1;
        FloatVector c3v0 = c0v0;
        FloatVector c3v1 = c0v1;
        for (int k = 0; k < depth; k++) {
            touched ^= ALL.get(BYTE, ahead + k * aheadStride);
            long row = b + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR, ORDER);
            FloatVector x0 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a0 + k * 4L));
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            FloatVector x1 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a1 + k * 4L));
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
            FloatVector x2 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a2 + k * 4L));
            c2v0 = x2.fma(b0, c2v0);
            c2v1 = x2.fma(b1, c2v1);
            FloatVector x3 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a3 + k * 4L));
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

    private static int tile2(
            long a, long aStride, long b, int depth, long start, long c, long cStride, long ahead, long aheadStride) {
        int touched = 0;
        long a0 = a;
        long a1 = a + aStride;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        FloatVector c1v0 = c0v0;
        FloatVector c1v1 = c0v1;
        for (int k = 0; k < depth; k++) {
            touched ^= ALL.get(BYTE, ahead + k * aheadStride);
            long row = b + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR, ORDER);
            FloatVector x0 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a0 + k * 4L));
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            FloatVector x1 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a1 + k * 4L));
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
        }
        long c0 = c;
        c0v0.intoMemorySegment(ALL, c0, ORDER);
        c0v1.intoMemorySegment(ALL, c0 + VECTOR, ORDER);
        long c1 = c + cStride;
        c1v0.intoMemorySegment(ALL, c1, ORDER);
        c1v1.intoMemorySegment(ALL, c1 + VECTOR, ORDER);
        return touched;
    }

    private static int tile1(long a, long b, int depth, long start, long c, long ahead, long aheadStride) {
        int touched = 0;
        long a0 = a;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        for (int k = 0; k < depth; k++) {
            touched ^= ALL.get(BYTE, ahead + k * aheadStride);
            long row = b + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR, ORDER);
            FloatVector x0 = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a0 + k * 4L));
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
        }
        long c0 = c;
        c0v0.intoMemorySegment(ALL, c0, ORDER);
        c0v1.intoMemorySegment(ALL, c0 + VECTOR, ORDER);
        return touched;
    }
}
