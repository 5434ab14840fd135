package dev.fovea.kernels.cpu.loops;

import static dev.fovea.kernels.cpu.loops.Simd.FLOATS;
import static dev.fovea.kernels.cpu.loops.Simd.LANES;
import static dev.fovea.kernels.cpu.loops.Simd.ORDER;
import static dev.fovea.kernels.cpu.loops.Simd.VECTOR_BYTES;
import static dev.fovea.kernels.cpu.memory.Memory.ALL;

import dev.fovea.kernels.cpu.memory.Scratch;
import jdk.incubator.vector.FloatVector;

/**
 * Applies the {@link WinogradTransforms}, a vector of channels at a time:
 *
 * <pre>
 * for each vector of channels
 *   for each column of the square         half = Bᵀ column        (output: half = Aᵀ column)
 *   for each row of that                  row = half B            (output: row = half A)
 * </pre>
 *
 * The square between the two lies in the nearest cache: 36 vectors are more than there are registers. Twin: {@link
 * PlainWinograd}.
 */
final class VectorWinograd {

    private static final float P = WinogradTransforms.P;
    private static final float Q = WinogradTransforms.Q;
    private static final float P2 = P * P;
    private static final float Q2 = Q * Q;
    private static final float P3 = P * P * P;
    private static final float Q3 = Q * Q * Q;
    private static final int SIDE = WinogradTransforms.SIDE;
    private static final long ROW_BYTES = SIDE * VECTOR_BYTES;

    private VectorWinograd() {}

    /** Computes {@link Kernels#winogradInput}. */
    static void input(long[] pixels, int channel, long to, long toStride, int channels) {
        long half = Scratch.floats(Scratch.Slot.LANES, (long) SIDE * SIDE * LANES);
        FloatVector negP2 = FloatVector.broadcast(FLOATS, -P2);
        FloatVector negQ2 = FloatVector.broadcast(FLOATS, -Q2);
        FloatVector product = FloatVector.broadcast(FLOATS, P2 * Q2);
        FloatVector negSum = FloatVector.broadcast(FLOATS, -(P2 + Q2));
        for (int c = 0; c < channels; c += LANES) {
            long at = (channel + c) * 4L;
            for (int j = 0; j < SIDE; j++) {
                FloatVector d0 = FloatVector.fromMemorySegment(FLOATS, ALL, pixels[j] + at, ORDER);
                FloatVector d1 = FloatVector.fromMemorySegment(FLOATS, ALL, pixels[6 + j] + at, ORDER);
                FloatVector d2 = FloatVector.fromMemorySegment(FLOATS, ALL, pixels[12 + j] + at, ORDER);
                FloatVector d3 = FloatVector.fromMemorySegment(FLOATS, ALL, pixels[18 + j] + at, ORDER);
                FloatVector d4 = FloatVector.fromMemorySegment(FLOATS, ALL, pixels[24 + j] + at, ORDER);
                FloatVector d5 = FloatVector.fromMemorySegment(FLOATS, ALL, pixels[30 + j] + at, ORDER);
                FloatVector even = d2.fma(negQ2, d4);
                FloatVector odd = d1.fma(negQ2, d3).mul(P);
                FloatVector even2 = d2.fma(negP2, d4);
                FloatVector odd2 = d1.fma(negP2, d3).mul(Q);
                long column = half + j * VECTOR_BYTES;
                d0.fma(product, d2.fma(negSum, d4)).intoMemorySegment(ALL, column, ORDER);
                even.add(odd).intoMemorySegment(ALL, column + ROW_BYTES, ORDER);
                even.sub(odd).intoMemorySegment(ALL, column + 2 * ROW_BYTES, ORDER);
                even2.add(odd2).intoMemorySegment(ALL, column + 3 * ROW_BYTES, ORDER);
                even2.sub(odd2).intoMemorySegment(ALL, column + 4 * ROW_BYTES, ORDER);
                d1.fma(product, d3.fma(negSum, d5)).intoMemorySegment(ALL, column + 5 * ROW_BYTES, ORDER);
            }
            for (int i = 0; i < SIDE; i++) {
                long row = half + i * ROW_BYTES;
                FloatVector d0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
                FloatVector d1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR_BYTES, ORDER);
                FloatVector d2 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 2 * VECTOR_BYTES, ORDER);
                FloatVector d3 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 3 * VECTOR_BYTES, ORDER);
                FloatVector d4 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 4 * VECTOR_BYTES, ORDER);
                FloatVector d5 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 5 * VECTOR_BYTES, ORDER);
                FloatVector even = d2.fma(negQ2, d4);
                FloatVector odd = d1.fma(negQ2, d3).mul(P);
                FloatVector even2 = d2.fma(negP2, d4);
                FloatVector odd2 = d1.fma(negP2, d3).mul(Q);
                long out = to + i * SIDE * toStride + c * 4L;
                d0.fma(product, d2.fma(negSum, d4)).intoMemorySegment(ALL, out, ORDER);
                even.add(odd).intoMemorySegment(ALL, out + toStride, ORDER);
                even.sub(odd).intoMemorySegment(ALL, out + 2 * toStride, ORDER);
                even2.add(odd2).intoMemorySegment(ALL, out + 3 * toStride, ORDER);
                even2.sub(odd2).intoMemorySegment(ALL, out + 4 * toStride, ORDER);
                d1.fma(product, d3.fma(negSum, d5)).intoMemorySegment(ALL, out + 5 * toStride, ORDER);
            }
        }
    }

    /** Computes {@link Kernels#winogradOutput}. */
    static void output(long from, long fromStride, long bias, long to, long pixelBytes, long lineBytes, int columns) {
        long half = Scratch.floats(Scratch.Slot.LANES, (long) SIDE * SIDE * LANES);
        FloatVector p = FloatVector.broadcast(FLOATS, P);
        FloatVector p2 = FloatVector.broadcast(FLOATS, P2);
        FloatVector p3 = FloatVector.broadcast(FLOATS, P3);
        FloatVector q = FloatVector.broadcast(FLOATS, Q);
        FloatVector q2 = FloatVector.broadcast(FLOATS, Q2);
        FloatVector q3 = FloatVector.broadcast(FLOATS, Q3);
        for (int c = 0; c < columns; c += LANES) {
            for (int j = 0; j < SIDE; j++) {
                long in = from + j * fromStride + c * 4L;
                FloatVector m0 = FloatVector.fromMemorySegment(FLOATS, ALL, in, ORDER);
                FloatVector m1 = FloatVector.fromMemorySegment(FLOATS, ALL, in + 6 * fromStride, ORDER);
                FloatVector m2 = FloatVector.fromMemorySegment(FLOATS, ALL, in + 12 * fromStride, ORDER);
                FloatVector m3 = FloatVector.fromMemorySegment(FLOATS, ALL, in + 18 * fromStride, ORDER);
                FloatVector m4 = FloatVector.fromMemorySegment(FLOATS, ALL, in + 24 * fromStride, ORDER);
                FloatVector m5 = FloatVector.fromMemorySegment(FLOATS, ALL, in + 30 * fromStride, ORDER);
                FloatVector sum = m1.add(m2);
                FloatVector difference = m1.sub(m2);
                FloatVector sum2 = m3.add(m4);
                FloatVector difference2 = m3.sub(m4);
                long column = half + j * VECTOR_BYTES;
                m0.add(sum).add(sum2).intoMemorySegment(ALL, column, ORDER);
                difference.fma(p, difference2.mul(Q)).intoMemorySegment(ALL, column + ROW_BYTES, ORDER);
                sum.fma(p2, sum2.mul(Q2)).intoMemorySegment(ALL, column + 2 * ROW_BYTES, ORDER);
                difference.fma(p3, difference2.mul(Q3)).add(m5).intoMemorySegment(ALL, column + 3 * ROW_BYTES, ORDER);
            }
            FloatVector start = FloatVector.fromMemorySegment(FLOATS, ALL, bias + c * 4L, ORDER);
            for (int i = 0; i < WinogradTransforms.OUT; i++) {
                long row = half + i * ROW_BYTES;
                FloatVector m0 = FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER);
                FloatVector m1 = FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR_BYTES, ORDER);
                FloatVector m2 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 2 * VECTOR_BYTES, ORDER);
                FloatVector m3 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 3 * VECTOR_BYTES, ORDER);
                FloatVector m4 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 4 * VECTOR_BYTES, ORDER);
                FloatVector m5 = FloatVector.fromMemorySegment(FLOATS, ALL, row + 5 * VECTOR_BYTES, ORDER);
                FloatVector sum = m1.add(m2);
                FloatVector difference = m1.sub(m2);
                FloatVector sum2 = m3.add(m4);
                FloatVector difference2 = m3.sub(m4);
                long out = to + i * lineBytes + c * 4L;
                m0.add(start).add(sum).add(sum2).intoMemorySegment(ALL, out, ORDER);
                difference.fma(p, difference2.fma(q, start)).intoMemorySegment(ALL, out + pixelBytes, ORDER);
                sum.fma(p2, sum2.fma(q2, start)).intoMemorySegment(ALL, out + 2 * pixelBytes, ORDER);
                difference
                        .fma(p3, difference2.fma(q3, start))
                        .add(m5)
                        .intoMemorySegment(ALL, out + 3 * pixelBytes, ORDER);
            }
        }
    }
}
