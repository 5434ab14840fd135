package dev.fovea.models.image;

import java.util.Arrays;

/**
 * Guesses the low frequencies of blocks whose scans are missing, from the DC of 5 x 5 blocks around them, as
 * libjpeg-turbo does for progressive files that end early (jdcoefct.c, decompress_smooth_data).
 */
final class JpegSmoothing {
    /** Number of coefficients in zigzag order that take part. */
    static final int COEFFICIENTS = 10;

    /** The bits of all places at which coefficients are guessed. */
    static final int PLACES = 0x1B;

    /** Weights of the neighbours' DC for each coefficient, times 256, where not one AC coefficient's bit is known. */
    private static final int[][] WIDE = {
        {-2, -6, -8, -6, -2, -6, 6, 42, 6, -6, -8, 42, 152, 42, -8, -6, 6, 42, 6, -6, -2, -6, -8, -6, -2},
        {-1, -1, 0, 1, 1, -3, 13, 0, -13, 3, -3, 38, 0, -38, 3, -3, 13, 0, -13, 3, -1, -1, 0, 1, 1},
        {-1, -3, -3, -3, -1, -1, 13, 38, 13, -1, 0, 0, 0, 0, 0, 1, -13, -38, -13, 1, 1, 3, 3, 3, 1},
        {0, 0, 1, 0, 0, 0, 2, 7, 2, 0, 0, -5, -14, -5, 0, 0, 2, 7, 2, 0, 0, 0, 1, 0, 0},
        {-1, 0, 0, 0, 1, 0, 9, 0, -9, 0, 0, 0, 0, 0, 0, 0, -9, 0, 9, 0, 1, 0, 0, 0, -1},
        {0, 0, 0, 0, 0, 0, 2, -5, 2, 0, 1, 7, -14, 7, 1, 0, 2, -5, 2, 0, 0, 0, 0, 0, 0},
        {0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, 2, 0, -2, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0},
        {0, 0, 0, 0, 0, 0, 1, -3, 1, 0, 0, 0, 0, 0, 0, 0, -1, 3, -1, 0, 0, 0, 0, 0, 0},
        {0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, -3, 0, 3, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0},
        {0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, -1, -2, -1, 0, 0, 0, 0, 0, 0},
    };

    /** Weights where some coefficients are known; DC stays as it is. */
    private static final int[][] NARROW = {
        null,
        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -7, 50, 0, -50, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {0, 0, -7, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, -50, 0, 0, 0, 0, 7, 0, 0},
        {0, 0, -1, 0, 0, 0, 0, 13, 0, 0, 0, 0, -24, 0, 0, 0, 0, 13, 0, 0, 0, 0, -1, 0, 0},
        {0, -1, 0, 1, 0, -1, 10, 0, -10, 1, 0, 0, 0, 0, 0, 1, -10, 0, 10, -1, 0, 1, 0, -1, 0},
        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 13, -24, 13, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    };

    private final JpegFrame frame;
    /**
     * For each component and coefficient the bits that are still missing, -1 for all; and those before its last scan.
     */
    private final int[][] missing;

    private final int[][] missingBefore;
    /** The last stripe that the last scan has completed; those after it are as they were before that scan. */
    private int lastGoodStripe;

    private final int[] window = new int[25];

    JpegSmoothing(JpegFrame frame) {
        this.frame = frame;
        missing = new int[frame.components().length][64];
        missingBefore = new int[frame.components().length][64];
        for (int[] each : missing) Arrays.fill(each, -1);
    }

    /** Notes the coefficients that a scan will bring. */
    void scanStarts(JpegMarkers markers) {
        for (int i = 0; i < frame.components().length; i++) {
            if (!Arrays.asList(markers.scan).contains(frame.components()[i])) continue;
            int from = Math.min(markers.bandStart, 1);
            for (int k = from; k <= Math.max(markers.bandEnd, COEFFICIENTS - 1); k++) {
                missingBefore[i][k] = markers.scansRead > 1 ? missing[i][k] : 0;
            }
            for (int k = markers.bandStart; k <= markers.bandEnd; k++) missing[i][k] = markers.bitsAfter;
        }
    }

    /** Notes that a unit of a stripe was decoded from undamaged data. */
    void good(int stripe) {
        lastGoodStripe = stripe;
    }

    /** Returns whether there is anything to guess, and everything that the guess needs. */
    boolean useful(int scans) {
        boolean useful = false;
        for (int i = 0; i < missing.length; i++) {
            short[] quantizers = frame.components()[i].quantizers;
            if (quantizers == null || missing[i][0] < 0) return false;
            for (int k = 0; k < COEFFICIENTS; k++) {
                if (quantizers[k] == 0) return false;
                if (k > 0) useful |= missing[i][k] != 0;
            }
        }
        if (scans < 2) for (int[] each : missingBefore) Arrays.fill(each, -1);
        return useful;
    }

    /**
     * Fills in the missing coefficients of a block.
     *
     * @param index the component
     * @param stripe the stripe of the block
     * @param blockRows rows of blocks that the stripe has in the picture
     * @param row the block's row within the stripe
     * @param block the block's coefficients, changed
     */
    void smooth(int index, int stripe, int blockRows, int row, int column, short[] block) {
        JpegComponent component = frame.components()[index];
        int[] bits = stripe > lastGoodStripe ? missingBefore[index] : missing[index];
        boolean wide = true;
        for (int k = 1; k < COEFFICIENTS; k++) wide &= bits[k] == -1;
        look(component, stripe, blockRows, row, column);
        long dcQuantizer = component.quantizers[0] & 0xFFFF;
        int count = wide ? COEFFICIENTS : 6;
        for (int k = 1; k < count; k++) {
            int place = JpegTables.NATURAL_ORDER[k];
            if (bits[k] == 0 || block[place] != 0) continue;
            long guess = dcQuantizer * sum((wide ? WIDE : NARROW)[k]);
            block[place] = (short) scaled(guess, component.quantizers[k] & 0xFFFF, bits[k]);
        }
        if (wide) block[0] = (short) scaled(dcQuantizer * sum(WIDE[0]), dcQuantizer, -1);
    }

    /** Divides a guess by 256 quantisers, rounded, and limits it to what the missing bits allow. */
    private static int scaled(long guess, long quantizer, int bits) {
        int size = (int) (((quantizer << 7) + Math.abs(guess)) / (quantizer << 8));
        if (bits > 0 && size >= 1 << bits) size = (1 << bits) - 1;
        return guess < 0 ? -size : size;
    }

    private int sum(int[] weights) {
        int sum = 0;
        for (int i = 0; i < 25; i++) sum += weights[i] * window[i];
        return sum;
    }

    /** Gathers the DC around a block; beyond the borders the outermost ones are repeated. */
    private void look(JpegComponent component, int stripe, int blockRows, int row, int column) {
        int y = stripe * component.down + row;
        // libjpeg counts rows like this, which is off in a last stripe that is not full.
        int counted = stripe * blockRows + row;
        int rows = blockRows * frame.stripes();
        int above = counted > 0 ? y - 1 : y;
        int top = counted > 1 ? y - 2 : above;
        int below = counted < rows - 1 ? y + 1 : y;
        int bottom = counted < rows - 2 ? y + 2 : below;
        gather(component, top, column, 0);
        gather(component, above, column, 5);
        gather(component, y, column, 10);
        gather(component, below, column, 15);
        gather(component, bottom, column, 20);
    }

    private void gather(JpegComponent component, int y, int column, int to) {
        for (int dx = -2; dx <= 2; dx++) {
            int x = Math.max(0, Math.min(component.widthInBlocks - 1, column + dx));
            window[to + 2 + dx] = component.coefficients[(y * component.blockStride + x) << 6];
        }
    }
}
