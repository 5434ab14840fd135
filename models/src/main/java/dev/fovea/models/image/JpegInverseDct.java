package dev.fovea.models.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The inverse discrete cosine transform of an 8 x 8 block in whole numbers, by Loeffler, Ligtenberg and Moschytz
 * (1989): each pass over columns or rows is 12 multiplications by constants of 13 bits. It gives the bits of libjpeg's
 * "islow" method, as the vector instructions of libjpeg-turbo compute it (jidctint-avx2.asm): inputs, the sums of two
 * inputs and the results of the first pass are 16 bits wide, which matters where damaged files hold numbers that are
 * far too large.
 */
final class JpegInverseDct {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Mask of the bits of places beyond the first row. */
    static final int BEYOND_FIRST_ROW = 0x38;

    /** Mask of the bits of places beyond the fourth column. */
    static final int BEYOND_FOURTH_COLUMN = 4;

    /**
     * Largest magnitude of a coefficient that does not overflow in the first pass, where flat blocks wrap around and
     * others do not.
     */
    static final int LARGEST = (1 << 13) - 1;

    static final int BITS = 13;
    static final int FIRST_SHIFT = BITS - 2;
    static final int SECOND_SHIFT = BITS + 2 + 3;

    /** The constants times 2^13. */
    static final int C_0_298 = 2446;

    static final int C_0_390 = 3196;
    static final int C_0_541 = 4433;
    static final int C_0_765 = 6270;
    static final int C_0_899 = 7373;
    static final int C_1_175 = 9633;
    static final int C_1_501 = 12299;
    static final int C_1_847 = 15137;
    static final int C_1_961 = 16069;
    static final int C_2_053 = 16819;
    static final int C_2_562 = 20995;
    static final int C_3_072 = 25172;

    private JpegInverseDct() {}

    /**
     * Transforms the block in one lane of a batch, whose coefficients are already multiplied by their quantisers, to
     * samples.
     *
     * @param columns 64 numbers of working space
     * @param stride from one row of samples to the next
     */
    static void transform(JpegBatch batch, int lane, int[] columns, byte[] out, int to, int stride) {
        int seen = batch.seen[lane];
        if ((seen & BEYOND_FIRST_ROW) == 0) flat(batch.coefficients, lane, seen, out, to, stride);
        else transform(batch.coefficients, lane, (seen & BEYOND_FOURTH_COLUMN) == 0 ? 4 : 8, columns, out, to, stride);
    }

    /** Transforms a block whose columns from {@code width} on are zero. */
    private static void transform(short[] block, int at, int width, int[] columns, byte[] out, int to, int stride) {
        for (int x = 0; x < width; x++) {
            int in = at + x * JpegBatch.BLOCKS;
            int in0 = block[in];
            int in1 = block[in + 8 * JpegBatch.BLOCKS];
            int in2 = block[in + 16 * JpegBatch.BLOCKS];
            int in3 = block[in + 24 * JpegBatch.BLOCKS];
            int in4 = block[in + 32 * JpegBatch.BLOCKS];
            int in5 = block[in + 40 * JpegBatch.BLOCKS];
            int in6 = block[in + 48 * JpegBatch.BLOCKS];
            int in7 = block[in + 56 * JpegBatch.BLOCKS];
            if ((in1 | in2 | in3 | in4 | in5 | in6 | in7) == 0) {
                int same = saturated(in0 << 2);
                columns[x] = same;
                columns[x + 8] = same;
                columns[x + 16] = same;
                columns[x + 24] = same;
                columns[x + 32] = same;
                columns[x + 40] = same;
                columns[x + 48] = same;
                columns[x + 56] = same;
                continue;
            }
            int even2 = in2 * C_0_541 + in6 * (C_0_541 - C_1_847);
            int even3 = in2 * (C_0_541 + C_0_765) + in6 * C_0_541;
            int even0 = (short) (in0 + in4) << BITS;
            int even1 = (short) (in0 - in4) << BITS;
            int sum0 = even0 + even3 + (1 << FIRST_SHIFT - 1);
            int sum3 = even0 - even3 + (1 << FIRST_SHIFT - 1);
            int sum1 = even1 + even2 + (1 << FIRST_SHIFT - 1);
            int sum2 = even1 - even2 + (1 << FIRST_SHIFT - 1);
            int odd37 = (short) (in7 + in3);
            int odd15 = (short) (in5 + in1);
            int z3 = odd37 * (C_1_175 - C_1_961) + odd15 * C_1_175;
            int z4 = odd15 * (C_1_175 - C_0_390) + odd37 * C_1_175;
            int odd0 = in7 * (C_0_298 - C_0_899) - in1 * C_0_899 + z3;
            int odd1 = in5 * (C_2_053 - C_2_562) - in3 * C_2_562 + z4;
            int odd2 = in3 * (C_3_072 - C_2_562) - in5 * C_2_562 + z3;
            int odd3 = in1 * (C_1_501 - C_0_899) - in7 * C_0_899 + z4;
            columns[x] = saturated(sum0 + odd3 >> FIRST_SHIFT);
            columns[x + 56] = saturated(sum0 - odd3 >> FIRST_SHIFT);
            columns[x + 8] = saturated(sum1 + odd2 >> FIRST_SHIFT);
            columns[x + 48] = saturated(sum1 - odd2 >> FIRST_SHIFT);
            columns[x + 16] = saturated(sum2 + odd1 >> FIRST_SHIFT);
            columns[x + 40] = saturated(sum2 - odd1 >> FIRST_SHIFT);
            columns[x + 24] = saturated(sum3 + odd0 >> FIRST_SHIFT);
            columns[x + 32] = saturated(sum3 - odd0 >> FIRST_SHIFT);
        }
        if (width == 4) {
            for (int y = 0; y < 64; y += 8) {
                LONG.set(out, to, row(columns[y], columns[y + 1], columns[y + 2], columns[y + 3], 0, 0, 0, 0));
                to += stride;
            }
        } else {
            for (int y = 0; y < 64; y += 8) {
                LONG.set(
                        out,
                        to,
                        row(
                                columns[y],
                                columns[y + 1],
                                columns[y + 2],
                                columns[y + 3],
                                columns[y + 4],
                                columns[y + 5],
                                columns[y + 6],
                                columns[y + 7]));
                to += stride;
            }
        }
    }

    /** Transforms a block without coefficients beyond the first row, whose rows of samples are all alike. */
    private static void flat(short[] block, int at, int seen, byte[] out, int to, int stride) {
        long row;
        if (seen == 0) {
            row = sample((short) (block[at] << 2) + 16 >> 5) * 0x0101010101010101L;
        } else {
            row = row(
                    (short) (block[at] << 2),
                    (short) (block[at + 1 * JpegBatch.BLOCKS] << 2),
                    (short) (block[at + 2 * JpegBatch.BLOCKS] << 2),
                    (short) (block[at + 3 * JpegBatch.BLOCKS] << 2),
                    (short) (block[at + 4 * JpegBatch.BLOCKS] << 2),
                    (short) (block[at + 5 * JpegBatch.BLOCKS] << 2),
                    (short) (block[at + 6 * JpegBatch.BLOCKS] << 2),
                    (short) (block[at + 7 * JpegBatch.BLOCKS] << 2));
        }
        for (int y = 0; y < 8; y++) {
            LONG.set(out, to, row);
            to += stride;
        }
    }

    /** Transforms one row in the second pass: eight samples, the first in the low byte. */
    private static long row(int in0, int in1, int in2, int in3, int in4, int in5, int in6, int in7) {
        int even2 = in2 * C_0_541 + in6 * (C_0_541 - C_1_847);
        int even3 = in2 * (C_0_541 + C_0_765) + in6 * C_0_541;
        int even0 = (short) (in0 + in4) << BITS;
        int even1 = (short) (in0 - in4) << BITS;
        int sum0 = even0 + even3 + (1 << SECOND_SHIFT - 1);
        int sum3 = even0 - even3 + (1 << SECOND_SHIFT - 1);
        int sum1 = even1 + even2 + (1 << SECOND_SHIFT - 1);
        int sum2 = even1 - even2 + (1 << SECOND_SHIFT - 1);
        int odd37 = (short) (in7 + in3);
        int odd15 = (short) (in5 + in1);
        int z3 = odd37 * (C_1_175 - C_1_961) + odd15 * C_1_175;
        int z4 = odd15 * (C_1_175 - C_0_390) + odd37 * C_1_175;
        int odd0 = in7 * (C_0_298 - C_0_899) - in1 * C_0_899 + z3;
        int odd1 = in5 * (C_2_053 - C_2_562) - in3 * C_2_562 + z4;
        int odd2 = in3 * (C_3_072 - C_2_562) - in5 * C_2_562 + z3;
        int odd3 = in1 * (C_1_501 - C_0_899) - in7 * C_0_899 + z4;
        return sample(sum0 + odd3 >> SECOND_SHIFT)
                | sample(sum1 + odd2 >> SECOND_SHIFT) << 8
                | sample(sum2 + odd1 >> SECOND_SHIFT) << 16
                | sample(sum3 + odd0 >> SECOND_SHIFT) << 24
                | sample(sum3 - odd0 >> SECOND_SHIFT) << 32
                | sample(sum2 - odd1 >> SECOND_SHIFT) << 40
                | sample(sum1 - odd2 >> SECOND_SHIFT) << 48
                | sample(sum0 - odd3 >> SECOND_SHIFT) << 56;
    }

    private static int saturated(int value) {
        return Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, value));
    }

    private static long sample(int value) {
        return Math.max(-128, Math.min(127, value)) + 128;
    }
}
