package dev.fovea.kernels.cpu;

import static dev.fovea.kernels.cpu.Simd.FLOAT;
import static dev.fovea.kernels.cpu.Simd.FLOATS;
import static dev.fovea.kernels.cpu.Simd.ORDER;

import java.lang.foreign.MemorySegment;
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
    static void tile(
            int rows,
            MemorySegment a,
            long aOffset,
            long aStride,
            MemorySegment b,
            long bOffset,
            int depth,
            MemorySegment c,
            long cOffset,
            long cStride) {
        switch (rows) {
            case 6 -> tile6(a, aOffset, aStride, b, bOffset, depth, c, cOffset, cStride);
            case 4 -> tile4(a, aOffset, aStride, b, bOffset, depth, c, cOffset, cStride);
            case 2 -> tile2(a, aOffset, aStride, b, bOffset, depth, c, cOffset, cStride);
            case 1 -> tile1(a, aOffset, b, bOffset, depth, c, cOffset);
            default -> throw new IllegalArgumentException("a tile of " + rows + " rows");
        }
    }

    private static void tile6(
            MemorySegment a,
            long aOffset,
            long aStride,
            MemorySegment b,
            long bOffset,
            int depth,
            MemorySegment c,
            long cOffset,
            long cStride) {
        long a0 = aOffset;
        long a1 = aOffset + aStride;
        long a2 = aOffset + 2 * aStride;
        long a3 = aOffset + 3 * aStride;
        long a4 = aOffset + 4 * aStride;
        long a5 = aOffset + 5 * aStride;
        long c0 = cOffset;
        long c1 = cOffset + cStride;
        long c2 = cOffset + 2 * cStride;
        long c3 = cOffset + 3 * cStride;
        long c4 = cOffset + 4 * cStride;
        long c5 = cOffset + 5 * cStride;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, c, c0, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, c, c0 + VECTOR, ORDER);
        FloatVector c1v0 = FloatVector.fromMemorySegment(FLOATS, c, c1, ORDER);
        FloatVector c1v1 = FloatVector.fromMemorySegment(FLOATS, c, c1 + VECTOR, ORDER);
        FloatVector c2v0 = FloatVector.fromMemorySegment(FLOATS, c, c2, ORDER);
        FloatVector c2v1 = FloatVector.fromMemorySegment(FLOATS, c, c2 + VECTOR, ORDER);
        FloatVector c3v0 = FloatVector.fromMemorySegment(FLOATS, c, c3, ORDER);
        FloatVector c3v1 = FloatVector.fromMemorySegment(FLOATS, c, c3 + VECTOR, ORDER);
        FloatVector c4v0 = FloatVector.fromMemorySegment(FLOATS, c, c4, ORDER);
        FloatVector c4v1 = FloatVector.fromMemorySegment(FLOATS, c, c4 + VECTOR, ORDER);
        FloatVector c5v0 = FloatVector.fromMemorySegment(FLOATS, c, c5, ORDER);
        FloatVector c5v1 = FloatVector.fromMemorySegment(FLOATS, c, c5 + VECTOR, ORDER);
        for (int k = 0; k < depth; k++) {
            long row = bOffset + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, b, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, b, row + VECTOR, ORDER);
            FloatVector x0 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a0 + k * 4L));
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            FloatVector x1 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a1 + k * 4L));
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
            FloatVector x2 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a2 + k * 4L));
            c2v0 = x2.fma(b0, c2v0);
            c2v1 = x2.fma(b1, c2v1);
            FloatVector x3 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a3 + k * 4L));
            c3v0 = x3.fma(b0, c3v0);
            c3v1 = x3.fma(b1, c3v1);
            FloatVector x4 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a4 + k * 4L));
            c4v0 = x4.fma(b0, c4v0);
            c4v1 = x4.fma(b1, c4v1);
            FloatVector x5 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a5 + k * 4L));
            c5v0 = x5.fma(b0, c5v0);
            c5v1 = x5.fma(b1, c5v1);
        }
        c0v0.intoMemorySegment(c, c0, ORDER);
        c0v1.intoMemorySegment(c, c0 + VECTOR, ORDER);
        c1v0.intoMemorySegment(c, c1, ORDER);
        c1v1.intoMemorySegment(c, c1 + VECTOR, ORDER);
        c2v0.intoMemorySegment(c, c2, ORDER);
        c2v1.intoMemorySegment(c, c2 + VECTOR, ORDER);
        c3v0.intoMemorySegment(c, c3, ORDER);
        c3v1.intoMemorySegment(c, c3 + VECTOR, ORDER);
        c4v0.intoMemorySegment(c, c4, ORDER);
        c4v1.intoMemorySegment(c, c4 + VECTOR, ORDER);
        c5v0.intoMemorySegment(c, c5, ORDER);
        c5v1.intoMemorySegment(c, c5 + VECTOR, ORDER);
    }

    private static void tile4(
            MemorySegment a,
            long aOffset,
            long aStride,
            MemorySegment b,
            long bOffset,
            int depth,
            MemorySegment c,
            long cOffset,
            long cStride) {
        long a0 = aOffset;
        long a1 = aOffset + aStride;
        long a2 = aOffset + 2 * aStride;
        long a3 = aOffset + 3 * aStride;
        long c0 = cOffset;
        long c1 = cOffset + cStride;
        long c2 = cOffset + 2 * cStride;
        long c3 = cOffset + 3 * cStride;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, c, c0, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, c, c0 + VECTOR, ORDER);
        FloatVector c1v0 = FloatVector.fromMemorySegment(FLOATS, c, c1, ORDER);
        FloatVector c1v1 = FloatVector.fromMemorySegment(FLOATS, c, c1 + VECTOR, ORDER);
        FloatVector c2v0 = FloatVector.fromMemorySegment(FLOATS, c, c2, ORDER);
        FloatVector c2v1 = FloatVector.fromMemorySegment(FLOATS, c, c2 + VECTOR, ORDER);
        FloatVector c3v0 = FloatVector.fromMemorySegment(FLOATS, c, c3, ORDER);
        FloatVector c3v1 = FloatVector.fromMemorySegment(FLOATS, c, c3 + VECTOR, ORDER);
        for (int k = 0; k < depth; k++) {
            long row = bOffset + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, b, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, b, row + VECTOR, ORDER);
            FloatVector x0 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a0 + k * 4L));
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            FloatVector x1 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a1 + k * 4L));
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
            FloatVector x2 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a2 + k * 4L));
            c2v0 = x2.fma(b0, c2v0);
            c2v1 = x2.fma(b1, c2v1);
            FloatVector x3 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a3 + k * 4L));
            c3v0 = x3.fma(b0, c3v0);
            c3v1 = x3.fma(b1, c3v1);
        }
        c0v0.intoMemorySegment(c, c0, ORDER);
        c0v1.intoMemorySegment(c, c0 + VECTOR, ORDER);
        c1v0.intoMemorySegment(c, c1, ORDER);
        c1v1.intoMemorySegment(c, c1 + VECTOR, ORDER);
        c2v0.intoMemorySegment(c, c2, ORDER);
        c2v1.intoMemorySegment(c, c2 + VECTOR, ORDER);
        c3v0.intoMemorySegment(c, c3, ORDER);
        c3v1.intoMemorySegment(c, c3 + VECTOR, ORDER);
    }

    private static void tile2(
            MemorySegment a,
            long aOffset,
            long aStride,
            MemorySegment b,
            long bOffset,
            int depth,
            MemorySegment c,
            long cOffset,
            long cStride) {
        long a0 = aOffset;
        long a1 = aOffset + aStride;
        long c0 = cOffset;
        long c1 = cOffset + cStride;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, c, c0, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, c, c0 + VECTOR, ORDER);
        FloatVector c1v0 = FloatVector.fromMemorySegment(FLOATS, c, c1, ORDER);
        FloatVector c1v1 = FloatVector.fromMemorySegment(FLOATS, c, c1 + VECTOR, ORDER);
        for (int k = 0; k < depth; k++) {
            long row = bOffset + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, b, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, b, row + VECTOR, ORDER);
            FloatVector x0 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a0 + k * 4L));
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            FloatVector x1 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a1 + k * 4L));
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
        }
        c0v0.intoMemorySegment(c, c0, ORDER);
        c0v1.intoMemorySegment(c, c0 + VECTOR, ORDER);
        c1v0.intoMemorySegment(c, c1, ORDER);
        c1v1.intoMemorySegment(c, c1 + VECTOR, ORDER);
    }

    private static void tile1(
            MemorySegment a, long aOffset, MemorySegment b, long bOffset, int depth, MemorySegment c, long cOffset) {
        long a0 = aOffset;
        long c0 = cOffset;
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, c, c0, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, c, c0 + VECTOR, ORDER);
        for (int k = 0; k < depth; k++) {
            long row = bOffset + k * PANEL;
            FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, b, row, ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, b, row + VECTOR, ORDER);
            FloatVector x0 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a0 + k * 4L));
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
        }
        c0v0.intoMemorySegment(c, c0, ORDER);
        c0v1.intoMemorySegment(c, c0 + VECTOR, ORDER);
    }
}
