package dev.fovea.models.image;

/**
 * Decodes lossless WebP ("WebP Lossless Bitstream Specification"): prefix codes, copies of earlier pixels, a colour
 * cache, transforms.
 */
final class Vp8lDecoder {
    private static final int CODES = 5;
    private static final int GREEN = 0;
    private static final int RED = 1;
    private static final int BLUE = 2;
    private static final int ALPHA = 3;
    private static final int DISTANCE = 4;
    private static final int LENGTHS = 24;

    private static final int FREE_PIXELS = 1 << 24;
    /** Most pixels that a byte may stand for, as many as in a PNG. */
    private static final int PIXELS_OF_A_BYTE = 8192;

    /**
     * Short distances: the nearby pixel that each of the first 120 codes means, rows up in the high and columns in the
     * low half.
     */
    private static final int[] NEARBY = {
        0x18, 0x07, 0x17, 0x19, 0x28, 0x06, 0x27, 0x29, 0x16, 0x1A, 0x26, 0x2A, 0x38, 0x05, 0x37, 0x39,
        0x15, 0x1B, 0x36, 0x3A, 0x25, 0x2B, 0x48, 0x04, 0x47, 0x49, 0x14, 0x1C, 0x35, 0x3B, 0x46, 0x4A,
        0x24, 0x2C, 0x58, 0x45, 0x4B, 0x34, 0x3C, 0x03, 0x57, 0x59, 0x13, 0x1D, 0x56, 0x5A, 0x23, 0x2D,
        0x44, 0x4C, 0x55, 0x5B, 0x33, 0x3D, 0x68, 0x02, 0x67, 0x69, 0x12, 0x1E, 0x66, 0x6A, 0x22, 0x2E,
        0x54, 0x5C, 0x43, 0x4D, 0x65, 0x6B, 0x32, 0x3E, 0x78, 0x01, 0x77, 0x79, 0x53, 0x5D, 0x11, 0x1F,
        0x64, 0x6C, 0x42, 0x4E, 0x76, 0x7A, 0x21, 0x2F, 0x75, 0x7B, 0x31, 0x3F, 0x63, 0x6D, 0x52, 0x5E,
        0x00, 0x74, 0x7C, 0x41, 0x4F, 0x10, 0x20, 0x62, 0x6E, 0x30, 0x73, 0x7D, 0x51, 0x5F, 0x40, 0x72,
        0x7E, 0x61, 0x6F, 0x50, 0x71, 0x7F, 0x60, 0x70
    };

    private final Vp8lBitReader bits;
    private final DecodingBudget budget;

    private Vp8lDecoder(Vp8lBitReader bits, DecodingBudget budget) {
        this.bits = bits;
        this.budget = budget;
    }

    /**
     * Decodes the picture in bytes {@code start} to {@code end}.
     *
     * @param alpha whether to keep the alpha channel; the picture's own head is only a hint of the encoder
     */
    static Picture decode(byte[] data, int start, int end, boolean alpha, DecodingBudget budget)
            throws BrokenPictureException {
        if (start >= end || data[start] != 0x2F) throw BrokenPictureException.truncated();
        Vp8lBitReader bits = new Vp8lBitReader(data, start + 1, end);
        int width = 1 + bits.number(14);
        int height = 1 + bits.number(14);
        bits.number(1);
        if (bits.number(3) != 0) throw BrokenPictureException.truncated();
        PictureSize.check(width, height);
        // One colour throughout takes no bits at all, so a size is accepted without enough bytes only up to a limit.
        if ((long) width * height > FREE_PIXELS && (long) width * height > (long) (end - start) * PIXELS_OF_A_BYTE) {
            throw new BrokenPictureException("claims " + width + " x " + height + " pixels in " + (end - start)
                    + " bytes (a decompression bomb?); scale it down first");
        }
        int[] pixels = new Vp8lDecoder(bits, budget).picture(width, height);
        int size = alpha ? 4 : 3;
        byte[] samples = new byte[PictureSize.bytes(width, height, size)];
        for (int i = 0, to = 0; i < width * height; i++, to += size) {
            int pixel = pixels[i];
            samples[to] = (byte) (pixel >> 16);
            samples[to + 1] = (byte) (pixel >> 8);
            samples[to + 2] = (byte) pixel;
            if (alpha) samples[to + 3] = (byte) (pixel >> 24);
            budget.checkAt(i);
        }
        return new Picture(width, height, alpha ? PictureMode.RGB_ALPHA : PictureMode.RGB, samples, null);
    }

    /** Decodes the green values of a picture without a header, whose size is known: an alpha channel is stored so. */
    static byte[] greens(byte[] data, int start, int end, int width, int height, DecodingBudget budget)
            throws BrokenPictureException {
        int[] pixels = new Vp8lDecoder(new Vp8lBitReader(data, start, end), budget).picture(width, height);
        byte[] greens = new byte[width * height];
        for (int i = 0; i < greens.length; i++) greens[i] = (byte) (pixels[i] >> 8);
        return greens;
    }

    /** Decodes the picture itself: transforms, then the pixels that they are applied to. */
    private int[] picture(int width, int height) throws BrokenPictureException {
        Vp8lTransform[] transforms = new Vp8lTransform[4];
        int count = 0;
        int seen = 0;
        int codedWidth = width;
        while (bits.number(1) != 0) {
            int type = bits.number(2);
            if ((seen & 1 << type) != 0) throw BrokenPictureException.truncated();
            seen |= 1 << type;
            Vp8lTransform transform = transform(type, codedWidth, height);
            codedWidth = transform.codedWidth();
            transforms[count++] = transform;
        }
        int[] pixels = pixels(codedWidth, height, true);
        while (count > 0) pixels = transforms[--count].undo(pixels, height, budget);
        return pixels;
    }

    private Vp8lTransform transform(int type, int width, int height) throws BrokenPictureException {
        switch (type) {
            case Vp8lTransform.PREDICTOR, Vp8lTransform.CROSS_COLOR -> {
                int blockBits = 2 + bits.number(3);
                int[] data = pixels(blocks(width, blockBits), blocks(height, blockBits), false);
                return new Vp8lTransform(type, width, width, blockBits, data);
            }
            case Vp8lTransform.COLOR_INDEXING -> {
                int colors = 1 + bits.number(8);
                int packing = colors > 16 ? 0 : colors > 4 ? 1 : colors > 2 ? 2 : 3;
                int[] differences = pixels(colors, 1, false);
                // Indices beyond the palette mean transparent black.
                int[] palette = new int[256];
                for (int i = 0, color = 0; i < colors; i++) {
                    color = Vp8lTransform.add(color, differences[i]);
                    palette[i] = color;
                }
                return new Vp8lTransform(type, width, blocks(width, packing), packing, palette);
            }
            default -> {
                return new Vp8lTransform(type, width, width, 0, null);
            }
        }
    }

    /** Returns the number of blocks of 2^bits pixels that cover a side. */
    private static int blocks(int side, int bits) {
        return side + (1 << bits) - 1 >> bits;
    }

    /** Decodes one entropy-coded picture; only the main one may use different codes in different places. */
    private int[] pixels(int width, int height, boolean main) throws BrokenPictureException {
        int cacheBits = 0;
        if (bits.number(1) != 0) {
            cacheBits = bits.number(4);
            if (cacheBits < 1 || cacheBits > 11) throw BrokenPictureException.truncated();
        }
        int groupBits = 0;
        int[] groupOf = null;
        int groups = 1;
        if (main && bits.number(1) != 0) {
            groupBits = 2 + bits.number(3);
            groupOf = pixels(blocks(width, groupBits), blocks(height, groupBits), false);
            for (int i = 0; i < groupOf.length; i++) {
                groupOf[i] = groupOf[i] >> 8 & 0xFFFF;
                groups = Math.max(groups, groupOf[i] + 1);
            }
        }
        int cacheSize = cacheBits == 0 ? 0 : 1 << cacheBits;
        Vp8lCode[][] codes = new Vp8lCode[groups][CODES];
        for (Vp8lCode[] group : codes) {
            for (int i = 0; i < CODES; i++) {
                int size = i == GREEN ? 256 + LENGTHS + cacheSize : i == DISTANCE ? 40 : 256;
                group[i] = Vp8lCode.read(bits, size);
                budget.advance(size);
            }
        }
        return fill(new int[PictureSize.bytes(width, height, 1)], width, codes, groupOf, groupBits, cacheBits);
    }

    private int[] fill(int[] pixels, int width, Vp8lCode[][] codes, int[] groupOf, int groupBits, int cacheBits)
            throws BrokenPictureException {
        int[] cache = new int[1 << cacheBits];
        int cached = 0;
        int groupsAcross = blocks(width, groupBits);
        Vp8lCode[] group = codes[0];
        int at = 0;
        int next = 0;
        while (at < pixels.length) {
            if (at >= next) {
                budget.check();
                next = at + DecodingBudget.STEPS;
            }
            if (groupOf != null) {
                group = codes[groupOf[(at / width >> groupBits) * groupsAcross + (at % width >> groupBits)]];
            }
            int symbol = group[GREEN].symbol(bits);
            if (symbol < 256) {
                int red = group[RED].symbol(bits);
                int blue = group[BLUE].symbol(bits);
                int alpha = group[ALPHA].symbol(bits);
                pixels[at++] = alpha << 24 | red << 16 | symbol << 8 | blue;
            } else if (symbol < 256 + LENGTHS) {
                int length = stretched(symbol - 256);
                int distance = distance(stretched(group[DISTANCE].symbol(bits)), width);
                if (distance > at || length > pixels.length - at) throw BrokenPictureException.truncated();
                for (int end = at + length; at < end; at++) pixels[at] = pixels[at - distance];
            } else {
                // The cache has to hold all pixels up to here.
                for (; cached < at; cached++) cache[slot(pixels[cached], cacheBits)] = pixels[cached];
                pixels[at++] = cache[symbol - 256 - LENGTHS];
            }
        }
        return pixels;
    }

    private static int slot(int pixel, int cacheBits) {
        return pixel * 0x1E35A7BD >>> 32 - cacheBits;
    }

    /** Reads a length or distance: a symbol and the extra bits that it asks for. */
    private int stretched(int symbol) throws BrokenPictureException {
        if (symbol < 4) return symbol + 1;
        int extra = symbol - 2 >> 1;
        return (2 + (symbol & 1) << extra) + bits.longNumber(extra) + 1;
    }

    private static int distance(int code, int width) {
        if (code > NEARBY.length) return code - NEARBY.length;
        int nearby = NEARBY[code - 1];
        return Math.max(1, (nearby >> 4) * width + 8 - (nearby & 15));
    }
}
