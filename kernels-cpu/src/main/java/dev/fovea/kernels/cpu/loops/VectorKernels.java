package dev.fovea.kernels.cpu.loops;

import static dev.fovea.kernels.cpu.loops.Simd.FLOATS;
import static dev.fovea.kernels.cpu.loops.Simd.INTS;
import static dev.fovea.kernels.cpu.loops.Simd.LANES;
import static dev.fovea.kernels.cpu.loops.Simd.ORDER;
import static dev.fovea.kernels.cpu.memory.Memory.ALL;

import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Computes the innermost loops on the Vector API. Every row loop runs over whole vectors and ends with one masked
 * vector.
 */
public final class VectorKernels implements Kernels {

    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Math.max(64, LANES * Short.SIZE)));
    static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, LANES * Byte.SIZE)));

    /** Moves numbers about where vectors would not help. */
    private static final PlainKernels PLAIN = new PlainKernels(Simd.PANEL_COLUMNS);

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
    public int tile(
            int rows,
            float[] a,
            int offset,
            int packedDepth,
            long b,
            int depth,
            long start,
            long c,
            long cStride,
            long prefetch) {
        return Tiles.tile(rows, a, offset, packedDepth, b, depth, start, c, cStride, prefetch);
    }

    @Override
    public void endTile(long sums, long added, long addedStride, boolean relu, long out, long outStride, int rows) {
        TileEnds.end(sums, added, addedStride, relu, out, outStride, rows);
    }

    @Override
    public void pack(long from, long stride, int rows, float[] to, int offset, int height, int depth, int count) {
        VectorPacking.pack(from, stride, rows, to, offset, height, depth, count);
    }

    @Override
    public void packColumns(
            long from, long stride, int rows, float[] to, int offset, int height, int depth, int count) {
        VectorPacking.packColumns(from, stride, rows, to, offset, height, depth, count);
    }

    @Override
    public void column(long panel, float factor, long to, int count) {
        PLAIN.column(panel, factor, to, count);
    }

    @Override
    public void transpose(long from, long stride, int rows, long to, int count) {
        PLAIN.transpose(from, stride, rows, to, count);
    }

    @Override
    public void copy(long from, long fromStride, long to, long toStride, int rows, int count) {
        for (int row = 0; row < rows; row++) {
            VectorRows.copy(from + row * fromStride, to + row * toStride, count);
        }
    }

    @Override
    public void widen(DType dtype, boolean finite, long from, long scales, long to, int count) {
        switch (dtype) {
            case F16 -> {
                if (finite) {
                    widenFiniteHalf(from, to, count);
                } else {
                    widenHalf(from, to, count);
                }
            }
            case BF16 -> widenBfloat(from, to, count);
            case I8 -> widenBytes(from, scales, to, count);
            default -> throw new IllegalArgumentException("widen " + dtype);
        }
    }

    /**
     * Widens IEEE half precision exactly. The exponent and significand move to their places in a single, and a
     * multiplication by 2^112 corrects the exponent's bias (subnormals come out right by themselves).
     */
    private static void widenHalf(long from, long to, int count) {
        for (int i = 0; i < count; i += LANES) {
            IntVector bits = (IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, from + i * 2L, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            VectorMask<Integer> special = bits.and(0x7c00).compare(VectorOperators.EQ, 0x7c00);
            bits.and(0x7fff)
                    .lanewise(VectorOperators.LSHL, 13)
                    .reinterpretAsFloats()
                    .mul(0x1p112f)
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.OR, 0x7f800000, special)
                    .or(bits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
                    .reinterpretAsFloats()
                    .intoMemorySegment(ALL, to + i * 4L, ORDER);
        }
    }

    /**
     * Widens IEEE half precision where no exponent has all bits set. Values are shifted together with copies of the
     * sign, all but one of which are cleared.
     */
    private static void widenFiniteHalf(long from, long to, int count) {
        for (int i = 0; i < count; i += LANES) {
            ((IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, from + i * 2L, ORDER)
                            .convertShape(VectorOperators.S2I, INTS, 0))
                    .lanewise(VectorOperators.LSHL, 13)
                    .and(0x8fffe000)
                    .reinterpretAsFloats()
                    .mul(0x1p112f)
                    .intoMemorySegment(ALL, to + i * 4L, ORDER);
        }
    }

    private static void widenBfloat(long from, long to, int count) {
        for (int i = 0; i < count; i += LANES) {
            ((IntVector) ShortVector.fromMemorySegment(SHORTS, ALL, from + i * 2L, ORDER)
                            .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0))
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .intoMemorySegment(ALL, to + i * 4L, ORDER);
        }
    }

    private static void widenBytes(long from, long scales, long to, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector scale = FloatVector.fromMemorySegment(FLOATS, ALL, scales + i % Simd.PANEL_COLUMNS * 4L, ORDER);
            ((FloatVector) ByteVector.fromMemorySegment(BYTES, ALL, from + i, ORDER)
                            .convertShape(VectorOperators.B2F, FLOATS, 0))
                    .mul(scale)
                    .intoMemorySegment(ALL, to + i * 4L, ORDER);
        }
    }

    @Override
    public void activate(Activation activation, long x, int count) {
        VectorActivations.apply(activation, x, count);
    }

    @Override
    public void layerNorm(long x, long gamma, long beta, float epsilon, long out, int count) {
        float mean = VectorRows.sum(x, count) / count;
        float variance = VectorRows.sumOfSquares(x, mean, count) / count;
        VectorRows.normalize(x, mean, (float) (1 / Math.sqrt(variance + epsilon)), gamma, beta, out, count);
    }

    @Override
    public void expColumns(long x, int rows, float factor, long totals) {
        long stride = 4L * Simd.PANEL_COLUMNS;
        for (int i = 0; i < Simd.PANEL_COLUMNS; i += LANES) {
            VectorRows.belowLargest(x + i * 4L, rows, stride, factor);
        }
        VectorRows.exp(x, 1, 0, x, rows * Simd.PANEL_COLUMNS);
        for (int i = 0; i < Simd.PANEL_COLUMNS; i += LANES) {
            VectorRows.sumColumns(x + i * 4L, rows, stride, totals + i * 4L);
        }
    }

    @Override
    public void exp(long x, float factor, float base, int count) {
        VectorRows.exp(x, factor, base, x, count);
    }

    @Override
    public void add(long a, long aStride, long b, long bStride, long out, long outStride, int rows, int count) {
        for (int row = 0; row < rows; row++) {
            add(a + row * aStride, b + row * bStride, out + row * outStride, count);
        }
    }

    private static void add(long a, long b, long out, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long at = i * 4L;
            FloatVector.fromMemorySegment(FLOATS, ALL, a + at, ORDER)
                    .add(FloatVector.fromMemorySegment(FLOATS, ALL, b + at, ORDER))
                    .intoMemorySegment(ALL, out + at, ORDER);
        }
        if (i < count) {
            long at = i * 4L;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            FloatVector.fromMemorySegment(FLOATS, ALL, a + at, ORDER, mask)
                    .add(FloatVector.fromMemorySegment(FLOATS, ALL, b + at, ORDER, mask))
                    .intoMemorySegment(ALL, out + at, ORDER, mask);
        }
    }

    @Override
    public void winogradInput(long[] pixels, int channel, long to, long toStride, int channels) {
        VectorWinograd.input(pixels, channel, to, toStride, channels);
    }

    @Override
    public void winogradOutput(
            long from, long fromStride, long bias, long to, long pixelBytes, long lineBytes, int columns) {
        VectorWinograd.output(from, fromStride, bias, to, pixelBytes, lineBytes, columns);
    }

    @Override
    public void larger(long a, long b, long out, int count) {
        for (int i = 0; i < count; i += LANES) {
            long at = i * 4L;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            FloatVector.fromMemorySegment(FLOATS, ALL, a + at, ORDER, mask)
                    .max(FloatVector.fromMemorySegment(FLOATS, ALL, b + at, ORDER, mask))
                    .intoMemorySegment(ALL, out + at, ORDER, mask);
        }
    }

    @Override
    public void multiply(long a, long b, long out, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long at = i * 4L;
            FloatVector.fromMemorySegment(FLOATS, ALL, a + at, ORDER)
                    .mul(FloatVector.fromMemorySegment(FLOATS, ALL, b + at, ORDER))
                    .intoMemorySegment(ALL, out + at, ORDER);
        }
        if (i < count) {
            long at = i * 4L;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            FloatVector.fromMemorySegment(FLOATS, ALL, a + at, ORDER, mask)
                    .mul(FloatVector.fromMemorySegment(FLOATS, ALL, b + at, ORDER, mask))
                    .intoMemorySegment(ALL, out + at, ORDER, mask);
        }
    }

    @Override
    public void sumOfProducts(long[] a, long[] b, int terms, long start, long out, int count) {
        VectorRows.sumOfProducts(a, b, terms, start, out, count);
    }

    @Override
    public void scale(long a, float factor, float term, long out, int count) {
        FloatVector factors = FloatVector.broadcast(FLOATS, factor);
        FloatVector terms = FloatVector.broadcast(FLOATS, term);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            long at = i * 4L;
            FloatVector.fromMemorySegment(FLOATS, ALL, a + at, ORDER)
                    .fma(factors, terms)
                    .intoMemorySegment(ALL, out + at, ORDER);
        }
        if (i < count) {
            long at = i * 4L;
            VectorMask<Float> mask = FLOATS.indexInRange(i, count);
            FloatVector.fromMemorySegment(FLOATS, ALL, a + at, ORDER, mask)
                    .fma(factors, terms)
                    .intoMemorySegment(ALL, out + at, ORDER, mask);
        }
    }

    @Override
    public int panelsOfLowTile(DType dtype, int rows) {
        return LowTiles.panels(dtype, rows);
    }

    @Override
    public void lowTile(
            int rows, PackedMatrix weight, int panel, int input, float[] a, int offset, int depth, long start, long c) {
        LowTiles.tile(rows, weight, panel, input, a, offset, depth, start, c);
    }

    @Override
    public void dots(long a, long from, long stride, int rows, int count, long scores) {
        VectorRows.dots(a, from, stride, rows, count, scores);
    }

    @Override
    public void weightedSum(long weights, long from, long stride, int rows, int count, boolean fresh, long out) {
        VectorRows.weightedSum(weights, from, stride, rows, count, fresh, out);
    }

    @Override
    public void crossProducts(
            long a, long aStride, long b, long bStride, int rows, int count, long sums, long sumsStride) {
        for (int j = 0; j < count; j += LANES) {
            VectorMask<Float> mask = FLOATS.indexInRange(j, count);
            int i = 0;
            for (; i <= count - 8; i += 8) {
                VectorRows.crossProductsOfEight(
                        a + i * 4L,
                        aStride,
                        b + j * 4L,
                        bStride,
                        rows,
                        mask,
                        sums + i * sumsStride + j * 4L,
                        sumsStride);
            }
            for (; i < count; i++) {
                VectorRows.crossProductsOfOne(
                        a + i * 4L, aStride, b + j * 4L, bStride, rows, mask, sums + i * sumsStride + j * 4L);
            }
        }
    }

    @Override
    public float sum(long x, int count) {
        return VectorRows.sum(x, count);
    }

    @Override
    public float sumOfSquares(long x, int count) {
        return VectorRows.sumOfSquares(x, 0, count);
    }

    @Override
    public float max(long x, int count) {
        float max = Float.NEGATIVE_INFINITY;
        FloatVector maxes = FloatVector.broadcast(FLOATS, max);
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            maxes = maxes.max(FloatVector.fromMemorySegment(FLOATS, ALL, x + i * 4L, ORDER));
        }
        max = maxes.reduceLanes(VectorOperators.MAX);
        for (; i < count; i++) {
            max = Math.max(max, Memory.get(x + i * 4L));
        }
        return max;
    }
}
