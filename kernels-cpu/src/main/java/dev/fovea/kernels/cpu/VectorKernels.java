package dev.fovea.kernels.cpu;

import static dev.fovea.kernels.cpu.Memory.ALL;
import static dev.fovea.kernels.cpu.Simd.FLOATS;
import static dev.fovea.kernels.cpu.Simd.INTS;
import static dev.fovea.kernels.cpu.Simd.LANES;
import static dev.fovea.kernels.cpu.Simd.ORDER;
import static dev.fovea.kernels.cpu.Simd.VECTOR_BYTES;
import static dev.fovea.kernels.cpu.Simd.broadcast;
import static dev.fovea.kernels.cpu.Simd.load;
import static dev.fovea.kernels.cpu.Simd.store;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;
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
    public int tallestTile() {
        return Simd.TALLEST_TILE;
    }

    @Override
    public int tile(int rows, float[] a, int offset, long b, int depth, long start, long c, long cStride, long ahead) {
        return Tiles.tile(rows, a, offset, b, depth, start, c, cStride, ahead);
    }

    @Override
    public void pack(long from, float[] to, int offset, int step, int count) {
        for (int i = 0; i < count; i++) {
            to[offset + i * step] = Memory.get(from + i * 4L);
        }
    }

    @Override
    public void transpose(long from, long to, int count) {
        for (int i = 0; i < count; i++) {
            Memory.set(to + i * (4L * Simd.PANEL_COLUMNS), Memory.get(from + i * 4L));
        }
    }

    @Override
    public void widen(DType dtype, long from, long scales, long to, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = from + (long) i * dtype.bytes();
            FloatVector wide = switch (dtype) {
                case F16 -> VectorMath.widenHalf(shorts(at));
                case BF16 -> VectorMath.widenBfloat(shorts(at));
                case I8 -> bytes(at).mul(load(scales + (long) (i % Simd.PANEL_COLUMNS) * Float.BYTES));
                default -> throw new IllegalArgumentException("widen " + dtype);
            };
            store(wide, to + (long) i * Float.BYTES);
        }
    }

    private static IntVector shorts(long address) {
        return (IntVector) ShortVector.fromMemorySegment(SHORTS, Memory.ALL, address, ByteOrder.nativeOrder())
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
    }

    private static FloatVector bytes(long address) {
        return (FloatVector) ByteVector.fromMemorySegment(BYTES, Memory.ALL, address, ByteOrder.nativeOrder())
                .convertShape(VectorOperators.B2F, FLOATS, 0);
    }

    @Override
    public void activate(Activation activation, long x, long stride, int rows, int count) {
        VectorActivations.apply(activation, x, stride, rows, count);
    }

    /**
     * Reads and writes by the API's own methods: with the helpers of {@link Simd} this method is long enough for C2 to stop inlining them,
     * depending on what else it has compiled.
     */
    @Override
    public void layerNorm(long x, long gamma, long beta, float epsilon, long out, int count) {
        float mean = sum(x, count) / count;
        FloatVector means = FloatVector.broadcast(FLOATS, mean);
        FloatVector squares0 = FloatVector.zero(FLOATS);
        FloatVector squares1 = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i <= count - 2 * LANES; i += 2 * LANES) {
            long at = x + i * 4L;
            FloatVector d0 =
                    FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER).sub(means);
            FloatVector d1 = FloatVector.fromMemorySegment(FLOATS, ALL, at + VECTOR_BYTES, ORDER)
                    .sub(means);
            squares0 = d0.fma(d0, squares0);
            squares1 = d1.fma(d1, squares1);
        }
        for (; i < count; i += LANES) {
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            FloatVector d = FloatVector.fromMemorySegment(FLOATS, ALL, x + i * 4L, ORDER, mask)
                    .sub(means, mask);
            squares0 = d.fma(d, squares0);
        }
        float variance = Simd.sum(squares0.add(squares1)) / count;
        float scale = (float) (1 / Math.sqrt(variance + epsilon));
        normalize(x, mean, scale, gamma, beta, out, count);
    }

    /** {@code out = (x - mean) * scale * gamma + beta}. */
    private static void normalize(long x, float mean, float scale, long gamma, long beta, long out, int count) {
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

    @Override
    public void softmax(long x, float scale, long out, int count) {
        if (scale < 0) {
            scale(x, scale, 0, out, count);
            softmax(out, 1, out, count);
            return;
        }
        FloatVector factor = broadcast(scale);
        FloatVector shift = broadcast(-scale * max(x, count));
        FloatVector total = broadcast(0f);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long at = (long) i * Float.BYTES;
            FloatVector e = VectorMath.exp(load(x + at).fma(factor, shift));
            total = total.add(e);
            store(e, out + at);
        }
        if (i < count) {
            long at = (long) i * Float.BYTES;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            FloatVector e = VectorMath.exp(load(x + at, mask).fma(factor, shift));
            total = total.add(e, mask);
            store(e, out + at, mask);
        }
        scale(out, 1 / Simd.sum(total), 0, out, count);
    }

    @Override
    public void add(long a, long b, long out, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long at = (long) i * Float.BYTES;
            store(load(a + at).add(load(b + at)), out + at);
        }
        if (i < count) {
            long at = (long) i * Float.BYTES;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            store(load(a + at, mask).add(load(b + at, mask)), out + at, mask);
        }
    }

    @Override
    public void multiply(long a, long b, long out, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long at = (long) i * Float.BYTES;
            store(load(a + at).mul(load(b + at)), out + at);
        }
        if (i < count) {
            long at = (long) i * Float.BYTES;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            store(load(a + at, mask).mul(load(b + at, mask)), out + at, mask);
        }
    }

    @Override
    public void multiplyAdd(long a, long b, long out, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long at = (long) i * Float.BYTES;
            FloatVector sum = load(a + at).fma(load(b + at), load(out + at));
            store(sum, out + at);
        }
        if (i < count) {
            long at = (long) i * Float.BYTES;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            FloatVector sum = load(a + at, mask).fma(load(b + at, mask), load(out + at, mask));
            store(sum, out + at, mask);
        }
    }

    @Override
    public void scale(long a, float factor, float term, long out, int count) {
        FloatVector factors = broadcast(factor);
        FloatVector terms = broadcast(term);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long at = (long) i * Float.BYTES;
            store(load(a + at).fma(factors, terms), out + at);
        }
        if (i < count) {
            long at = (long) i * Float.BYTES;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            store(load(a + at, mask).fma(factors, terms), out + at, mask);
        }
    }

    @Override
    public float sum(long x, int count) {
        FloatVector sum0 = broadcast(0f);
        FloatVector sum1 = broadcast(0f);
        FloatVector sum2 = broadcast(0f);
        FloatVector sum3 = broadcast(0f);
        int i = 0;
        for (; i <= count - 4 * LANES; i += 4 * LANES) {
            long at = x + (long) i * Float.BYTES;
            sum0 = sum0.add(load(at));
            sum1 = sum1.add(load(at + VECTOR_BYTES));
            sum2 = sum2.add(load(at + 2 * VECTOR_BYTES));
            sum3 = sum3.add(load(at + 3 * VECTOR_BYTES));
        }
        for (; i < count; i += LANES) {
            sum0 = sum0.add(load(x + (long) i * Float.BYTES, FLOATS.indexInRange(i, count)));
        }
        return Simd.sum(sum0.add(sum1).add(sum2.add(sum3)));
    }

    @Override
    public float sumOfSquares(long x, int count) {
        FloatVector sum = broadcast(0f);
        for (int i = 0; i < count; i += LANES) {
            FloatVector v = load(x + (long) i * Float.BYTES, FLOATS.indexInRange(i, count));
            sum = v.fma(v, sum);
        }
        return Simd.sum(sum);
    }

    @Override
    public float max(long x, int count) {
        float max = Float.NEGATIVE_INFINITY;
        FloatVector maxes = broadcast(max);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            maxes = maxes.max(load(x + (long) i * Float.BYTES));
        }
        max = maxes.reduceLanes(VectorOperators.MAX);
        for (; i < count; i++) {
            max = Math.max(max, Memory.get(x + (long) i * Float.BYTES));
        }
        return max;
    }
}
