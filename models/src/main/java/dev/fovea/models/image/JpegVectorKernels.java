package dev.fovea.models.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops with the Vector API, eight numbers at a time: a row of a block, or eight pixels. Twin of {@link JpegPlainKernels}, with
 * {@link JpegInverseDct} as the textbook version of the transform.
 *
 * <p>A transform is cut into methods of some forty vector operations that hand their results on in arrays, which stay in the first-level
 * cache: with more in one method the compiler stops inlining, and each vector becomes an object.
 */
final class JpegVectorKernels implements JpegKernels {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_128;
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;

    private static final int SIXTEEN = 16;
    private static final VectorSpecies<Byte> SIXTEEN_BYTES = ByteVector.SPECIES_128;
    private static final VectorSpecies<Short> SIXTEEN_SHORTS = ShortVector.SPECIES_256;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** Lanes change places with their neighbours, or pairs with pairs; the masks choose every second lane or pair. */
    private static final VectorShuffle<Integer> NEIGHBOURS = VectorShuffle.fromOp(INTS, lane -> lane ^ 1);

    private static final VectorShuffle<Integer> PAIRS = VectorShuffle.fromOp(INTS, lane -> lane ^ 2);
    private static final VectorMask<Integer> ODD_LANES = VectorMask.fromLong(INTS, 0b10101010);
    private static final VectorMask<Integer> ODD_PAIRS = VectorMask.fromLong(INTS, 0b11001100);

    /** Each of the first or the last four lanes twice, and shifts that bring its two halves up. */
    private static final VectorShuffle<Integer> FIRST_TWICE = VectorShuffle.fromOp(INTS, lane -> lane / 2);

    private static final VectorShuffle<Integer> LAST_TWICE = VectorShuffle.fromOp(INTS, lane -> 4 + lane / 2);
    private static final IntVector HALVES = IntVector.fromArray(INTS, new int[] {16, 0, 16, 0, 16, 0, 16, 0}, 0);

    /** Samples 0 to 255 are stored 128 too low on the way; this turns the high bits of four of them. */
    private static final int CENTRES = 0x80808080;

    private final int[] block = new int[64];
    private final int[] parts = new int[64];
    private final int[] rows = new int[64];
    private final int[] words = new int[16];
    private short[] sums = new short[0];

    /** Tells whether this machine has vectors of eight numbers. */
    static boolean fits() {
        return IntVector.SPECIES_PREFERRED.length() >= INTS.length();
    }

    @Override
    public void transform(short[] in, int at, int seen, byte[] out, int to, int stride) {
        if ((seen & JpegInverseDct.BEYOND_FIRST_ROW) == 0) {
            JpegInverseDct.flat(in, at, seen, out, to, stride);
            return;
        }
        widen(in, at, block);
        even(block, JpegInverseDct.FIRST_SHIFT, parts);
        odd(block, parts);
        combine(parts, JpegInverseDct.FIRST_SHIFT, Short.MIN_VALUE, Short.MAX_VALUE, rows);
        pairRows(rows, parts);
        turn(parts, 0, block, 0);
        turn(parts, 8, block, 8);
        even(block, JpegInverseDct.SECOND_SHIFT, parts);
        odd(block, parts);
        combine(parts, JpegInverseDct.SECOND_SHIFT, Byte.MIN_VALUE, Byte.MAX_VALUE, rows);
        packColumns(rows, 0, words, 0);
        packColumns(rows, 32, words, 8);
        for (int y = 0; y < 8; y++) {
            INT.set(out, to, words[y]);
            INT.set(out, to + 4, words[y + 8]);
            to += stride;
        }
    }

    private static IntVector load(int[] from, int at) {
        return IntVector.fromArray(INTS, from, at);
    }

    private static void widen(short[] in, int at, int[] out) {
        for (int i = 0; i < 64; i += 8) {
            Vector<Integer> row = ShortVector.fromArray(SHORTS, in, at + i).convertShape(VectorOperators.S2I, INTS, 0);
            ((IntVector) row).intoArray(out, i);
        }
    }

    /** The sums of the even inputs, with what rounds the shift to come: four rows. */
    private static void even(int[] in, int shift, int[] parts) {
        IntVector in0 = load(in, 0);
        IntVector in2 = load(in, 16);
        IntVector in4 = load(in, 32);
        IntVector in6 = load(in, 48);
        IntVector even2 = in2.mul(JpegInverseDct.C_0_541).add(in6.mul(JpegInverseDct.C_0_541 - JpegInverseDct.C_1_847));
        IntVector even3 =
                in2.mul(JpegInverseDct.C_0_541 + JpegInverseDct.C_0_765).add(in6.mul(JpegInverseDct.C_0_541));
        // The sums are 16 bits wide.
        IntVector even0 = in0.add(in4)
                .lanewise(VectorOperators.LSHL, 16)
                .lanewise(VectorOperators.ASHR, 16 - JpegInverseDct.BITS)
                .add(1 << shift - 1);
        IntVector even1 = in0.sub(in4)
                .lanewise(VectorOperators.LSHL, 16)
                .lanewise(VectorOperators.ASHR, 16 - JpegInverseDct.BITS)
                .add(1 << shift - 1);
        even0.add(even3).intoArray(parts, 0);
        even1.add(even2).intoArray(parts, 8);
        even1.sub(even2).intoArray(parts, 16);
        even0.sub(even3).intoArray(parts, 24);
    }

    /** The sums of the odd inputs: four rows. */
    private static void odd(int[] in, int[] parts) {
        IntVector in1 = load(in, 8);
        IntVector in3 = load(in, 24);
        IntVector in5 = load(in, 40);
        IntVector in7 = load(in, 56);
        IntVector odd37 = in7.add(in3).lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
        IntVector odd15 = in5.add(in1).lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
        IntVector z3 =
                odd37.mul(JpegInverseDct.C_1_175 - JpegInverseDct.C_1_961).add(odd15.mul(JpegInverseDct.C_1_175));
        IntVector z4 =
                odd15.mul(JpegInverseDct.C_1_175 - JpegInverseDct.C_0_390).add(odd37.mul(JpegInverseDct.C_1_175));
        in1.mul(JpegInverseDct.C_1_501 - JpegInverseDct.C_0_899)
                .sub(in7.mul(JpegInverseDct.C_0_899))
                .add(z4)
                .intoArray(parts, 32);
        in3.mul(JpegInverseDct.C_3_072 - JpegInverseDct.C_2_562)
                .sub(in5.mul(JpegInverseDct.C_2_562))
                .add(z3)
                .intoArray(parts, 40);
        in5.mul(JpegInverseDct.C_2_053 - JpegInverseDct.C_2_562)
                .sub(in3.mul(JpegInverseDct.C_2_562))
                .add(z4)
                .intoArray(parts, 48);
        in7.mul(JpegInverseDct.C_0_298 - JpegInverseDct.C_0_899)
                .sub(in1.mul(JpegInverseDct.C_0_899))
                .add(z3)
                .intoArray(parts, 56);
    }

    /** Eight rows of results: four even parts plus and minus four odd ones. */
    private static void combine(int[] parts, int shift, int low, int high, int[] out) {
        for (int i = 0; i < 32; i += 8) {
            IntVector even = load(parts, i);
            IntVector odd = load(parts, 32 + i);
            IntVector sum = even.add(odd).lanewise(VectorOperators.ASHR, shift);
            IntVector difference = even.sub(odd).lanewise(VectorOperators.ASHR, shift);
            sum.max(low).min(high).intoArray(out, i);
            difference.max(low).min(high).intoArray(out, 56 - i);
        }
    }

    /** Begins to exchange rows and columns: two rows share a vector, in halves of its lanes, and 2 x 2 of these lanes are turned. */
    private static void pairRows(int[] rows, int[] out) {
        IntVector rows01 = load(rows, 0).and(0xFFFF).or(load(rows, 8).lanewise(VectorOperators.LSHL, 16));
        IntVector rows23 = load(rows, 16).and(0xFFFF).or(load(rows, 24).lanewise(VectorOperators.LSHL, 16));
        IntVector rows45 = load(rows, 32).and(0xFFFF).or(load(rows, 40).lanewise(VectorOperators.LSHL, 16));
        IntVector rows67 = load(rows, 48).and(0xFFFF).or(load(rows, 56).lanewise(VectorOperators.LSHL, 16));
        rows01.blend(rows23.rearrange(NEIGHBOURS), ODD_LANES).intoArray(out, 0);
        rows01.rearrange(NEIGHBOURS).blend(rows23, ODD_LANES).intoArray(out, 8);
        rows45.blend(rows67.rearrange(NEIGHBOURS), ODD_LANES).intoArray(out, 16);
        rows45.rearrange(NEIGHBOURS).blend(rows67, ODD_LANES).intoArray(out, 24);
    }

    /** Ends it for every second column: 2 x 2 pairs of lanes are turned, then the halves of the lanes are taken apart. */
    private static void turn(int[] in, int from, int[] out, int to) {
        IntVector rows0123 = load(in, from);
        IntVector rows4567 = load(in, from + 16);
        IntVector columns04 = rows0123.blend(rows4567.rearrange(PAIRS), ODD_PAIRS);
        IntVector columns26 = rows0123.rearrange(PAIRS).blend(rows4567, ODD_PAIRS);
        halves(columns04.rearrange(FIRST_TWICE)).intoArray(out, to);
        halves(columns26.rearrange(FIRST_TWICE)).intoArray(out, to + 16);
        halves(columns04.rearrange(LAST_TWICE)).intoArray(out, to + 32);
        halves(columns26.rearrange(LAST_TWICE)).intoArray(out, to + 48);
    }

    private static IntVector halves(IntVector twice) {
        return twice.lanewise(VectorOperators.LSHL, HALVES).lanewise(VectorOperators.ASHR, 16);
    }

    /** Packs four columns to the bytes of one vector, whose lanes are then half rows. */
    private static void packColumns(int[] columns, int at, int[] out, int to) {
        IntVector first =
                load(columns, at).and(0xFF).or(load(columns, at + 8).and(0xFF).lanewise(VectorOperators.LSHL, 8));
        IntVector third = load(columns, at + 16).and(0xFF).lanewise(VectorOperators.LSHL, 16);
        IntVector last = load(columns, at + 24).lanewise(VectorOperators.LSHL, 24);
        first.or(third).or(last).lanewise(VectorOperators.XOR, CENTRES).intoArray(out, to);
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

    /** Three parts of each number and one of its left, then of its right neighbour; beyond the borders the outermost one counts again. */
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

    @Override
    public void yccToRgb(byte[] y, int yAt, byte[] cb, int cbAt, byte[] cr, int crAt, int width, int[] pixels) {
        int x = 0;
        for (int end = width - 7; x < end; x += 8) eightPixels(y, yAt + x, cb, cbAt + x, cr, crAt + x, pixels, x);
        if (x < width && width >= 8) {
            // The last eight once more, of which some are done already.
            x = width - 8;
            eightPixels(y, yAt + x, cb, cbAt + x, cr, crAt + x, pixels, x);
        } else if (x < width) {
            JpegColors.yccToRgb(y, yAt, cb, cbAt, cr, crAt, width, pixels);
        }
    }

    private static void eightPixels(byte[] y, int yAt, byte[] cb, int cbAt, byte[] cr, int crAt, int[] pixels, int x) {
        IntVector luminance =
                (IntVector) ByteVector.fromArray(BYTES, y, yAt).convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
        IntVector blueness = ((IntVector)
                        ByteVector.fromArray(BYTES, cb, cbAt).convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0))
                .sub(128);
        IntVector redness = ((IntVector)
                        ByteVector.fromArray(BYTES, cr, crAt).convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0))
                .sub(128);
        IntVector red = redness.mul(JpegColors.RED_OF_CR).add(JpegColors.HALF);
        IntVector green = blueness.mul(-JpegColors.GREEN_OF_CB)
                .sub(redness.mul(JpegColors.GREEN_OF_CR))
                .add(JpegColors.HALF);
        IntVector blue = blueness.mul(JpegColors.BLUE_OF_CB).add(JpegColors.HALF);
        red = red.lanewise(VectorOperators.ASHR, 16).add(luminance).max(0).min(255);
        green = green.lanewise(VectorOperators.ASHR, 16).add(luminance).max(0).min(255);
        blue = blue.lanewise(VectorOperators.ASHR, 16).add(luminance).max(0).min(255);
        red.or(green.lanewise(VectorOperators.LSHL, 8))
                .or(blue.lanewise(VectorOperators.LSHL, 16))
                .intoArray(pixels, x);
    }
}
