package dev.fovea.models.image;

import java.util.Arrays;

/**
 * Decodes a VP8 key frame, the content of a lossy WebP (RFC 6386): headers, modes and coefficients of each macroblock.
 */
final class Vp8Decoder {
    private static final int[] NO_COEFFICIENTS = new int[16];
    /** Mode of a whole 16x16 block that is predicted as sixteen 4x4 ones. */
    private static final int BLOCKS = -1;

    private final byte[] data;
    private final int end;
    private final DecodingBudget budget;
    private int width;
    private int height;
    private int columns;
    private int rows;
    private Vp8BitReader header;
    private Vp8BitReader[] partitions;
    private final Vp8LoopFilter filter = new Vp8LoopFilter();
    private final Vp8Quantizers quantizers = new Vp8Quantizers();

    private boolean segments;
    private boolean segmentMap;
    private final int[] segmentProbabilities = {255, 255, 255};
    private final int[] probabilities = Vp8Tables.COEFFICIENTS.clone();
    private boolean skips;
    private int skipProbability;

    private Vp8Plane luma;
    private Vp8Plane blue;
    private Vp8Plane red;

    /** Modes of the 4x4 blocks above and to the left of the current macroblock. */
    private int[] modesAbove;

    private final int[] modesLeft = new int[4];
    /**
     * Flags per macroblock column and for the left: whether luma (0-3), blue (4-5), red (6-7) and second-order (8)
     * blocks had coefficients.
     */
    private int[][] above;

    private final int[] left = new int[9];
    private final int[] blockModes = new int[16];
    private final int[] coefficients = new int[25 * 16];

    private Vp8Decoder(byte[] data, int end, DecodingBudget budget) {
        this.data = data;
        this.end = end;
        this.budget = budget;
    }

    /** Decodes the frame in bytes {@code start} to {@code end}. */
    static Picture decode(byte[] data, int start, int end, DecodingBudget budget) throws BrokenPictureException {
        Vp8Decoder decoder = new Vp8Decoder(data, end, budget);
        decoder.readHeader(start);
        decoder.readMacroblocks();
        decoder.filter.run(decoder.luma, decoder.blue, decoder.red, decoder.columns, decoder.rows, budget);
        byte[] rgb = Vp8Colors.toRgb(decoder.luma, decoder.blue, decoder.red, decoder.width, decoder.height, budget);
        return new Picture(decoder.width, decoder.height, PictureMode.RGB, rgb, null);
    }

    private int int8(int at) throws BrokenPictureException {
        if (at < 0 || at >= end) throw BrokenPictureException.truncated();
        return data[at] & 0xFF;
    }

    private int int24(int at) throws BrokenPictureException {
        return int8(at) | int8(at + 1) << 8 | int8(at + 2) << 16;
    }

    private void readHeader(int start) throws BrokenPictureException {
        int tag = int24(start);
        if ((tag & 1) != 0 || int24(start + 3) != 0x2A019D) throw BrokenPictureException.truncated();
        int size = int24(start + 6) & 0x3FFF;
        width = size;
        height = int8(start + 8) | (int8(start + 9) & 0x3F) << 8;
        PictureSize.check(width, height);
        columns = width + 15 >> 4;
        rows = height + 15 >> 4;
        int first = start + 10;
        int second = first + (tag >> 5);
        if (second > end) throw BrokenPictureException.truncated();
        // The modes of a macroblock take more than one bit, so that a size cannot be claimed without enough bytes.
        if ((long) columns * rows > 8L * (second - first) + 64) throw BrokenPictureException.truncated();
        header = new Vp8BitReader(data, first, second);
        header.number(2);
        readSegments();
        filter.readHeader(header);
        int count = 1 << header.number(2);
        splitPartitions(second, count);
        quantizers.readHeader(header);
        header.flag();
        for (int i = 0; i < probabilities.length; i++) {
            if (header.bit(Vp8Tables.COEFFICIENT_UPDATES[i]) != 0) probabilities[i] = header.number(8);
        }
        skips = header.flag();
        skipProbability = skips ? header.number(8) : 0;
    }

    private void readSegments() {
        segments = header.flag();
        filter.segments = segments;
        quantizers.segments = segments;
        if (!segments) return;
        segmentMap = header.flag();
        if (header.flag()) {
            boolean absolute = header.flag();
            quantizers.absolute = absolute;
            filter.absolute = absolute;
            for (int i = 0; i < 4; i++) quantizers.ofSegment[i] = header.optional(7);
            for (int i = 0; i < 4; i++) filter.ofSegment[i] = header.optional(6);
        }
        if (segmentMap) {
            for (int i = 0; i < 3; i++) segmentProbabilities[i] = header.flag() ? header.number(8) : 255;
        }
    }

    /**
     * Splits the tokens into partitions. The coefficients of rows i, i + count, i + 2 count, ... are in partition i;
     * all but the last state their length.
     */
    private void splitPartitions(int start, int count) throws BrokenPictureException {
        partitions = new Vp8BitReader[count];
        int from = start + 3 * (count - 1);
        for (int i = 0; i < count; i++) {
            // As in libwebp a length that is too large means all that is left, and the last partition may not be empty.
            int to = i < count - 1 ? Math.min(end, from + int24(start + 3 * i)) : end;
            if (from > end || i == count - 1 && from == end) throw BrokenPictureException.truncated();
            partitions[i] = new Vp8BitReader(data, from, to);
            from = to;
        }
    }

    private void readMacroblocks() throws BrokenPictureException {
        luma = new Vp8Plane(columns * 16, rows * 16);
        blue = new Vp8Plane(columns * 8, rows * 8);
        red = new Vp8Plane(columns * 8, rows * 8);
        filter.start(columns, rows);
        quantizers.start();
        modesAbove = new int[columns * 4];
        above = new int[columns][9];
        for (int y = 0; y < rows; y++) {
            budget.check(); // a row has a thousand macroblocks at most
            Arrays.fill(left, 0);
            Arrays.fill(modesLeft, Vp8Plane.DC);
            Vp8BitReader tokens = partitions[y & partitions.length - 1];
            for (int x = 0; x < columns; x++) macroblock(x, y, tokens);
            if (header.isExhausted() || tokens.isExhausted()) throw BrokenPictureException.truncated();
        }
    }

    private void macroblock(int x, int y, Vp8BitReader tokens) {
        int segment = 0;
        if (segmentMap) {
            segment = header.bit(segmentProbabilities[0]) == 0
                    ? header.bit(segmentProbabilities[1])
                    : 2 + header.bit(segmentProbabilities[2]);
        }
        boolean skip = skips && header.bit(skipProbability) != 0;
        int lumaMode = readLumaMode(x);
        int colorMode = header.bit(142) == 0
                ? Vp8Plane.DC
                : header.bit(114) == 0
                        ? Vp8Plane.VERTICAL
                        : header.bit(183) != 0 ? Vp8Plane.TRUE_MOTION : Vp8Plane.HORIZONTAL;
        boolean blocks = lumaMode == BLOCKS;
        boolean some = false;
        if (skip) {
            int kept = blocks ? 8 : 9;
            Arrays.fill(left, 0, kept, 0);
            Arrays.fill(above[x], 0, kept, 0);
        } else {
            some = readCoefficients(tokens, above[x], blocks, segment);
        }
        filter.set(x, y, segment, blocks, some);
        if (blocks) {
            predictBlocks(x, y, some);
        } else {
            luma.predict(x * 16, y * 16, 16, lumaMode);
            if (some) for (int i = 0; i < 16; i++) add(luma, x * 16 + (i & 3) * 4, y * 16 + (i >> 2) * 4, i);
        }
        blue.predict(x * 8, y * 8, 8, colorMode);
        red.predict(x * 8, y * 8, 8, colorMode);
        for (int i = 0; some && i < 4; i++) {
            add(blue, x * 8 + (i & 1) * 4, y * 8 + (i >> 1) * 4, 16 + i);
            add(red, x * 8 + (i & 1) * 4, y * 8 + (i >> 1) * 4, 20 + i);
        }
    }

    /** Reads the 16x16 mode, or {@link #BLOCKS} with the modes of the sixteen blocks in {@link #blockModes}. */
    private int readLumaMode(int x) {
        if (header.bit(145) != 0) {
            int mode = header.bit(156) != 0
                    ? header.bit(128) != 0 ? Vp8Plane.TRUE_MOTION : Vp8Plane.HORIZONTAL
                    : header.bit(163) != 0 ? Vp8Plane.VERTICAL : Vp8Plane.DC;
            Arrays.fill(modesAbove, 4 * x, 4 * x + 4, mode);
            Arrays.fill(modesLeft, mode);
            return mode;
        }
        for (int i = 0; i < 16; i++) {
            int column = 4 * x + (i & 3);
            int mode = readBlockMode((modesAbove[column] * 10 + modesLeft[i >> 2]) * 9);
            blockModes[i] = mode;
            modesAbove[column] = mode;
            modesLeft[i >> 2] = mode;
        }
        return BLOCKS;
    }

    /** Reads a leaf of the tree of modes; {@code at} is the index of its nodes' first probability. */
    private int readBlockMode(int at) {
        int[] p = Vp8Tables.BLOCK_MODES;
        if (header.bit(p[at]) == 0) return Vp8Plane.DC;
        if (header.bit(p[at + 1]) == 0) return Vp8Plane.TRUE_MOTION;
        if (header.bit(p[at + 2]) == 0) return Vp8Plane.VERTICAL;
        if (header.bit(p[at + 3]) == 0) {
            if (header.bit(p[at + 4]) == 0) return Vp8Plane.HORIZONTAL;
            return header.bit(p[at + 5]) == 0 ? Vp8Plane.RIGHT_DOWN : Vp8Plane.VERTICAL_RIGHT;
        }
        if (header.bit(p[at + 6]) == 0) return Vp8Plane.LEFT_DOWN;
        if (header.bit(p[at + 7]) == 0) return Vp8Plane.VERTICAL_LEFT;
        return Vp8Plane.HORIZONTAL_DOWN + header.bit(p[at + 8]);
    }

    private void predictBlocks(int x, int y, boolean some) {
        boolean last = x == columns - 1;
        for (int i = 0; i < 16; i++) {
            int column = x * 16 + (i & 3) * 4;
            int row = y * 16 + (i >> 2) * 4;
            boolean edge = (i & 3) == 3;
            // Blocks on the right edge all read the macroblock above and to the right.
            int rightOf = luma.at(column + 4, edge ? y * 16 - 1 : row - 1);
            luma.predict4(column, row, blockModes[i], rightOf, edge && last);
            if (some) add(luma, column, row, i);
        }
    }

    private void add(Vp8Plane plane, int x, int y, int block) {
        int from = block * 16;
        if (!Arrays.equals(coefficients, from, from + 16, NO_COEFFICIENTS, 0, 16))
            plane.addInverse(x, y, coefficients, from);
    }

    /** Reads and dequantizes the coefficients of a macroblock; returns false if all are zero. */
    private boolean readCoefficients(Vp8BitReader tokens, int[] over, boolean blocks, int segment) {
        Arrays.fill(coefficients, 0);
        boolean some = false;
        int first = 0;
        int type = 3;
        if (!blocks) {
            int end = block(
                    tokens,
                    1,
                    over[8] + left[8],
                    0,
                    24 * 16,
                    quantizers.secondDc(segment),
                    quantizers.secondAc(segment));
            over[8] = left[8] = end > 0 ? 1 : 0;
            if (end > 0) spreadSecondOrder();
            first = 1;
            type = 0;
        }
        for (int i = 0; i < 16; i++) {
            int end = block(
                    tokens,
                    type,
                    over[i & 3] + left[i >> 2],
                    first,
                    i * 16,
                    quantizers.lumaDc(segment),
                    quantizers.lumaAc(segment));
            over[i & 3] = left[i >> 2] = end > first ? 1 : 0;
            some |= end > first || coefficients[i * 16] != 0;
        }
        for (int i = 0; i < 8; i++) {
            int column = 4 + (i >> 2) * 2 + (i & 1);
            int row = 4 + (i >> 2) * 2 + (i >> 1 & 1);
            int end = block(
                    tokens,
                    2,
                    over[column] + left[row],
                    0,
                    (16 + i) * 16,
                    quantizers.colorDc(segment),
                    quantizers.colorAc(segment));
            over[column] = left[row] = end > 0 ? 1 : 0;
            some |= end > 0;
        }
        return some;
    }

    /** Reads one block of tokens; returns one past the last coefficient (RFC 6386, section 13). */
    private int block(Vp8BitReader tokens, int type, int context, int first, int to, int dc, int ac) {
        int n = first;
        int p = probabilitiesAt(type, n, context);
        while (n < 16) {
            if (tokens.bit(probabilities[p]) == 0) return n;
            while (tokens.bit(probabilities[p + 1]) == 0) {
                if (++n == 16) return 16;
                p = probabilitiesAt(type, n, 0);
            }
            int value;
            int nextContext;
            if (tokens.bit(probabilities[p + 2]) == 0) {
                value = 1;
                nextContext = 1;
            } else {
                value = largeValue(tokens, p);
                nextContext = 2;
            }
            // Only values of damaged data do not fit.
            coefficients[to + Vp8Tables.ZIGZAG[n]] = (short) (tokens.signed(value) * (n > 0 ? ac : dc));
            n++;
            p = probabilitiesAt(type, n, nextContext);
        }
        return 16;
    }

    private static int probabilitiesAt(int type, int n, int context) {
        return ((type * 8 + Vp8Tables.BANDS[n]) * 3 + context) * 11;
    }

    private int largeValue(Vp8BitReader tokens, int p) {
        if (tokens.bit(probabilities[p + 3]) == 0) {
            if (tokens.bit(probabilities[p + 4]) == 0) return 2;
            return 3 + tokens.bit(probabilities[p + 5]);
        }
        if (tokens.bit(probabilities[p + 6]) == 0) {
            if (tokens.bit(probabilities[p + 7]) == 0) return 5 + tokens.bit(159);
            int high = tokens.bit(165);
            return 7 + 2 * high + tokens.bit(145);
        }
        int high = tokens.bit(probabilities[p + 8]);
        int category = 2 * high + tokens.bit(probabilities[p + 9 + high]);
        int value = 0;
        for (int probability : Vp8Tables.CATEGORIES[category]) value = 2 * value + tokens.bit(probability);
        return value + 3 + (8 << category);
    }

    /**
     * Spreads the second-order block, which holds the Walsh-Hadamard transformed first coefficients of the sixteen luma
     * blocks.
     */
    private void spreadSecondOrder() {
        int[] in = coefficients;
        int base = 24 * 16;
        int[] rows = new int[16];
        for (int i = 0; i < 4; i++) {
            int a0 = in[base + i] + in[base + 12 + i];
            int a1 = in[base + 4 + i] + in[base + 8 + i];
            int a2 = in[base + 4 + i] - in[base + 8 + i];
            int a3 = in[base + i] - in[base + 12 + i];
            rows[i] = a0 + a1;
            rows[8 + i] = a0 - a1;
            rows[4 + i] = a3 + a2;
            rows[12 + i] = a3 - a2;
        }
        for (int i = 0; i < 4; i++) {
            int dc = rows[4 * i] + 3;
            int a0 = dc + rows[4 * i + 3];
            int a1 = rows[4 * i + 1] + rows[4 * i + 2];
            int a2 = rows[4 * i + 1] - rows[4 * i + 2];
            int a3 = dc - rows[4 * i + 3];
            in[64 * i] = (short) (a0 + a1 >> 3);
            in[64 * i + 16] = (short) (a3 + a2 >> 3);
            in[64 * i + 32] = (short) (a0 - a1 >> 3);
            in[64 * i + 48] = (short) (a3 - a2 >> 3);
        }
    }
}
