package dev.fovea.kernels.cpu;

import static dev.fovea.kernels.cpu.Simd.FLOAT;
import static dev.fovea.kernels.cpu.Simd.FLOATS;
import static dev.fovea.kernels.cpu.Simd.INTS;
import static dev.fovea.kernels.cpu.Simd.LANES;
import static dev.fovea.kernels.cpu.Simd.VECTOR_BYTES;
import static dev.fovea.kernels.cpu.Simd.broadcast;
import static dev.fovea.kernels.cpu.Simd.load;
import static dev.fovea.kernels.cpu.Simd.store;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost loops on the Vector API. Every row loop runs over whole vectors and ends with one masked vector. Sums have four
 * accumulators where the loop is nothing but additions, so that it is not bound by their latency.
 */
final class VectorKernels implements Kernels {

    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Math.max(64, LANES * Short.SIZE)));
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, LANES * Byte.SIZE)));

    @Override
    public String description() {
        return FLOATS.vectorBitSize() + "-bit vectors";
    }

    @Override
    public int panelColumns() {
        return Simd.PANEL_COLUMNS;
    }

    @Override
    public void tile(
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
        if (Simd.WIDE) {
            WideTiles.tile(rows, a, aOffset, aStride, b, bOffset, depth, c, cOffset, cStride);
        } else {
            NarrowTiles.tile(rows, a, aOffset, aStride, b, bOffset, depth, c, cOffset, cStride);
        }
    }

    @Override
    public void widen(
            DType dtype,
            MemorySegment from,
            long fromOffset,
            MemorySegment scales,
            long scalesOffset,
            MemorySegment to,
            long toOffset,
            int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = fromOffset + (long) i * dtype.bytes();
            FloatVector wide = switch (dtype) {
                case F16 -> VectorMath.widenHalf(shorts(from, at));
                case BF16 -> VectorMath.widenBfloat(shorts(from, at));
                case I8 ->
                    bytes(from, at).mul(load(scales, scalesOffset + (long) (i % Simd.PANEL_COLUMNS) * Float.BYTES));
                default -> throw new IllegalArgumentException("widen " + dtype);
            };
            store(wide, to, toOffset + (long) i * Float.BYTES);
        }
    }

    private static IntVector shorts(MemorySegment from, long offset) {
        return (IntVector) ShortVector.fromMemorySegment(SHORTS, from, offset, ByteOrder.nativeOrder())
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
    }

    private static FloatVector bytes(MemorySegment from, long offset) {
        return (FloatVector) ByteVector.fromMemorySegment(BYTES, from, offset, ByteOrder.nativeOrder())
                .convertShape(VectorOperators.B2F, FLOATS, 0);
    }

    @Override
    public void activate(Activation activation, MemorySegment x, long xOffset, int count) {
        VectorActivations.apply(activation, x, xOffset, count);
    }

    @Override
    public void layerNorm(
            MemorySegment x,
            long xOffset,
            MemorySegment gamma,
            long gammaOffset,
            MemorySegment beta,
            long betaOffset,
            float epsilon,
            MemorySegment out,
            long outOffset,
            int count) {
        float mean = sum(x, xOffset, count) / count;
        FloatVector mean0 = broadcast(mean);
        FloatVector squares0 = broadcast(0f);
        FloatVector squares1 = broadcast(0f);
        int i = 0;
        for (; i <= count - 2 * LANES; i += 2 * LANES) {
            long at = xOffset + (long) i * Float.BYTES;
            FloatVector d0 = load(x, at).sub(mean0);
            FloatVector d1 = load(x, at + VECTOR_BYTES).sub(mean0);
            squares0 = d0.fma(d0, squares0);
            squares1 = d1.fma(d1, squares1);
        }
        for (; i < count; i += LANES) {
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            FloatVector d = load(x, xOffset + (long) i * Float.BYTES, mask).sub(mean0, mask);
            squares0 = d.fma(d, squares0);
        }
        float variance = Simd.sum(squares0.add(squares1)) / count;
        FloatVector scale = broadcast((float) (1 / Math.sqrt(variance + epsilon)));
        for (i = 0; i <= count - LANES; i += LANES) {
            long at = (long) i * Float.BYTES;
            FloatVector d = load(x, xOffset + at).sub(mean0).mul(scale);
            store(d.fma(load(gamma, gammaOffset + at), load(beta, betaOffset + at)), out, outOffset + at);
        }
        if (i < count) {
            long at = (long) i * Float.BYTES;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            FloatVector d = load(x, xOffset + at, mask).sub(mean0).mul(scale);
            store(
                    d.fma(load(gamma, gammaOffset + at, mask), load(beta, betaOffset + at, mask)),
                    out,
                    outOffset + at,
                    mask);
        }
    }

    @Override
    public void softmax(MemorySegment x, long xOffset, float scale, MemorySegment out, long outOffset, int count) {
        if (scale < 0) {
            scale(x, xOffset, scale, 0, out, outOffset, count);
            softmax(out, outOffset, 1, out, outOffset, count);
            return;
        }
        FloatVector factor = broadcast(scale);
        FloatVector shift = broadcast(-scale * max(x, xOffset, count));
        FloatVector total = broadcast(0f);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long at = (long) i * Float.BYTES;
            FloatVector e = VectorMath.exp(load(x, xOffset + at).fma(factor, shift));
            total = total.add(e);
            store(e, out, outOffset + at);
        }
        if (i < count) {
            long at = (long) i * Float.BYTES;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            FloatVector e = VectorMath.exp(load(x, xOffset + at, mask).fma(factor, shift));
            total = total.add(e, mask);
            store(e, out, outOffset + at, mask);
        }
        scale(out, outOffset, 1 / Simd.sum(total), 0, out, outOffset, count);
    }

    @Override
    public void add(
            MemorySegment a,
            long aOffset,
            MemorySegment b,
            long bOffset,
            MemorySegment out,
            long outOffset,
            int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long at = (long) i * Float.BYTES;
            store(load(a, aOffset + at).add(load(b, bOffset + at)), out, outOffset + at);
        }
        if (i < count) {
            long at = (long) i * Float.BYTES;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            store(load(a, aOffset + at, mask).add(load(b, bOffset + at, mask)), out, outOffset + at, mask);
        }
    }

    @Override
    public void multiply(
            MemorySegment a,
            long aOffset,
            MemorySegment b,
            long bOffset,
            MemorySegment out,
            long outOffset,
            int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long at = (long) i * Float.BYTES;
            store(load(a, aOffset + at).mul(load(b, bOffset + at)), out, outOffset + at);
        }
        if (i < count) {
            long at = (long) i * Float.BYTES;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            store(load(a, aOffset + at, mask).mul(load(b, bOffset + at, mask)), out, outOffset + at, mask);
        }
    }

    @Override
    public void multiplyAdd(
            MemorySegment a,
            long aOffset,
            MemorySegment b,
            long bOffset,
            MemorySegment out,
            long outOffset,
            int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long at = (long) i * Float.BYTES;
            FloatVector sum = load(a, aOffset + at).fma(load(b, bOffset + at), load(out, outOffset + at));
            store(sum, out, outOffset + at);
        }
        if (i < count) {
            long at = (long) i * Float.BYTES;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            FloatVector sum =
                    load(a, aOffset + at, mask).fma(load(b, bOffset + at, mask), load(out, outOffset + at, mask));
            store(sum, out, outOffset + at, mask);
        }
    }

    @Override
    public void scale(
            MemorySegment a, long aOffset, float factor, float term, MemorySegment out, long outOffset, int count) {
        FloatVector factors = broadcast(factor);
        FloatVector terms = broadcast(term);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long at = (long) i * Float.BYTES;
            store(load(a, aOffset + at).fma(factors, terms), out, outOffset + at);
        }
        if (i < count) {
            long at = (long) i * Float.BYTES;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            store(load(a, aOffset + at, mask).fma(factors, terms), out, outOffset + at, mask);
        }
    }

    @Override
    public float sum(MemorySegment x, long xOffset, int count) {
        FloatVector sum0 = broadcast(0f);
        FloatVector sum1 = broadcast(0f);
        FloatVector sum2 = broadcast(0f);
        FloatVector sum3 = broadcast(0f);
        int i = 0;
        for (; i <= count - 4 * LANES; i += 4 * LANES) {
            long at = xOffset + (long) i * Float.BYTES;
            sum0 = sum0.add(load(x, at));
            sum1 = sum1.add(load(x, at + VECTOR_BYTES));
            sum2 = sum2.add(load(x, at + 2 * VECTOR_BYTES));
            sum3 = sum3.add(load(x, at + 3 * VECTOR_BYTES));
        }
        for (; i < count; i += LANES) {
            sum0 = sum0.add(load(x, xOffset + (long) i * Float.BYTES, FLOATS.indexInRange(i, count)));
        }
        return Simd.sum(sum0.add(sum1).add(sum2.add(sum3)));
    }

    @Override
    public float sumOfSquares(MemorySegment x, long xOffset, int count) {
        FloatVector sum = broadcast(0f);
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = load(x, xOffset + (long) i * Float.BYTES, FLOATS.indexInRange(i, count));
            sum = v.fma(v, sum);
        }
        return Simd.sum(sum);
    }

    @Override
    public float max(MemorySegment x, long xOffset, int count) {
        float max = Float.NEGATIVE_INFINITY;
        FloatVector maxes = broadcast(max);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            maxes = maxes.max(load(x, xOffset + (long) i * Float.BYTES));
        }
        max = maxes.reduceLanes(VectorOperators.MAX);
        for (; i < count; i++) {
            max = Math.max(max, x.get(FLOAT, xOffset + (long) i * Float.BYTES));
        }
        return max;
    }
}
