package dev.fovea.models.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The inverse discrete cosine transform of an 8 x 8 block to 4 x 4, 2 x 2 or 1 x 1 samples, for pictures that are
 * decoded at a half, a quarter or an eighth of their size. It gives the bits of libjpeg's reduced transforms
 * (jidctred.c), as the vector instructions of libjpeg-turbo compute them (jidctred-sse2.asm): inputs and most results
 * of the first pass are 16 bits wide.
 *
 * <p>All blocks of a batch are transformed together, by loops over their coefficients of one row, which lie side by
 * side. The loops are long, do little, and index all their arrays alike, so that the compiler makes vector instructions
 * of them:
 *
 * <pre>
 * coefficients[y][x, lane] -> columns -> columns[y][x, lane] -> columns[x][y, lane] -> rows -> results[x][y, lane]
 * </pre>
 *
 * <p>Not safe to share between threads.
 */
final class JpegReducedDct {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** Brings four samples from -128 to 127, side by side, to 0 to 255. */
    private static final int TO_UNSIGNED = 0x80808080;

    private static final int BLOCKS = JpegBatch.BLOCKS;
    private static final int ROW = 8 * BLOCKS;
    private static final int BITS = JpegInverseDct.BITS;

    /** The constants times 2^13: the even half of four samples. */
    private static final int C_0_765 = 6270;

    private static final int C_1_847 = 15137;

    /** The odd half of four samples. */
    private static final int C_0_211 = 1730;

    private static final int C_0_509 = 4176;
    private static final int C_0_601 = 4926;
    private static final int C_0_899 = 7373;
    private static final int C_1_061 = 8697;
    private static final int C_1_451 = 11893;
    private static final int C_2_172 = 17799;
    private static final int C_2_562 = 20995;

    /** The odd half of two samples. */
    private static final int C_0_720 = 5906;

    private static final int C_0_850 = 6967;
    private static final int C_1_272 = 10426;
    private static final int C_3_624 = 29692;

    private final JpegKernels kernels;
    private final int[][] inputs = new int[8][ROW];
    private final int[][] columns = new int[4][ROW];
    private final int[][] results = new int[4][4 * BLOCKS];
    /** The samples of one row of each block, side by side in one number, the first in the low byte. */
    private final int[] samples = new int[4 * BLOCKS];

    /** The odd half of the outer and of the inner two of four results, and the even halves. */
    private final int[] outerOdd = new int[ROW];

    private final int[] innerOdd = new int[ROW];
    private final int[] outerEven = new int[ROW];
    private final int[] innerEven = new int[ROW];

    JpegReducedDct(JpegKernels kernels) {
        this.kernels = kernels;
    }

    /**
     * Transforms the blocks of a batch, whose coefficients are already multiplied by their quantisers, to samples side
     * by side.
     *
     * @param size number of samples across and down that a block becomes: 1, 2 or 4
     * @param blocks number of blocks of the batch, from the left
     * @param stride from one row of samples to the next
     */
    void transform(JpegBatch batch, int size, int blocks, byte[] out, int to, int stride) {
        switch (size) {
            case 1 -> one(batch.coefficients, samples);
            case 2 -> two(batch.coefficients);
            default -> four(batch.coefficients);
        }
        for (int y = 0; y < size; y++) store(size, y * BLOCKS, blocks, out, to + y * stride);
    }

    /** Stores a row of samples of each block. */
    private void store(int size, int row, int blocks, byte[] out, int to) {
        for (int block = 0; block < blocks; block++) {
            int packed = samples[row + kernels.lane(block)];
            switch (size) {
                case 1 -> out[to + block] = (byte) packed;
                case 2 -> SHORT.set(out, to + 2 * block, (short) packed);
                default -> INT.set(out, to + 4 * block, packed);
            }
        }
    }

    /** Takes DC alone, an eighth of which is the mean of the block. */
    private static void one(short[] coefficients, int[] samples) {
        for (int lane = 0; lane < BLOCKS; lane++) {
            // libjpeg takes ten bits of it.
            int mean = (coefficients[lane] + 4 >> 3) << 22 >> 22;
            samples[lane] = Math.max(Byte.MIN_VALUE, Math.min(Byte.MAX_VALUE, mean)) ^ TO_UNSIGNED;
        }
    }

    private void two(short[] coefficients) {
        widen(coefficients, 0, inputs[0]);
        for (int y = 1; y < 8; y += 2) widen(coefficients, y, inputs[y]);
        shift(inputs[0], BITS + 2, ROW, outerEven);
        oddOfTwo(inputs, ROW, outerOdd);
        sums(outerEven, outerOdd, JpegInverseDct.FIRST_SHIFT + 2, Short.SIZE, ROW, columns[0], columns[1]);
        // The even column stays 32 bits wide.
        sums(outerEven, outerOdd, JpegInverseDct.FIRST_SHIFT + 2, Integer.SIZE, BLOCKS, columns[0], columns[1]);
        int count = 2 * BLOCKS;
        turn(columns, 0, 2, inputs[0]);
        for (int x = 1; x < 8; x += 2) turn(columns, x, 2, inputs[x]);
        shift(inputs[0], BITS + 2, count, outerEven);
        oddOfTwo(inputs, count, outerOdd);
        sums(outerEven, outerOdd, JpegInverseDct.SECOND_SHIFT + 2, Byte.SIZE, count, results[0], results[1]);
        pack(results[0], results[1], samples);
    }

    private void four(short[] coefficients) {
        for (int y = 0; y < 8; y++) widen(coefficients, y, inputs[y]);
        evenOfFour(inputs, ROW, outerEven, innerEven);
        oddOfFour(inputs, ROW, outerOdd, innerOdd);
        sums(outerEven, outerOdd, JpegInverseDct.FIRST_SHIFT + 1, Short.SIZE, ROW, columns[0], columns[3]);
        sums(innerEven, innerOdd, JpegInverseDct.FIRST_SHIFT + 1, Short.SIZE, ROW, columns[1], columns[2]);
        if (overflows(inputs[0])) flat(inputs, columns);
        int count = 4 * BLOCKS;
        for (int x = 0; x < 8; x++) turn(columns, x, 4, inputs[x]);
        evenOfFour(inputs, count, outerEven, innerEven);
        oddOfFour(inputs, count, outerOdd, innerOdd);
        sums(outerEven, outerOdd, JpegInverseDct.SECOND_SHIFT + 1, Byte.SIZE, count, results[0], results[3]);
        sums(innerEven, innerOdd, JpegInverseDct.SECOND_SHIFT + 1, Byte.SIZE, count, results[1], results[2]);
        pack(results[0], results[1], results[2], results[3], samples);
    }

    private static void pack(int[] a, int[] b, int[] out) {
        for (int i = 0; i < 2 * BLOCKS; i++) out[i] = (a[i] & 0xFF | b[i] << 8) ^ TO_UNSIGNED;
    }

    private static void pack(int[] a, int[] b, int[] c, int[] d, int[] out) {
        for (int i = 0; i < 4 * BLOCKS; i++) {
            out[i] = (a[i] & 0xFF | (b[i] & 0xFF) << 8 | (c[i] & 0xFF) << 16 | d[i] << 24) ^ TO_UNSIGNED;
        }
    }

    private static void widen(short[] coefficients, int y, int[] out) {
        for (int i = 0; i < ROW; i++) out[i] = coefficients[y * ROW + i];
    }

    /** Gathers a column of some rows. */
    private static void turn(int[][] rows, int x, int count, int[] out) {
        for (int y = 0; y < count; y++) System.arraycopy(rows[y], x * BLOCKS, out, y * BLOCKS, BLOCKS);
    }

    private static void shift(int[] in, int bits, int count, int[] out) {
        for (int i = 0; i < count; i++) out[i] = in[i] << bits;
    }

    /** Sums the odd ones of eight inputs for the first of two results; the second has the opposite. */
    private static void oddOfTwo(int[][] in, int count, int[] odd) {
        int[] in1 = in[1];
        int[] in3 = in[3];
        int[] in5 = in[5];
        int[] in7 = in[7];
        for (int i = 0; i < count; i++) {
            odd[i] = in1[i] * C_3_624 - in3[i] * C_1_272 + in5[i] * C_0_850 - in7[i] * C_0_720;
        }
    }

    /** Sums the odd inputs for the first and the second of four results; the others have the opposite. */
    private static void oddOfFour(int[][] in, int count, int[] outer, int[] inner) {
        int[] in1 = in[1];
        int[] in3 = in[3];
        int[] in5 = in[5];
        int[] in7 = in[7];
        for (int i = 0; i < count; i++) {
            outer[i] = in1[i] * C_2_562 + in3[i] * C_0_899 - in5[i] * C_0_601 - in7[i] * C_0_509;
        }
        for (int i = 0; i < count; i++) {
            inner[i] = in1[i] * C_1_061 - in3[i] * C_2_172 + in5[i] * C_1_451 - in7[i] * C_0_211;
        }
    }

    /** Sums the even inputs for the outer and the inner two of four results. The fourth even input has no part. */
    private static void evenOfFour(int[][] in, int count, int[] outer, int[] inner) {
        int[] in0 = in[0];
        int[] in2 = in[2];
        int[] in6 = in[6];
        for (int i = 0; i < count; i++) {
            int turned = in2[i] * C_1_847 - in6[i] * C_0_765;
            outer[i] = (in0[i] << BITS + 1) + turned;
            inner[i] = (in0[i] << BITS + 1) - turned;
        }
    }

    /**
     * Adds two halves, subtracts them, and rounds both.
     *
     * @param bits width of the results, which are saturated
     */
    private static void sums(int[] even, int[] odd, int shift, int bits, int count, int[] sum, int[] difference) {
        int round = 1 << shift - 1;
        int most = -1 >>> 33 - bits;
        int least = ~most;
        for (int i = 0; i < count; i++) sum[i] = Math.max(least, Math.min(most, even[i] + odd[i] + round >> shift));
        for (int i = 0; i < count; i++) {
            difference[i] = Math.max(least, Math.min(most, even[i] - odd[i] + round >> shift));
        }
    }

    /** Returns whether a coefficient of the first rows is beyond {@link JpegInverseDct#LARGEST}. */
    private static boolean overflows(int[] firstRows) {
        int all = 0;
        for (int i = 0; i < ROW; i++) all |= firstRows[i] + JpegInverseDct.LARGEST + 1;
        return (all & ~(2 * JpegInverseDct.LARGEST + 1)) != 0;
    }

    /** Computes the first pass for blocks of damaged files that have only a first row: there it wraps around. */
    private static void flat(int[][] inputs, int[][] columns) {
        for (int lane = 0; lane < BLOCKS; lane++) {
            int others = 0;
            for (int y = 1; y < 8; y++) {
                for (int i = lane; i < ROW && y != 4; i += BLOCKS) others |= inputs[y][i];
            }
            if (others != 0) continue;
            for (int i = lane; i < ROW; i += BLOCKS) {
                for (int[] row : columns) row[i] = (short) (inputs[0][i] << 2);
            }
        }
    }
}
