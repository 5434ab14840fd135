package dev.fovea.kernels.cpu.loops;

import static dev.fovea.kernels.cpu.loops.Simd.FLOATS;
import static dev.fovea.kernels.cpu.loops.Simd.LANES;
import static dev.fovea.kernels.cpu.loops.Simd.ORDER;
import static dev.fovea.kernels.cpu.loops.Simd.VECTOR_BYTES;
import static dev.fovea.kernels.cpu.memory.Memory.ALL;

import dev.fovea.kernels.cpu.memory.Memory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/**
 * Loops over one row in place of mathematical functions, with operations that every width compiles to a few
 * instructions and with the same bits on every machine. Vectors live inside one loop and pass from one loop to the next
 * through memory, which for a row is the first-level cache: a helper that takes or returns a vector is inlined or not
 * depending on the caller's size, and where it is not, every vector becomes an object.
 */
final class VectorRows {

    private static final float LOG2_E = 1.44269504f;
    /** ln 2 in two parts: the first has few bits, so that its product with an integer is exact (Cody and Waite). */
    private static final float LN2_HIGH = 0.693359375f;

    private static final float LN2_LOW = -2.12194440e-4f;
    /** 1.5 * 2^23: added to a small value it leaves the nearest integer in the low bits of the significand. */
    private static final float ROUND = 12582912f;

    /** Beyond these the result is 0 or infinite. */
    private static final float EXP_LOWEST = -87.33654f;

    private static final float EXP_HIGHEST = 88.37626f;

    /** erf(z) is within 1e-7 of one beyond this. */
    private static final float ERF_RANGE = 4f;

    private VectorRows() {}

    /**
     * Computes {@code out = e^y} with {@code y = factor * (x - base)}, as {@code 2^n e^r} with n the integer nearest to
     * {@code y / ln 2} and a polynomial of degree 6 for {@code e^r}, |r| at most 0.35; relative error 2e-7. Results
     * below the smallest normal number are zero. The row's length is rounded up to whole vectors: what a masked store
     * wrote is read again only after a long wait.
     */
    static void exp(long x, float factor, float base, long out, int count) {
        FloatVector factors = FloatVector.broadcast(FLOATS, factor);
        FloatVector bases = FloatVector.broadcast(FLOATS, base);
        for (int i = 0; i < count; i += LANES) {
            FloatVector y = FloatVector.fromMemorySegment(FLOATS, ALL, x + i * 4L, ORDER)
                    .sub(bases)
                    .mul(factors);
            FloatVector shifted = y.fma(LOG2_E, ROUND);
            FloatVector n = shifted.sub(ROUND);
            FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -LN2_HIGH), y);
            r = n.fma(FloatVector.broadcast(FLOATS, -LN2_LOW), r);
            FloatVector p = FloatVector.broadcast(FLOATS, 1f / 720);
            p = p.fma(r, FloatVector.broadcast(FLOATS, 1f / 120));
            p = p.fma(r, FloatVector.broadcast(FLOATS, 1f / 24));
            p = p.fma(r, FloatVector.broadcast(FLOATS, 1f / 6));
            p = p.fma(r, FloatVector.broadcast(FLOATS, 0.5f));
            p = p.fma(r, FloatVector.broadcast(FLOATS, 1f));
            p = p.fma(r, FloatVector.broadcast(FLOATS, 1f));
            FloatVector power = shifted.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, 23)
                    .add(Float.floatToRawIntBits(1f))
                    .reinterpretAsFloats();
            p.mul(power)
                    .blend(0f, y.compare(VectorOperators.LT, EXP_LOWEST))
                    .blend(Float.POSITIVE_INFINITY, y.compare(VectorOperators.GT, EXP_HIGHEST))
                    .intoMemorySegment(ALL, out + i * 4L, ORDER);
        }
    }

    /**
     * Computes {@code x = factor * (x - largest of its column)} for as many columns as a hardware vector has lanes, in
     * place.
     */
    static void belowLargest(long x, int rows, long stride, float factor) {
        FloatVector max0 = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        FloatVector max1 = max0;
        int row = 0;
        for (; row < rows - 1; row += 2) {
            max0 = max0.max(FloatVector.fromMemorySegment(FLOATS, ALL, x + row * stride, ORDER));
            max1 = max1.max(FloatVector.fromMemorySegment(FLOATS, ALL, x + (row + 1) * stride, ORDER));
        }
        if (row < rows) {
            max0 = max0.max(FloatVector.fromMemorySegment(FLOATS, ALL, x + row * stride, ORDER));
        }
        FloatVector largest = max0.max(max1);
        FloatVector factors = FloatVector.broadcast(FLOATS, factor);
        for (row = 0; row < rows; row++) {
            FloatVector.fromMemorySegment(FLOATS, ALL, x + row * stride, ORDER)
                    .sub(largest)
                    .mul(factors)
                    .intoMemorySegment(ALL, x + row * stride, ORDER);
        }
    }

    /** Sums as many columns as a hardware vector has lanes, row after row. */
    static void sumColumns(long x, int rows, long stride, long sums) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int row = 0; row < rows; row++) {
            sum = sum.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + row * stride, ORDER));
        }
        sum.intoMemorySegment(ALL, sums, ORDER);
    }

    /**
     * Computes the exact GELU, {@code x = x/2 (1 + erf(x / sqrt 2))}; the row's length is rounded up to whole vectors.
     * The error function is {@code z P(z^2) / Q(z^2)} of degrees 6 and 5 on [-4, 4]: our own least-squares fit with the
     * relative error levelled (6e-9 before rounding, 5e-7 absolute in single precision).
     */
    static void gelu(long x, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = x + i * 4L;
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER);
            FloatVector z = v.mul(0.70710678f)
                    .lanewise(VectorOperators.MIN, ERF_RANGE)
                    .lanewise(VectorOperators.MAX, -ERF_RANGE);
            FloatVector u = z.mul(z);
            FloatVector p = FloatVector.broadcast(FLOATS, -1.3417145e-8f);
            p = p.fma(u, FloatVector.broadcast(FLOATS, 4.7284106e-6f));
            p = p.fma(u, FloatVector.broadcast(FLOATS, 3.8105838e-4f));
            p = p.fma(u, FloatVector.broadcast(FLOATS, 3.8469788e-3f));
            p = p.fma(u, FloatVector.broadcast(FLOATS, 5.4330416e-2f));
            p = p.fma(u, FloatVector.broadcast(FLOATS, 1.8502576e-1f));
            p = p.fma(u, FloatVector.broadcast(FLOATS, 1.1283792f));
            FloatVector q = FloatVector.broadcast(FLOATS, 6.3520564e-5f);
            q = q.fma(u, FloatVector.broadcast(FLOATS, 1.3089484e-3f));
            q = q.fma(u, FloatVector.broadcast(FLOATS, 1.5462228e-2f));
            q = q.fma(u, FloatVector.broadcast(FLOATS, 1.1391780e-1f));
            q = q.fma(u, FloatVector.broadcast(FLOATS, 4.9730827e-1f));
            q = q.fma(u, FloatVector.broadcast(FLOATS, 1f));
            FloatVector half = v.mul(0.5f);
            half.fma(z.mul(p).div(q), half).intoMemorySegment(ALL, at, ORDER);
        }
    }

    /** Computes {@code out = (x - mean) * scale * gamma + beta}. */
    static void normalize(long x, float mean, float scale, long gamma, long beta, long out, int count) {
        FloatVector means = FloatVector.broadcast(FLOATS, mean);
        FloatVector scales = FloatVector.broadcast(FLOATS, scale);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long at = i * 4L;
            FloatVector weight = FloatVector.fromMemorySegment(FLOATS, ALL, gamma + at, ORDER);
            FloatVector bias = FloatVector.fromMemorySegment(FLOATS, ALL, beta + at, ORDER);
            FloatVector.fromMemorySegment(FLOATS, ALL, x + at, ORDER)
                    .sub(means)
                    .mul(scales)
                    .fma(weight, bias)
                    .intoMemorySegment(ALL, out + at, ORDER);
        }
        if (i < count) {
            long at = i * 4L;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            FloatVector weight = FloatVector.fromMemorySegment(FLOATS, ALL, gamma + at, ORDER, mask);
            FloatVector bias = FloatVector.fromMemorySegment(FLOATS, ALL, beta + at, ORDER, mask);
            FloatVector.fromMemorySegment(FLOATS, ALL, x + at, ORDER, mask)
                    .sub(means)
                    .mul(scales)
                    .fma(weight, bias)
                    .intoMemorySegment(ALL, out + at, ORDER, mask);
        }
    }

    /** Copies {@code to = from} for short rows, for which a call of the JVM's copying routine would take longer. */
    static void copy(long from, long to, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector.fromMemorySegment(FLOATS, ALL, from + i * 4L, ORDER).intoMemorySegment(ALL, to + i * 4L, ORDER);
        }
        for (; i < count; i++) {
            Memory.set(to + i * 4L, Memory.get(from + i * 4L));
        }
    }

    /**
     * Returns the sum of a row. There are four accumulators, so that it is not bound by the latency of the additions.
     */
    static float sum(long x, int count) {
        FloatVector sum0 = FloatVector.zero(FLOATS);
        FloatVector sum1 = FloatVector.zero(FLOATS);
        FloatVector sum2 = FloatVector.zero(FLOATS);
        FloatVector sum3 = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i <= count - 4 * LANES; i += 4 * LANES) {
            long at = x + i * 4L;
            sum0 = sum0.add(FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER));
            sum1 = sum1.add(FloatVector.fromMemorySegment(FLOATS, ALL, at + VECTOR_BYTES, ORDER));
            sum2 = sum2.add(FloatVector.fromMemorySegment(FLOATS, ALL, at + 2 * VECTOR_BYTES, ORDER));
            sum3 = sum3.add(FloatVector.fromMemorySegment(FLOATS, ALL, at + 3 * VECTOR_BYTES, ORDER));
        }
        for (; i < count; i += LANES) {
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            sum0 = sum0.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + i * 4L, ORDER, mask));
        }
        long lanes = Simd.lanes();
        sum0.add(sum1).add(sum2.add(sum3)).intoMemorySegment(ALL, lanes, ORDER);
        return Simd.sum(lanes);
    }

    /** Returns the sum of {@code (x - mean)^2}. */
    static float sumOfSquares(long x, float mean, int count) {
        FloatVector means = FloatVector.broadcast(FLOATS, mean);
        FloatVector sum0 = FloatVector.zero(FLOATS);
        FloatVector sum1 = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i <= count - 2 * LANES; i += 2 * LANES) {
            long at = x + i * 4L;
            FloatVector d0 =
                    FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER).sub(means);
            FloatVector d1 = FloatVector.fromMemorySegment(FLOATS, ALL, at + VECTOR_BYTES, ORDER)
                    .sub(means);
            sum0 = d0.fma(d0, sum0);
            sum1 = d1.fma(d1, sum1);
        }
        for (; i < count; i += LANES) {
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            FloatVector d = FloatVector.fromMemorySegment(FLOATS, ALL, x + i * 4L, ORDER, mask)
                    .sub(means, mask);
            sum0 = d.fma(d, sum0);
        }
        long lanes = Simd.lanes();
        sum0.add(sum1).intoMemorySegment(ALL, lanes, ORDER);
        return Simd.sum(lanes);
    }

    /**
     * Computes one vector's products with several rows. As many rows as a hardware vector has lanes are summed up to
     * one hardware vector each. Then lanes are added pair by pair: half of one vector's and half of another's make one
     * vector, until a single one holds all sums. The bits are those of {@link Simd#sum}.
     */
    static void dots(long a, long from, long stride, int rows, int count, long out) {
        long sums = Simd.square();
        for (int row = 0; row < rows; row += LANES) {
            int present = Math.min(LANES, rows - row);
            products(a, from + row * stride, stride, present, count, sums);
            if (present == 1) {
                Memory.set(out + row * 4L, Simd.sum(sums));
                continue;
            }
            for (int level = 0; level < Simd.Halves.UPPER.length; level++) {
                addPairs(sums, LANES >> (level + 1), Simd.Halves.UPPER[level], Simd.Halves.SWAPPED[level]);
            }
            Memory.copy(sums, out + row * 4L, present);
        }
    }

    private static void products(long a, long from, long stride, int rows, int count, long out) {
        // The usual size of a head: the vector stays in registers.
        if (count == 4 * LANES) {
            FloatVector a0 = FloatVector.fromMemorySegment(FLOATS, ALL, a, ORDER);
            FloatVector a1 = FloatVector.fromMemorySegment(FLOATS, ALL, a + VECTOR_BYTES, ORDER);
            FloatVector a2 = FloatVector.fromMemorySegment(FLOATS, ALL, a + 2 * VECTOR_BYTES, ORDER);
            FloatVector a3 = FloatVector.fromMemorySegment(FLOATS, ALL, a + 3 * VECTOR_BYTES, ORDER);
            for (int row = 0; row < rows; row++) {
                long b = from + row * stride;
                FloatVector sum =
                        FloatVector.fromMemorySegment(FLOATS, ALL, b, ORDER).mul(a0);
                sum = FloatVector.fromMemorySegment(FLOATS, ALL, b + VECTOR_BYTES, ORDER)
                        .fma(a1, sum);
                sum = FloatVector.fromMemorySegment(FLOATS, ALL, b + 2 * VECTOR_BYTES, ORDER)
                        .fma(a2, sum);
                sum = FloatVector.fromMemorySegment(FLOATS, ALL, b + 3 * VECTOR_BYTES, ORDER)
                        .fma(a3, sum);
                sum.intoMemorySegment(ALL, out + (long) row * VECTOR_BYTES, ORDER);
            }
            return;
        }
        for (int row = 0; row < rows; row++) {
            long b = from + row * stride;
            FloatVector sum = FloatVector.zero(FLOATS);
            int i = 0;
            for (; i <= count - LANES; i += LANES) {
                sum = FloatVector.fromMemorySegment(FLOATS, ALL, a + i * 4L, ORDER)
                        .fma(FloatVector.fromMemorySegment(FLOATS, ALL, b + i * 4L, ORDER), sum);
            }
            if (i < count) {
                VectorMask<Float> mask = FLOATS.indexInRange(i, count);
                sum = FloatVector.fromMemorySegment(FLOATS, ALL, a + i * 4L, ORDER, mask)
                        .fma(FloatVector.fromMemorySegment(FLOATS, ALL, b + i * 4L, ORDER, mask), sum);
            }
            sum.intoMemorySegment(ALL, out + (long) row * VECTOR_BYTES, ORDER);
        }
    }

    /**
     * Halves vectors: {@code vectors[i]} gets its own half sums in its lower lanes, those of {@code vectors[pairs + i]}
     * in its upper ones.
     */
    private static void addPairs(long vectors, int pairs, VectorMask<Float> upper, VectorShuffle<Float> swapped) {
        for (int i = 0; i < pairs; i++) {
            long at = vectors + (long) i * VECTOR_BYTES;
            FloatVector a = FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(FLOATS, ALL, at + (long) pairs * VECTOR_BYTES, ORDER);
            a.blend(b, upper).add(b.blend(a, upper).rearrange(swapped)).intoMemorySegment(ALL, at, ORDER);
        }
    }

    /**
     * Computes {@link Kernels#weightedSum}. Four hardware vectors of the result at a time stay in registers over all
     * rows.
     */
    static void weightedSum(long weights, long from, long stride, int rows, int count, boolean fresh, long out) {
        int i = 0;
        for (; i <= count - 4 * LANES; i += 4 * LANES) {
            long to = out + i * 4L;
            FloatVector sum0 = FloatVector.zero(FLOATS);
            FloatVector sum1 = sum0;
            FloatVector sum2 = sum0;
            FloatVector sum3 = sum0;
            if (!fresh) {
                sum0 = FloatVector.fromMemorySegment(FLOATS, ALL, to, ORDER);
                sum1 = FloatVector.fromMemorySegment(FLOATS, ALL, to + VECTOR_BYTES, ORDER);
                sum2 = FloatVector.fromMemorySegment(FLOATS, ALL, to + 2 * VECTOR_BYTES, ORDER);
                sum3 = FloatVector.fromMemorySegment(FLOATS, ALL, to + 3 * VECTOR_BYTES, ORDER);
            }
            for (int row = 0; row < rows; row++) {
                long b = from + row * stride + i * 4L;
                FloatVector weight = FloatVector.broadcast(FLOATS, Memory.get(weights + row * 4L));
                sum0 = FloatVector.fromMemorySegment(FLOATS, ALL, b, ORDER).fma(weight, sum0);
                sum1 = FloatVector.fromMemorySegment(FLOATS, ALL, b + VECTOR_BYTES, ORDER)
                        .fma(weight, sum1);
                sum2 = FloatVector.fromMemorySegment(FLOATS, ALL, b + 2 * VECTOR_BYTES, ORDER)
                        .fma(weight, sum2);
                sum3 = FloatVector.fromMemorySegment(FLOATS, ALL, b + 3 * VECTOR_BYTES, ORDER)
                        .fma(weight, sum3);
            }
            sum0.intoMemorySegment(ALL, to, ORDER);
            sum1.intoMemorySegment(ALL, to + VECTOR_BYTES, ORDER);
            sum2.intoMemorySegment(ALL, to + 2 * VECTOR_BYTES, ORDER);
            sum3.intoMemorySegment(ALL, to + 3 * VECTOR_BYTES, ORDER);
        }
        for (; i < count; i += LANES) {
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            FloatVector sum = FloatVector.zero(FLOATS);
            if (!fresh) {
                sum = FloatVector.fromMemorySegment(FLOATS, ALL, out + i * 4L, ORDER, mask);
            }
            for (int row = 0; row < rows; row++) {
                sum = FloatVector.fromMemorySegment(FLOATS, ALL, from + row * stride + i * 4L, ORDER, mask)
                        .fma(FloatVector.broadcast(FLOATS, Memory.get(weights + row * 4L)), sum);
            }
            sum.intoMemorySegment(ALL, out + i * 4L, ORDER, mask);
        }
    }

    /**
     * Computes {@link Kernels#sumOfProducts}. Four hardware vectors of the result at a time stay in registers over all
     * terms.
     */
    static void sumOfProducts(long[] a, long[] b, int terms, long start, long out, int count) {
        int i = 0;
        for (; i <= count - 4 * LANES; i += 4 * LANES) {
            long at = i * 4L;
            FloatVector sum0 = FloatVector.fromMemorySegment(FLOATS, ALL, start + at, ORDER);
            FloatVector sum1 = FloatVector.fromMemorySegment(FLOATS, ALL, start + at + VECTOR_BYTES, ORDER);
            FloatVector sum2 = FloatVector.fromMemorySegment(FLOATS, ALL, start + at + 2 * VECTOR_BYTES, ORDER);
            FloatVector sum3 = FloatVector.fromMemorySegment(FLOATS, ALL, start + at + 3 * VECTOR_BYTES, ORDER);
            for (int term = 0; term < terms; term++) {
                long x = a[term] + at;
                long y = b[term] + at;
                sum0 = FloatVector.fromMemorySegment(FLOATS, ALL, x, ORDER)
                        .fma(FloatVector.fromMemorySegment(FLOATS, ALL, y, ORDER), sum0);
                sum1 = FloatVector.fromMemorySegment(FLOATS, ALL, x + VECTOR_BYTES, ORDER)
                        .fma(FloatVector.fromMemorySegment(FLOATS, ALL, y + VECTOR_BYTES, ORDER), sum1);
                sum2 = FloatVector.fromMemorySegment(FLOATS, ALL, x + 2 * VECTOR_BYTES, ORDER)
                        .fma(FloatVector.fromMemorySegment(FLOATS, ALL, y + 2 * VECTOR_BYTES, ORDER), sum2);
                sum3 = FloatVector.fromMemorySegment(FLOATS, ALL, x + 3 * VECTOR_BYTES, ORDER)
                        .fma(FloatVector.fromMemorySegment(FLOATS, ALL, y + 3 * VECTOR_BYTES, ORDER), sum3);
            }
            sum0.intoMemorySegment(ALL, out + at, ORDER);
            sum1.intoMemorySegment(ALL, out + at + VECTOR_BYTES, ORDER);
            sum2.intoMemorySegment(ALL, out + at + 2 * VECTOR_BYTES, ORDER);
            sum3.intoMemorySegment(ALL, out + at + 3 * VECTOR_BYTES, ORDER);
        }
        for (; i < count; i += LANES) {
            long at = i * 4L;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            FloatVector sum = FloatVector.fromMemorySegment(FLOATS, ALL, start + at, ORDER, mask);
            for (int term = 0; term < terms; term++) {
                sum = FloatVector.fromMemorySegment(FLOATS, ALL, a[term] + at, ORDER, mask)
                        .fma(FloatVector.fromMemorySegment(FLOATS, ALL, b[term] + at, ORDER, mask), sum);
            }
            sum.intoMemorySegment(ALL, out + at, ORDER, mask);
        }
    }

    /**
     * Multiplies eight columns of one matrix with as many of another as a hardware vector has lanes; see {@link
     * Kernels#crossProducts}.
     */
    static void crossProductsOfEight(
            long a, long aStride, long b, long bStride, int rows, VectorMask<Float> mask, long sums, long sumsStride) {
        FloatVector sum0 = FloatVector.fromMemorySegment(FLOATS, ALL, sums, ORDER);
        FloatVector sum1 = FloatVector.fromMemorySegment(FLOATS, ALL, sums + sumsStride, ORDER);
        FloatVector sum2 = FloatVector.fromMemorySegment(FLOATS, ALL, sums + 2 * sumsStride, ORDER);
        FloatVector sum3 = FloatVector.fromMemorySegment(FLOATS, ALL, sums + 3 * sumsStride, ORDER);
        FloatVector sum4 = FloatVector.fromMemorySegment(FLOATS, ALL, sums + 4 * sumsStride, ORDER);
        FloatVector sum5 = FloatVector.fromMemorySegment(FLOATS, ALL, sums + 5 * sumsStride, ORDER);
        FloatVector sum6 = FloatVector.fromMemorySegment(FLOATS, ALL, sums + 6 * sumsStride, ORDER);
        FloatVector sum7 = FloatVector.fromMemorySegment(FLOATS, ALL, sums + 7 * sumsStride, ORDER);
        for (int row = 0; row < rows; row++) {
            FloatVector values = FloatVector.fromMemorySegment(FLOATS, ALL, b + row * bStride, ORDER, mask);
            long at = a + row * aStride;
            sum0 = values.fma(FloatVector.broadcast(FLOATS, Memory.get(at)), sum0);
            sum1 = values.fma(FloatVector.broadcast(FLOATS, Memory.get(at + 4)), sum1);
            sum2 = values.fma(FloatVector.broadcast(FLOATS, Memory.get(at + 8)), sum2);
            sum3 = values.fma(FloatVector.broadcast(FLOATS, Memory.get(at + 12)), sum3);
            sum4 = values.fma(FloatVector.broadcast(FLOATS, Memory.get(at + 16)), sum4);
            sum5 = values.fma(FloatVector.broadcast(FLOATS, Memory.get(at + 20)), sum5);
            sum6 = values.fma(FloatVector.broadcast(FLOATS, Memory.get(at + 24)), sum6);
            sum7 = values.fma(FloatVector.broadcast(FLOATS, Memory.get(at + 28)), sum7);
        }
        sum0.intoMemorySegment(ALL, sums, ORDER);
        sum1.intoMemorySegment(ALL, sums + sumsStride, ORDER);
        sum2.intoMemorySegment(ALL, sums + 2 * sumsStride, ORDER);
        sum3.intoMemorySegment(ALL, sums + 3 * sumsStride, ORDER);
        sum4.intoMemorySegment(ALL, sums + 4 * sumsStride, ORDER);
        sum5.intoMemorySegment(ALL, sums + 5 * sumsStride, ORDER);
        sum6.intoMemorySegment(ALL, sums + 6 * sumsStride, ORDER);
        sum7.intoMemorySegment(ALL, sums + 7 * sumsStride, ORDER);
    }

    /**
     * Multiplies one column of the first matrix with as many of another as a hardware vector has lanes; see {@link
     * Kernels#crossProducts}.
     */
    static void crossProductsOfOne(
            long a, long aStride, long b, long bStride, int rows, VectorMask<Float> mask, long sums) {
        FloatVector sum = FloatVector.fromMemorySegment(FLOATS, ALL, sums, ORDER);
        for (int row = 0; row < rows; row++) {
            FloatVector values = FloatVector.fromMemorySegment(FLOATS, ALL, b + row * bStride, ORDER, mask);
            sum = values.fma(FloatVector.broadcast(FLOATS, Memory.get(a + row * aStride)), sum);
        }
        sum.intoMemorySegment(ALL, sums, ORDER);
    }
}
