package dev.fovea.kernels.cpu;

import static dev.fovea.kernels.cpu.Memory.ALL;
import static dev.fovea.kernels.cpu.Simd.FLOATS;
import static dev.fovea.kernels.cpu.Simd.LANES;
import static dev.fovea.kernels.cpu.Simd.ORDER;

import dev.fovea.tensor.QuantizedMatrix;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The micro-kernel for one or four rows of A and a panel of B in eight bits, widened on its way into the multiply-adds:
 *
 * <pre>
 * for each group of inputs                        one row of scales
 *   for k in the group
 *     for v in 0 .. 2                             B[k][v] = bytes * scale
 *       for r in 0 .. rows
 *         sum[r][v] += A[k][r] * B[k][v]
 * C = start + sum
 * </pre>
 *
 * A decoder's step has one row, or one for each beam: weights that are widened into memory first are then read as often as they are used,
 * and the step waits for the conversion instead of for the memory. With more rows widening first is quicker. The same operations in the
 * same order as {@link Kernels#widen} and {@link Kernels#tile}, so the same bits. Twin: the sums in {@code ReferenceBackend.linear}.
 */
final class ByteTiles {

    private static final long VECTOR = Simd.VECTOR_BYTES;
    private static final long PANEL = 2 * VECTOR;
    private static final int GROUP = QuantizedMatrix.GROUP;

    private ByteTiles() {}

    /** Whether there is a kernel for tiles of this height. */
    static boolean has(int rows) {
        return rows == 1 || rows == 4;
    }

    /** Multiplies; see {@link Kernels#tileOfBytes}. */
    static void tile(
            int rows, float[] a, int offset, long b, long scales, int depth, long start, long c, long cStride) {
        if (rows == 1) {
            tile1(a, offset, b, scales, depth, start, c);
        } else {
            tile4(a, offset, b, scales, depth, start, c, cStride);
        }
    }

    private static void tile1(float[] a, int offset, long b, long scales, int depth, long start, long c) {
        FloatVector c0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        for (int from = 0; from < depth; from += GROUP) {
            long scale = scales + from / GROUP * PANEL;
            FloatVector scale0 = FloatVector.fromMemorySegment(FLOATS, ALL, scale, ORDER);
            FloatVector scale1 = FloatVector.fromMemorySegment(FLOATS, ALL, scale + VECTOR, ORDER);
            int to = Math.min(depth, from + GROUP);
            for (int k = from; k < to; k++) {
                long row = b + (long) k * (2 * LANES);
                FloatVector b0 = ((FloatVector) ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, row, ORDER)
                                .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(scale0);
                FloatVector b1 = ((FloatVector)
                                ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, row + LANES, ORDER)
                                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(scale1);
                FloatVector x = FloatVector.broadcast(FLOATS, a[offset + k]);
                c0 = x.fma(b0, c0);
                c1 = x.fma(b1, c1);
            }
        }
        c0.intoMemorySegment(ALL, c, ORDER);
        c1.intoMemorySegment(ALL, c + VECTOR, ORDER);
    }

    private static void tile4(float[] a, int offset, long b, long scales, int depth, long start, long c, long cStride) {
        FloatVector c0v0 = FloatVector.fromMemorySegment(FLOATS, ALL, start, ORDER);
        FloatVector c0v1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + VECTOR, ORDER);
        FloatVector c1v0 = c0v0;
        FloatVector c1v1 = c0v1;
        FloatVector c2v0 = c0v0;
        FloatVector c2v1 = c0v1;
        FloatVector c3v0 = c0v0;
        FloatVector c3v1 = c0v1;
        for (int from = 0; from < depth; from += GROUP) {
            long scale = scales + from / GROUP * PANEL;
            FloatVector scale0 = FloatVector.fromMemorySegment(FLOATS, ALL, scale, ORDER);
            FloatVector scale1 = FloatVector.fromMemorySegment(FLOATS, ALL, scale + VECTOR, ORDER);
            int to = Math.min(depth, from + GROUP);
            for (int k = from; k < to; k++) {
                long row = b + (long) k * (2 * LANES);
                FloatVector b0 = ((FloatVector) ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, row, ORDER)
                                .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(scale0);
                FloatVector b1 = ((FloatVector)
                                ByteVector.fromMemorySegment(VectorKernels.BYTES, ALL, row + LANES, ORDER)
                                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(scale1);
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
        }
        c0v0.intoMemorySegment(ALL, c, ORDER);
        c0v1.intoMemorySegment(ALL, c + VECTOR, ORDER);
        c1v0.intoMemorySegment(ALL, c + cStride, ORDER);
        c1v1.intoMemorySegment(ALL, c + cStride + VECTOR, ORDER);
        c2v0.intoMemorySegment(ALL, c + 2 * cStride, ORDER);
        c2v1.intoMemorySegment(ALL, c + 2 * cStride + VECTOR, ORDER);
        c3v0.intoMemorySegment(ALL, c + 3 * cStride, ORDER);
        c3v1.intoMemorySegment(ALL, c + 3 * cStride + VECTOR, ORDER);
    }
}
