package dev.fovea.kernels.cpu;

import static dev.fovea.kernels.cpu.Simd.broadcast;
import static dev.fovea.kernels.cpu.Simd.load;
import static dev.fovea.kernels.cpu.Simd.store;

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

    /** Multiplies up to {@value Simd#TILE_ROWS} rows; see {@link Kernels#tile}. */
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
            case 5 -> tile5(a, aOffset, aStride, b, bOffset, depth, c, cOffset, cStride);
            case 4 -> tile4(a, aOffset, aStride, b, bOffset, depth, c, cOffset, cStride);
            case 3 -> {
                tile2(a, aOffset, aStride, b, bOffset, depth, c, cOffset, cStride);
                tile1(a, aOffset + 2 * aStride, b, bOffset, depth, c, cOffset + 2 * cStride);
            }
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
        FloatVector c0v0 = load(c, c0);
        FloatVector c0v1 = load(c, c0 + VECTOR);
        FloatVector c1v0 = load(c, c1);
        FloatVector c1v1 = load(c, c1 + VECTOR);
        FloatVector c2v0 = load(c, c2);
        FloatVector c2v1 = load(c, c2 + VECTOR);
        FloatVector c3v0 = load(c, c3);
        FloatVector c3v1 = load(c, c3 + VECTOR);
        FloatVector c4v0 = load(c, c4);
        FloatVector c4v1 = load(c, c4 + VECTOR);
        FloatVector c5v0 = load(c, c5);
        FloatVector c5v1 = load(c, c5 + VECTOR);
        for (int k = 0; k < depth; k++) {
            long row = bOffset + k * PANEL;
            FloatVector b0 = load(b, row);
            FloatVector b1 = load(b, row + VECTOR);
            FloatVector x0 = broadcast(a, a0 + k * 4L);
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            FloatVector x1 = broadcast(a, a1 + k * 4L);
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
            FloatVector x2 = broadcast(a, a2 + k * 4L);
            c2v0 = x2.fma(b0, c2v0);
            c2v1 = x2.fma(b1, c2v1);
            FloatVector x3 = broadcast(a, a3 + k * 4L);
            c3v0 = x3.fma(b0, c3v0);
            c3v1 = x3.fma(b1, c3v1);
            FloatVector x4 = broadcast(a, a4 + k * 4L);
            c4v0 = x4.fma(b0, c4v0);
            c4v1 = x4.fma(b1, c4v1);
            FloatVector x5 = broadcast(a, a5 + k * 4L);
            c5v0 = x5.fma(b0, c5v0);
            c5v1 = x5.fma(b1, c5v1);
        }
        store(c0v0, c, c0);
        store(c0v1, c, c0 + VECTOR);
        store(c1v0, c, c1);
        store(c1v1, c, c1 + VECTOR);
        store(c2v0, c, c2);
        store(c2v1, c, c2 + VECTOR);
        store(c3v0, c, c3);
        store(c3v1, c, c3 + VECTOR);
        store(c4v0, c, c4);
        store(c4v1, c, c4 + VECTOR);
        store(c5v0, c, c5);
        store(c5v1, c, c5 + VECTOR);
    }

    private static void tile5(
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
        long c0 = cOffset;
        long c1 = cOffset + cStride;
        long c2 = cOffset + 2 * cStride;
        long c3 = cOffset + 3 * cStride;
        long c4 = cOffset + 4 * cStride;
        FloatVector c0v0 = load(c, c0);
        FloatVector c0v1 = load(c, c0 + VECTOR);
        FloatVector c1v0 = load(c, c1);
        FloatVector c1v1 = load(c, c1 + VECTOR);
        FloatVector c2v0 = load(c, c2);
        FloatVector c2v1 = load(c, c2 + VECTOR);
        FloatVector c3v0 = load(c, c3);
        FloatVector c3v1 = load(c, c3 + VECTOR);
        FloatVector c4v0 = load(c, c4);
        FloatVector c4v1 = load(c, c4 + VECTOR);
        for (int k = 0; k < depth; k++) {
            long row = bOffset + k * PANEL;
            FloatVector b0 = load(b, row);
            FloatVector b1 = load(b, row + VECTOR);
            FloatVector x0 = broadcast(a, a0 + k * 4L);
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            FloatVector x1 = broadcast(a, a1 + k * 4L);
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
            FloatVector x2 = broadcast(a, a2 + k * 4L);
            c2v0 = x2.fma(b0, c2v0);
            c2v1 = x2.fma(b1, c2v1);
            FloatVector x3 = broadcast(a, a3 + k * 4L);
            c3v0 = x3.fma(b0, c3v0);
            c3v1 = x3.fma(b1, c3v1);
            FloatVector x4 = broadcast(a, a4 + k * 4L);
            c4v0 = x4.fma(b0, c4v0);
            c4v1 = x4.fma(b1, c4v1);
        }
        store(c0v0, c, c0);
        store(c0v1, c, c0 + VECTOR);
        store(c1v0, c, c1);
        store(c1v1, c, c1 + VECTOR);
        store(c2v0, c, c2);
        store(c2v1, c, c2 + VECTOR);
        store(c3v0, c, c3);
        store(c3v1, c, c3 + VECTOR);
        store(c4v0, c, c4);
        store(c4v1, c, c4 + VECTOR);
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
        FloatVector c0v0 = load(c, c0);
        FloatVector c0v1 = load(c, c0 + VECTOR);
        FloatVector c1v0 = load(c, c1);
        FloatVector c1v1 = load(c, c1 + VECTOR);
        FloatVector c2v0 = load(c, c2);
        FloatVector c2v1 = load(c, c2 + VECTOR);
        FloatVector c3v0 = load(c, c3);
        FloatVector c3v1 = load(c, c3 + VECTOR);
        for (int k = 0; k < depth; k++) {
            long row = bOffset + k * PANEL;
            FloatVector b0 = load(b, row);
            FloatVector b1 = load(b, row + VECTOR);
            FloatVector x0 = broadcast(a, a0 + k * 4L);
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            FloatVector x1 = broadcast(a, a1 + k * 4L);
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
            FloatVector x2 = broadcast(a, a2 + k * 4L);
            c2v0 = x2.fma(b0, c2v0);
            c2v1 = x2.fma(b1, c2v1);
            FloatVector x3 = broadcast(a, a3 + k * 4L);
            c3v0 = x3.fma(b0, c3v0);
            c3v1 = x3.fma(b1, c3v1);
        }
        store(c0v0, c, c0);
        store(c0v1, c, c0 + VECTOR);
        store(c1v0, c, c1);
        store(c1v1, c, c1 + VECTOR);
        store(c2v0, c, c2);
        store(c2v1, c, c2 + VECTOR);
        store(c3v0, c, c3);
        store(c3v1, c, c3 + VECTOR);
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
        FloatVector c0v0 = load(c, c0);
        FloatVector c0v1 = load(c, c0 + VECTOR);
        FloatVector c1v0 = load(c, c1);
        FloatVector c1v1 = load(c, c1 + VECTOR);
        for (int k = 0; k < depth; k++) {
            long row = bOffset + k * PANEL;
            FloatVector b0 = load(b, row);
            FloatVector b1 = load(b, row + VECTOR);
            FloatVector x0 = broadcast(a, a0 + k * 4L);
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
            FloatVector x1 = broadcast(a, a1 + k * 4L);
            c1v0 = x1.fma(b0, c1v0);
            c1v1 = x1.fma(b1, c1v1);
        }
        store(c0v0, c, c0);
        store(c0v1, c, c0 + VECTOR);
        store(c1v0, c, c1);
        store(c1v1, c, c1 + VECTOR);
    }

    private static void tile1(
            MemorySegment a, long aOffset, MemorySegment b, long bOffset, int depth, MemorySegment c, long cOffset) {
        long a0 = aOffset;
        long c0 = cOffset;
        FloatVector c0v0 = load(c, c0);
        FloatVector c0v1 = load(c, c0 + VECTOR);
        for (int k = 0; k < depth; k++) {
            long row = bOffset + k * PANEL;
            FloatVector b0 = load(b, row);
            FloatVector b1 = load(b, row + VECTOR);
            FloatVector x0 = broadcast(a, a0 + k * 4L);
            c0v0 = x0.fma(b0, c0v0);
            c0v1 = x0.fma(b1, c0v1);
        }
        store(c0v0, c, c0);
        store(c0v1, c, c0 + VECTOR);
    }
}
