package dev.fovea.kernels.cpu.loops;

import static dev.fovea.kernels.cpu.loops.Simd.FLOATS;
import static dev.fovea.kernels.cpu.loops.Simd.LANES;
import static dev.fovea.kernels.cpu.loops.Simd.ORDER;
import static dev.fovea.kernels.cpu.memory.Memory.ALL;

import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Multiplies few rows of A with several panels of B side by side, in floats or in bytes that are widened on their way
 * into the multiply-adds:
 *
 * <pre>
 * for each group of inputs                        one row of scales for each panel, if B is bytes
 *   for k in the group
 *     for p in 0 .. panels, v in 0 .. 2           B[p][k][v] = bytes * scale
 *       for r in 0 .. rows
 *         sum[r][p][v] += A[k][r] * B[p][k][v]
 * C = start + sum
 * </pre>
 *
 * A decoder's step has one row, or one for each beam, and reads every weight for it. The two sums of one row and one
 * panel would wait for their own additions, and one panel is one stream of memory, which the hardware prefetches within
 * a page only: several panels keep multipliers and memory busy at once. Bytes that were widened into memory first would
 * be read as often as they are used. The operations and their order are those of {@link Kernels#widen} and {@link
 * Kernels#tile}, and so are the bits. Twin: the sums in {@code ReferenceBackend.linear}.
 */
final class LowTiles {

    private static final long VECTOR = Simd.VECTOR_BYTES;
    private static final long PANEL = 2 * VECTOR;
    private static final int GROUP = QuantizedMatrix.GROUP;

    private LowTiles() {}

    /** Returns how many panels are multiplied at a time for this many rows; 0 if there is no kernel for them. */
    static int panels(DType dtype, int rows) {
        if (dtype != DType.F32 && dtype != DType.I8) {
            return 0;
        }
        return rows == 1 ? 4 : rows == 4 ? 2 : 0;
    }

    /** Multiplies; see {@link Kernels#lowTile}. */
    static void tile(
            int rows, PackedMatrix weight, int panel, int input, float[] a, int offset, int depth, long start, long c) {
        long b = weight.address(panel, input);
        long next = weight.address(panel + 1, input) - b;
        if (weight.dtype() == DType.F32) {
            if (rows == 1) {
                floats1(a, offset, b, next, depth, start, c);
            } else {
                floats4(a, offset, b, next, depth, start, c);
            }
            return;
        }
        long scales = weight.scalesAddress(panel, input);
        long nextScales = weight.scalesAddress(panel + 1, input) - scales;
        if (rows == 1) {
            bytes1(a, offset, b, next, scales, nextScales, depth, start, c);
        } else {
            bytes4(a, offset, b, next, scales, nextScales, depth, start, c);
        }
    }

    private static void floats1(float[] a, int offset, long b, long next, int depth, long start, long c) {
        FloatVector c0p0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0p0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        FloatVector c0p1v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 2 * VECTOR, ORDER);
        FloatVector c0p1v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 3 * VECTOR, ORDER);
        FloatVector c0p2v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 4 * VECTOR, ORDER);
        FloatVector c0p2v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 5 * VECTOR, ORDER);
        FloatVector c0p3v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 6 * VECTOR, ORDER);
        FloatVector c0p3v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 7 * VECTOR, ORDER);
        long b1 = b + next;
        long b2 = b + 2 * next;
        long b3 = b + 3 * next;
        for (int k = 0; k < depth; k++) {
            long row = k * PANEL;
            FloatVector x0 = FloatVector.broadcast(FLOATS, a[offset + k]);
            FloatVector b0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, b + row, ORDER);
            c0p0v0 = x0.fma(b0v0, c0p0v0);
            FloatVector b0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, b + row + VECTOR, ORDER);
            c0p0v1 = x0.fma(b0v1, c0p0v1);
            FloatVector b1v0 = FloatVector.fromMemorySegment(FLOATS, ALL, b1 + row, ORDER);
            c0p1v0 = x0.fma(b1v0, c0p1v0);
            FloatVector b1v1 = FloatVector.fromMemorySegment(FLOATS, ALL, b1 + row + VECTOR, ORDER);
            c0p1v1 = x0.fma(b1v1, c0p1v1);
            FloatVector b2v0 = FloatVector.fromMemorySegment(FLOATS, ALL, b2 + row, ORDER);
            c0p2v0 = x0.fma(b2v0, c0p2v0);
            FloatVector b2v1 = FloatVector.fromMemorySegment(FLOATS, ALL, b2 + row + VECTOR, ORDER);
            c0p2v1 = x0.fma(b2v1, c0p2v1);
            FloatVector b3v0 = FloatVector.fromMemorySegment(FLOATS, ALL, b3 + row, ORDER);
            c0p3v0 = x0.fma(b3v0, c0p3v0);
            FloatVector b3v1 = FloatVector.fromMemorySegment(FLOATS, ALL, b3 + row + VECTOR, ORDER);
            c0p3v1 = x0.fma(b3v1, c0p3v1);
        }
        c0p0v0.intoMemorySegment(ALL, c, ORDER);
        c0p0v1.intoMemorySegment(ALL, c + VECTOR, ORDER);
        c0p1v0.intoMemorySegment(ALL, c + 2 * VECTOR, ORDER);
        c0p1v1.intoMemorySegment(ALL, c + 3 * VECTOR, ORDER);
        c0p2v0.intoMemorySegment(ALL, c + 4 * VECTOR, ORDER);
        c0p2v1.intoMemorySegment(ALL, c + 5 * VECTOR, ORDER);
        c0p3v0.intoMemorySegment(ALL, c + 6 * VECTOR, ORDER);
        c0p3v1.intoMemorySegment(ALL, c + 7 * VECTOR, ORDER);
    }

    private static void floats4(float[] a, int offset, long b, long next, int depth, long start, long c) {
        FloatVector c0p0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0p0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        FloatVector c0p1v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 2 * VECTOR, ORDER);
        FloatVector c0p1v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 3 * VECTOR, ORDER);
        FloatVector c1p0v0 = c0p0v0;
        FloatVector c1p0v1 = c0p0v1;
        FloatVector c1p1v0 = c0p1v0;
        FloatVector c1p1v1 = c0p1v1;
        FloatVector c2p0v0 = c0p0v0;
        FloatVector c2p0v1 = c0p0v1;
        FloatVector c2p1v0 = c0p1v0;
        FloatVector c2p1v1 = c0p1v1;
        FloatVector c3p0v0 = c0p0v0;
        FloatVector c3p0v1 = c0p0v1;
        FloatVector c3p1v0 = c0p1v0;
        FloatVector c3p1v1 = c0p1v1;
        long b1 = b + next;
        for (int k = 0; k < depth; k++) {
            long row = k * PANEL;
            FloatVector b0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, b + row, ORDER);
            FloatVector b0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, b + row + VECTOR, ORDER);
            FloatVector b1v0 = FloatVector.fromMemorySegment(FLOATS, ALL, b1 + row, ORDER);
            FloatVector b1v1 = FloatVector.fromMemorySegment(FLOATS, ALL, b1 + row + VECTOR, ORDER);
            int column = offset + k * 4;
            FloatVector x0 = FloatVector.broadcast(FLOATS, a[column]);
            c0p0v0 = x0.fma(b0v0, c0p0v0);
            c0p0v1 = x0.fma(b0v1, c0p0v1);
            c0p1v0 = x0.fma(b1v0, c0p1v0);
            c0p1v1 = x0.fma(b1v1, c0p1v1);
            FloatVector x1 = FloatVector.broadcast(FLOATS, a[column + 1]);
            c1p0v0 = x1.fma(b0v0, c1p0v0);
            c1p0v1 = x1.fma(b0v1, c1p0v1);
            c1p1v0 = x1.fma(b1v0, c1p1v0);
            c1p1v1 = x1.fma(b1v1, c1p1v1);
            FloatVector x2 = FloatVector.broadcast(FLOATS, a[column + 2]);
            c2p0v0 = x2.fma(b0v0, c2p0v0);
            c2p0v1 = x2.fma(b0v1, c2p0v1);
            c2p1v0 = x2.fma(b1v0, c2p1v0);
            c2p1v1 = x2.fma(b1v1, c2p1v1);
            FloatVector x3 = FloatVector.broadcast(FLOATS, a[column + 3]);
            c3p0v0 = x3.fma(b0v0, c3p0v0);
            c3p0v1 = x3.fma(b0v1, c3p0v1);
            c3p1v0 = x3.fma(b1v0, c3p1v0);
            c3p1v1 = x3.fma(b1v1, c3p1v1);
        }
        c0p0v0.intoMemorySegment(ALL, c, ORDER);
        c0p0v1.intoMemorySegment(ALL, c + VECTOR, ORDER);
        c0p1v0.intoMemorySegment(ALL, c + 2 * VECTOR, ORDER);
        c0p1v1.intoMemorySegment(ALL, c + 3 * VECTOR, ORDER);
        c1p0v0.intoMemorySegment(ALL, c + 4 * VECTOR, ORDER);
        c1p0v1.intoMemorySegment(ALL, c + 5 * VECTOR, ORDER);
        c1p1v0.intoMemorySegment(ALL, c + 6 * VECTOR, ORDER);
        c1p1v1.intoMemorySegment(ALL, c + 7 * VECTOR, ORDER);
        c2p0v0.intoMemorySegment(ALL, c + 8 * VECTOR, ORDER);
        c2p0v1.intoMemorySegment(ALL, c + 9 * VECTOR, ORDER);
        c2p1v0.intoMemorySegment(ALL, c + 10 * VECTOR, ORDER);
        c2p1v1.intoMemorySegment(ALL, c + 11 * VECTOR, ORDER);
        c3p0v0.intoMemorySegment(ALL, c + 12 * VECTOR, ORDER);
        c3p0v1.intoMemorySegment(ALL, c + 13 * VECTOR, ORDER);
        c3p1v0.intoMemorySegment(ALL, c + 14 * VECTOR, ORDER);
        c3p1v1.intoMemorySegment(ALL, c + 15 * VECTOR, ORDER);
    }

    private static void bytes1(
            float[] a, int offset, long b, long next, long scales, long nextScales, int depth, long start, long c) {
        FloatVector c0p0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0p0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        FloatVector c0p1v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 2 * VECTOR, ORDER);
        FloatVector c0p1v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 3 * VECTOR, ORDER);
        FloatVector c0p2v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 4 * VECTOR, ORDER);
        FloatVector c0p2v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 5 * VECTOR, ORDER);
        FloatVector c0p3v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 6 * VECTOR, ORDER);
        FloatVector c0p3v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 7 * VECTOR, ORDER);
        long b1 = b + next;
        long b2 = b + 2 * next;
        long b3 = b + 3 * next;
        for (int from = 0; from < depth; from += GROUP) {
            long scale = scales + from / GROUP * PANEL;
            FloatVector s0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, scale, ORDER);
            FloatVector s0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, scale + VECTOR, ORDER);
            FloatVector s1v0 = FloatVector.fromMemorySegment(FLOATS, ALL, scale + nextScales, ORDER);
            FloatVector s1v1 = FloatVector.fromMemorySegment(FLOATS, ALL, scale + nextScales + VECTOR, ORDER);
            FloatVector s2v0 = FloatVector.fromMemorySegment(FLOATS, ALL, scale + 2 * nextScales, ORDER);
            FloatVector s2v1 = FloatVector.fromMemorySegment(FLOATS, ALL, scale + 2 * nextScales + VECTOR, ORDER);
            FloatVector s3v0 = FloatVector.fromMemorySegment(FLOATS, ALL, scale + 3 * nextScales, ORDER);
            FloatVector s3v1 = FloatVector.fromMemorySegment(FLOATS, ALL, scale + 3 * nextScales + VECTOR, ORDER);
            int to = Math.min(depth, from + GROUP);
            for (int k = from; k < to; k++) {
                long row = (long) k * (2 * LANES);
                FloatVector x0 = FloatVector.broadcast(FLOATS, a[offset + k]);
                FloatVector b0v0 = ((FloatVector) ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, b + row, ORDER)
                                .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(s0v0);
                c0p0v0 = x0.fma(b0v0, c0p0v0);
                FloatVector b0v1 = ((FloatVector)
                                ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, b + row + LANES, ORDER)
                                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(s0v1);
                c0p0v1 = x0.fma(b0v1, c0p0v1);
                FloatVector b1v0 = ((FloatVector)
                                ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, b1 + row, ORDER)
                                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(s1v0);
                c0p1v0 = x0.fma(b1v0, c0p1v0);
                FloatVector b1v1 = ((FloatVector)
                                ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, b1 + row + LANES, ORDER)
                                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(s1v1);
                c0p1v1 = x0.fma(b1v1, c0p1v1);
                FloatVector b2v0 = ((FloatVector)
                                ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, b2 + row, ORDER)
                                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(s2v0);
                c0p2v0 = x0.fma(b2v0, c0p2v0);
                FloatVector b2v1 = ((FloatVector)
                                ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, b2 + row + LANES, ORDER)
                                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(s2v1);
                c0p2v1 = x0.fma(b2v1, c0p2v1);
                FloatVector b3v0 = ((FloatVector)
                                ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, b3 + row, ORDER)
                                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(s3v0);
                c0p3v0 = x0.fma(b3v0, c0p3v0);
                FloatVector b3v1 = ((FloatVector)
                                ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, b3 + row + LANES, ORDER)
                                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(s3v1);
                c0p3v1 = x0.fma(b3v1, c0p3v1);
            }
        }
        c0p0v0.intoMemorySegment(ALL, c, ORDER);
        c0p0v1.intoMemorySegment(ALL, c + VECTOR, ORDER);
        c0p1v0.intoMemorySegment(ALL, c + 2 * VECTOR, ORDER);
        c0p1v1.intoMemorySegment(ALL, c + 3 * VECTOR, ORDER);
        c0p2v0.intoMemorySegment(ALL, c + 4 * VECTOR, ORDER);
        c0p2v1.intoMemorySegment(ALL, c + 5 * VECTOR, ORDER);
        c0p3v0.intoMemorySegment(ALL, c + 6 * VECTOR, ORDER);
        c0p3v1.intoMemorySegment(ALL, c + 7 * VECTOR, ORDER);
    }

    private static void bytes4(
            float[] a, int offset, long b, long next, long scales, long nextScales, int depth, long start, long c) {
        FloatVector c0p0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0p0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        FloatVector c0p1v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 2 * VECTOR, ORDER);
        FloatVector c0p1v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + 3 * VECTOR, ORDER);
        FloatVector c1p0v0 = c0p0v0;
        FloatVector c1p0v1 = c0p0v1;
        FloatVector c1p1v0 = c0p1v0;
        FloatVector c1p1v1 = c0p1v1;
        FloatVector c2p0v0 = c0p0v0;
        FloatVector c2p0v1 = c0p0v1;
        FloatVector c2p1v0 = c0p1v0;
        FloatVector c2p1v1 = c0p1v1;
        FloatVector c3p0v0 = c0p0v0;
        FloatVector c3p0v1 = c0p0v1;
        FloatVector c3p1v0 = c0p1v0;
        FloatVector c3p1v1 = c0p1v1;
        long b1 = b + next;
        for (int from = 0; from < depth; from += GROUP) {
            long scale = scales + from / GROUP * PANEL;
            FloatVector s0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, scale, ORDER);
            FloatVector s0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, scale + VECTOR, ORDER);
            FloatVector s1v0 = FloatVector.fromMemorySegment(FLOATS, ALL, scale + nextScales, ORDER);
            FloatVector s1v1 = FloatVector.fromMemorySegment(FLOATS, ALL, scale + nextScales + VECTOR, ORDER);
            int to = Math.min(depth, from + GROUP);
            for (int k = from; k < to; k++) {
                long row = (long) k * (2 * LANES);
                FloatVector b0v0 = ((FloatVector) ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, b + row, ORDER)
                                .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(s0v0);
                FloatVector b0v1 = ((FloatVector)
                                ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, b + row + LANES, ORDER)
                                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(s0v1);
                FloatVector b1v0 = ((FloatVector)
                                ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, b1 + row, ORDER)
                                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(s1v0);
                FloatVector b1v1 = ((FloatVector)
                                ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, b1 + row + LANES, ORDER)
                                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(s1v1);
                int column = offset + k * 4;
                FloatVector x0 = FloatVector.broadcast(FLOATS, a[column]);
                c0p0v0 = x0.fma(b0v0, c0p0v0);
                c0p0v1 = x0.fma(b0v1, c0p0v1);
                c0p1v0 = x0.fma(b1v0, c0p1v0);
                c0p1v1 = x0.fma(b1v1, c0p1v1);
                FloatVector x1 = FloatVector.broadcast(FLOATS, a[column + 1]);
                c1p0v0 = x1.fma(b0v0, c1p0v0);
                c1p0v1 = x1.fma(b0v1, c1p0v1);
                c1p1v0 = x1.fma(b1v0, c1p1v0);
                c1p1v1 = x1.fma(b1v1, c1p1v1);
                FloatVector x2 = FloatVector.broadcast(FLOATS, a[column + 2]);
                c2p0v0 = x2.fma(b0v0, c2p0v0);
                c2p0v1 = x2.fma(b0v1, c2p0v1);
                c2p1v0 = x2.fma(b1v0, c2p1v0);
                c2p1v1 = x2.fma(b1v1, c2p1v1);
                FloatVector x3 = FloatVector.broadcast(FLOATS, a[column + 3]);
                c3p0v0 = x3.fma(b0v0, c3p0v0);
                c3p0v1 = x3.fma(b0v1, c3p0v1);
                c3p1v0 = x3.fma(b1v0, c3p1v0);
                c3p1v1 = x3.fma(b1v1, c3p1v1);
            }
        }
        c0p0v0.intoMemorySegment(ALL, c, ORDER);
        c0p0v1.intoMemorySegment(ALL, c + VECTOR, ORDER);
        c0p1v0.intoMemorySegment(ALL, c + 2 * VECTOR, ORDER);
        c0p1v1.intoMemorySegment(ALL, c + 3 * VECTOR, ORDER);
        c1p0v0.intoMemorySegment(ALL, c + 4 * VECTOR, ORDER);
        c1p0v1.intoMemorySegment(ALL, c + 5 * VECTOR, ORDER);
        c1p1v0.intoMemorySegment(ALL, c + 6 * VECTOR, ORDER);
        c1p1v1.intoMemorySegment(ALL, c + 7 * VECTOR, ORDER);
        c2p0v0.intoMemorySegment(ALL, c + 8 * VECTOR, ORDER);
        c2p0v1.intoMemorySegment(ALL, c + 9 * VECTOR, ORDER);
        c2p1v0.intoMemorySegment(ALL, c + 10 * VECTOR, ORDER);
        c2p1v1.intoMemorySegment(ALL, c + 11 * VECTOR, ORDER);
        c3p0v0.intoMemorySegment(ALL, c + 12 * VECTOR, ORDER);
        c3p0v1.intoMemorySegment(ALL, c + 13 * VECTOR, ORDER);
        c3p1v0.intoMemorySegment(ALL, c + 14 * VECTOR, ORDER);
        c3p1v1.intoMemorySegment(ALL, c + 15 * VECTOR, ORDER);
    }
}
