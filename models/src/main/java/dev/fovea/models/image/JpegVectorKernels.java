package dev.fovea.models.image;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Implements the loops with the Vector API. Twin of {@link JpegPlainKernels}, with {@link JpegInverseDct} as the
 * textbook version of the transform.
 *
 * <p>A lane is a block or a pixel, and all lanes compute alike. A transform is cut into methods of some forty vector
 * operations that pass their results on in arrays, which stay in the first-level cache: with more in one method the
 * compiler stops inlining, and each vector becomes an object.
 */
final class JpegVectorKernels implements JpegKernels {
    /** At most sixteen lanes, as many as the margins of a batch and a row allow. */
    private static final VectorSpecies<Integer> INTS =
            IntVector.SPECIES_PREFERRED.length() >= 16 ? IntVector.SPECIES_512 : IntVector.SPECIES_256;

    private static final int LANES = INTS.length();
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(16 * LANES));
    private static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class, VectorShape.forBitSize(8 * LANES));

    private static final int SIXTEEN = 16;
    private static final VectorSpecies<Byte> SIXTEEN_BYTES = ByteVector.SPECIES_128;
    private static final VectorSpecies<Short> SIXTEEN_SHORTS = ShortVector.SPECIES_256;

    /** Row of the working space, which is like a batch with as many blocks as there are lanes. */
    private static final int WORK_ROW = 8 * LANES;

    /**
     * The term that rounds the shift of a pass; that of the second pass also brings samples from -128 to 127 to 0 to
     * 255.
     */
    private static final IntVector FIRST_ROUND = all(1 << JpegInverseDct.FIRST_SHIFT - 1);

    private static final IntVector SECOND_ROUND =
            all((1 << JpegInverseDct.SECOND_SHIFT - 1) + (128 << JpegInverseDct.SECOND_SHIFT));

    private static final IntVector LEAST_SHORT = all(Short.MIN_VALUE);
    private static final IntVector LARGEST_SHORT = all(Short.MAX_VALUE);
    private static final IntVector LEAST_SAMPLE = all(0);
    private static final IntVector LARGEST_SAMPLE = all(255);

    /**
     * The constants as vectors, since the compiler stops inlining sooner where each operation spreads a number over the
     * lanes.
     */
    private static final IntVector C_0_298 = all(JpegInverseDct.C_0_298);

    private static final IntVector C_0_390 = all(JpegInverseDct.C_0_390);
    private static final IntVector C_0_541 = all(JpegInverseDct.C_0_541);
    private static final IntVector C_0_765 = all(JpegInverseDct.C_0_765);
    private static final IntVector C_0_899 = all(JpegInverseDct.C_0_899);
    private static final IntVector C_1_175 = all(JpegInverseDct.C_1_175);
    private static final IntVector C_1_501 = all(JpegInverseDct.C_1_501);
    private static final IntVector C_1_847 = all(JpegInverseDct.C_1_847);
    private static final IntVector C_1_961 = all(JpegInverseDct.C_1_961);
    private static final IntVector C_2_053 = all(JpegInverseDct.C_2_053);
    private static final IntVector C_2_562 = all(JpegInverseDct.C_2_562);
    private static final IntVector C_3_072 = all(JpegInverseDct.C_3_072);

    private static IntVector all(int value) {
        return IntVector.broadcast(INTS, value);
    }

    private final int[] work = new int[64 * LANES];
    private final int[] parts = new int[8 * LANES];
    private final int[] scalars = new int[64];
    private short[] sums = new short[0];

    /** Returns whether this machine has vectors of at least eight numbers. */
    static boolean fits() {
        return IntVector.SPECIES_PREFERRED.length() >= 8;
    }

    /**
     * Returns the lane of a block. Of as many blocks as there are lanes, the first half takes the even lanes, the
     * second half the odd ones. Read as twice as wide, lanes then hold a block's left and right half row: the first
     * half of the blocks in their low bits, the second half in the high ones.
     */
    @Override
    public int lane(int block) {
        int within = block % LANES;
        return block - within + (within < LANES / 2 ? 2 * within : 2 * within - LANES + 1);
    }

    @Override
    public void transform(JpegBatch batch, int blocks, byte[] out, int to, int stride) {
        for (int from = 0; from < blocks; from += LANES) {
            int at = to + 8 * from;
            int seen = batch.seen(from, LANES);
            if ((seen & JpegInverseDct.BEYOND_FIRST_ROW) == 0) {
                widen(batch.coefficients, from, 8, work);
                firstRow(work);
                row(0, out, at);
                for (int y = 1; y < 8; y++) System.arraycopy(out, at, out, at + y * stride, 8 * LANES);
            } else if (overflows(batch.coefficients, from)) {
                oneByOne(batch, from, blocks, out, to, stride);
            } else {
                widen(batch.coefficients, from, 64, work);
                // A column of zeros is its own result.
                int columns = (seen & JpegInverseDct.BEYOND_FOURTH_COLUMN) == 0 ? 4 : 8;
                for (int x = 0; x < columns; x++) column(x * LANES);
                for (int y = 0; y < 8; y++) row(y * WORK_ROW, out, at + y * stride);
            }
        }
    }

    /** Transforms blocks of a damaged file one by one, since it matters how each overflows. */
    private void oneByOne(JpegBatch batch, int from, int blocks, byte[] out, int to, int stride) {
        for (int block = from; block < Math.min(blocks, from + LANES); block++) {
            JpegInverseDct.transform(batch, lane(block), scalars, out, to + 8 * block, stride);
        }
    }

    private static IntVector load(int[] from, int at) {
        return IntVector.fromArray(INTS, from, at);
    }

    private static void widen(short[] in, int at, int places, int[] out) {
        for (int i = 0; i < places; i++) {
            Vector<Integer> place = ShortVector.fromArray(SHORTS, in, at + i * JpegBatch.BLOCKS)
                    .convertShape(VectorOperators.S2I, INTS, 0);
            ((IntVector) place).intoArray(out, i * LANES);
        }
    }

    /** Returns whether a coefficient of the first rows is beyond {@link JpegInverseDct#LARGEST}. */
    private static boolean overflows(short[] in, int at) {
        ShortVector all = ShortVector.zero(SHORTS);
        for (int x = 0; x < 8; x++) {
            all = all.or(ShortVector.fromArray(SHORTS, in, at + x * JpegBatch.BLOCKS)
                    .add((short) (JpegInverseDct.LARGEST + 1)));
        }
        return all.and((short) ~(2 * JpegInverseDct.LARGEST + 1))
                .compare(VectorOperators.NE, (short) 0)
                .anyTrue();
    }

    /** Computes the first pass over blocks that have only a first row: their rows are all alike. */
    private static void firstRow(int[] work) {
        for (int x = 0; x < 8; x++) {
            load(work, x * LANES)
                    .lanewise(VectorOperators.LSHL, 16 + 2)
                    .lanewise(VectorOperators.ASHR, 16)
                    .intoArray(work, x * LANES);
        }
    }

    private void column(int at) {
        even(work, at, WORK_ROW, FIRST_ROUND, parts);
        odd(work, at, WORK_ROW, parts);
        combine(parts, JpegInverseDct.FIRST_SHIFT, LEAST_SHORT, LARGEST_SHORT, work, at, WORK_ROW);
    }

    private void row(int at, byte[] out, int to) {
        even(work, at, LANES, SECOND_ROUND, parts);
        odd(work, at, LANES, parts);
        combine(parts, JpegInverseDct.SECOND_SHIFT, LEAST_SAMPLE, LARGEST_SAMPLE, work, at, LANES);
        pack(work, at, out, to);
    }

    /** Computes the sums of the even inputs, with the term that rounds the shift to come: four vectors. */
    private static void even(int[] in, int at, int step, IntVector round, int[] parts) {
        IntVector in0 = load(in, at);
        IntVector in2 = load(in, at + 2 * step);
        IntVector in4 = load(in, at + 4 * step);
        IntVector in6 = load(in, at + 6 * step);
        IntVector turned = in2.add(in6).mul(C_0_541);
        IntVector even2 = turned.sub(in6.mul(C_1_847));
        IntVector even3 = turned.add(in2.mul(C_0_765));
        // The sums are 16 bits wide.
        IntVector even0 = in0.add(in4)
                .lanewise(VectorOperators.LSHL, 16)
                .lanewise(VectorOperators.ASHR, 16 - JpegInverseDct.BITS)
                .add(round);
        IntVector even1 = in0.sub(in4)
                .lanewise(VectorOperators.LSHL, 16)
                .lanewise(VectorOperators.ASHR, 16 - JpegInverseDct.BITS)
                .add(round);
        even0.add(even3).intoArray(parts, 0);
        even1.add(even2).intoArray(parts, LANES);
        even1.sub(even2).intoArray(parts, 2 * LANES);
        even0.sub(even3).intoArray(parts, 3 * LANES);
    }

    /** Computes the sums of the odd inputs: four vectors. */
    private static void odd(int[] in, int at, int step, int[] parts) {
        IntVector in1 = load(in, at + step);
        IntVector in3 = load(in, at + 3 * step);
        IntVector in5 = load(in, at + 5 * step);
        IntVector in7 = load(in, at + 7 * step);
        IntVector odd37 = in7.add(in3).lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
        IntVector odd15 = in5.add(in1).lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
        IntVector turned = odd37.add(odd15).mul(C_1_175);
        IntVector z3 = turned.sub(odd37.mul(C_1_961));
        IntVector z4 = turned.sub(odd15.mul(C_0_390));
        IntVector z1 = in1.add(in7).mul(C_0_899);
        IntVector z2 = in3.add(in5).mul(C_2_562);
        in1.mul(C_1_501).add(z4.sub(z1)).intoArray(parts, 4 * LANES);
        in3.mul(C_3_072).add(z3.sub(z2)).intoArray(parts, 5 * LANES);
        in5.mul(C_2_053).add(z4.sub(z2)).intoArray(parts, 6 * LANES);
        in7.mul(C_0_298).add(z3.sub(z1)).intoArray(parts, 7 * LANES);
    }

    /** Combines parts into eight results: four even parts plus and minus four odd ones. */
    private static void combine(int[] parts, int shift, IntVector low, IntVector high, int[] out, int to, int step) {
        for (int i = 0; i < 4; i++) {
            IntVector even = load(parts, i * LANES);
            IntVector odd = load(parts, (4 + i) * LANES);
            IntVector sum = even.add(odd).lanewise(VectorOperators.ASHR, shift);
            IntVector difference = even.sub(odd).lanewise(VectorOperators.ASHR, shift);
            sum.max(low).min(high).intoArray(out, to + i * step);
            difference.max(low).min(high).intoArray(out, to + (7 - i) * step);
        }
    }

    /** Packs a row of samples of each block: four to each lane, then eight to each lane of twice the width. */
    private static void pack(int[] samples, int at, byte[] out, int to) {
        LongVector left = four(samples, at).reinterpretAsLongs();
        LongVector right = four(samples, at + 4 * LANES).reinterpretAsLongs();
        left.and(0xFFFFFFFFL)
                .or(right.lanewise(VectorOperators.LSHL, 32))
                .reinterpretAsBytes()
                .intoArray(out, to);
        left.lanewise(VectorOperators.LSHR, 32)
                .or(right.and(0xFFFFFFFF00000000L))
                .reinterpretAsBytes()
                .intoArray(out, to + 4 * LANES);
    }

    private static IntVector four(int[] samples, int at) {
        return load(samples, at)
                .or(load(samples, at + LANES).lanewise(VectorOperators.LSHL, 8))
                .or(load(samples, at + 2 * LANES).lanewise(VectorOperators.LSHL, 16))
                .or(load(samples, at + 3 * LANES).lanewise(VectorOperators.LSHL, 24));
    }

    @Override
    public void both(byte[] in, int near, int far, int width, byte[] out) {
        short[] sums = sums(width);
        for (int x = 0; x < width; x += SIXTEEN) {
            wide(in, near + x).mul((short) 3).add(wide(in, far + x)).intoArray(sums, x + 1);
        }
        interpolate(sums, width, 8, 7, 4, out);
    }

    @Override
    public void across(byte[] in, int at, int width, byte[] out) {
        short[] sums = sums(width);
        for (int x = 0; x < width; x += SIXTEEN) wide(in, at + x).intoArray(sums, x + 1);
        interpolate(sums, width, 1, 2, 2, out);
    }

    private short[] sums(int width) {
        if (sums.length < width + 2 + SIXTEEN) sums = new short[width + 2 + SIXTEEN];
        return sums;
    }

    private static ShortVector wide(byte[] in, int at) {
        return (ShortVector) ByteVector.fromArray(SIXTEEN_BYTES, in, at)
                .convertShape(VectorOperators.ZERO_EXTEND_B2S, SIXTEEN_SHORTS, 0);
    }

    /**
     * Interpolates a row: three parts of each number and one of its left, then of its right neighbour. Beyond the
     * borders the outermost one is repeated.
     */
    private static void interpolate(short[] in, int width, int leftBias, int rightBias, int shift, byte[] out) {
        in[0] = in[1];
        in[width + 1] = in[width];
        for (int x = 0; x < width; x += SIXTEEN) {
            ShortVector here = ShortVector.fromArray(SIXTEEN_SHORTS, in, x + 1).mul((short) 3);
            ShortVector left = ShortVector.fromArray(SIXTEEN_SHORTS, in, x)
                    .add(here)
                    .add((short) leftBias)
                    .lanewise(VectorOperators.LSHR, shift);
            ShortVector right = ShortVector.fromArray(SIXTEEN_SHORTS, in, x + 2)
                    .add(here)
                    .add((short) rightBias)
                    .lanewise(VectorOperators.LSHR, shift);
            left.or(right.lanewise(VectorOperators.LSHL, 8))
                    .reinterpretAsBytes()
                    .intoArray(out, 2 * x);
        }
    }

    /**
     * Shuffle that packs four pixels of three bytes, in four numbers, into three numbers: the rest of one pixel and the
     * beginning of the next.
     */
    private static final VectorShuffle<Integer> RESTS = VectorShuffle.fromOp(INTS, i -> (i / 3 * 4 + i % 3) % LANES);

    private static final VectorShuffle<Integer> BEGINNINGS =
            VectorShuffle.fromOp(INTS, i -> (i / 3 * 4 + i % 3 + 1) % LANES);
    private static final IntVector REST_SHIFTS = IntVector.fromArray(INTS, shifts(0, 8), 0);
    private static final IntVector BEGINNING_SHIFTS = IntVector.fromArray(INTS, shifts(24, -8), 0);

    private static int[] shifts(int first, int step) {
        int[] shifts = new int[LANES];
        for (int i = 0; i < LANES; i++) shifts[i] = first + i % 3 * step;
        return shifts;
    }

    @Override
    public void yccToRgb(byte[] y, int yAt, byte[] cb, int cbAt, byte[] cr, int crAt, int width, byte[] out, int to) {
        int x = 0;
        // A vector is written whole, though only three quarters of it are pixels.
        int end = Math.min(width, Math.floorDiv(out.length - to - 4 * LANES, 3) + 1);
        for (; x < end; x += LANES) {
            IntVector blueness = wideInts(cb, cbAt + x).sub(128);
            IntVector redness = wideInts(cr, crAt + x).sub(128);
            pixels(wideInts(y, yAt + x), blueness, redness, out, to + 3 * x);
        }
        if (x < width) JpegColors.yccToRgb(y, yAt, cb, cbAt, cr, crAt, x, width, out, to);
    }

    private static IntVector wideInts(byte[] in, int at) {
        return (IntVector) ByteVector.fromArray(BYTES, in, at).convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
    }

    private static void pixels(IntVector luminance, IntVector blueness, IntVector redness, byte[] out, int to) {
        IntVector red = redness.mul(JpegColors.RED_OF_CR).add(JpegColors.HALF);
        IntVector green = blueness.mul(-JpegColors.GREEN_OF_CB)
                .sub(redness.mul(JpegColors.GREEN_OF_CR))
                .add(JpegColors.HALF);
        IntVector blue = blueness.mul(JpegColors.BLUE_OF_CB).add(JpegColors.HALF);
        red = red.lanewise(VectorOperators.ASHR, 16).add(luminance).max(0).min(255);
        green = green.lanewise(VectorOperators.ASHR, 16).add(luminance).max(0).min(255);
        blue = blue.lanewise(VectorOperators.ASHR, 16).add(luminance).max(0).min(255);
        IntVector pixels = red.or(green.lanewise(VectorOperators.LSHL, 8)).or(blue.lanewise(VectorOperators.LSHL, 16));
        pixels.rearrange(RESTS)
                .lanewise(VectorOperators.LSHR, REST_SHIFTS)
                .or(pixels.rearrange(BEGINNINGS).lanewise(VectorOperators.LSHL, BEGINNING_SHIFTS))
                .reinterpretAsBytes()
                .intoArray(out, to);
    }
}
