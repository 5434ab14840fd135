package dev.fovea.models.image;

import java.util.Arrays;

/**
 * The layout of a TIFF's samples, which turns a row of them into pixels of a {@link Picture}. Accepted layouts and
 * their results are those of Pillow (OPEN_INFO in TiffImagePlugin.py, libImaging/Unpack.c).
 *
 * @param mode the picture's mode
 * @param bits of a sample
 * @param samples stored for each pixel
 * @param bands number of samples that the picture keeps, from the first one
 * @param coding conversion of a sample to one of the picture's
 * @param bigEndian whether the high byte of samples of more than 8 bits comes first
 */
record TiffLayout(PictureMode mode, int bits, int samples, int bands, Coding coding, boolean bigEndian) {

    /** Names the conversion of samples to those of a picture. */
    enum Coding {
        /** Kept as they are; narrow grey ones are scaled to 8 bits, wide ones of colours keep their high byte. */
        PLAIN,
        /** Grey where 0 is white. */
        INVERTED,
        /** Colours that were multiplied by their alpha. */
        ASSOCIATED_ALPHA,
        /** Signed grey of 16 or 32 bits. */
        SIGNED,
        /** Luma and chroma. */
        YCBCR,
        /** CIE L*a*b* of 8 bits, a and b signed. */
        LAB
    }

    private static final int WHITE_IS_ZERO = 0;
    private static final int BLACK_IS_ZERO = 1;
    private static final int RGB = 2;
    private static final int PALETTE = 3;
    private static final int INKS = 5;
    static final int YCBCR = 6;
    private static final int LAB = 8;

    private static final int UNSIGNED = 1;
    private static final int SIGNED = 2;
    private static final int FLOAT = 3;

    private static final int ASSOCIATED = 1;
    private static final int UNASSOCIATED = 2;
    private static final int COREL_DRAW = 999;

    private static final int MOST_SAMPLES = 6;

    /** Returns the layout that the tags describe. */
    static TiffLayout of(TiffTags tags, int photometric, boolean planes) throws BrokenPictureException {
        long[] extras = tags.numbers(TiffTags.EXTRA_SAMPLES);
        long[] bits = tags.has(TiffTags.BITS_PER_SAMPLE) ? tags.numbers(TiffTags.BITS_PER_SAMPLE) : new long[] {1};
        long samples = tags.number(TiffTags.SAMPLES_PER_PIXEL, photometric == YCBCR ? bits.length : 1);
        if (planes && extras.length > 0 && Arrays.stream(extras).allMatch(extra -> extra == 0)) {
            // Planes after those of the colours are left out where no tag describes them.
            samples -= extras.length;
            extras = new long[0];
        }
        if (samples < 1 || samples > MOST_SAMPLES) throw unknown(photometric, bits, extras);
        if (samples < bits.length) bits = Arrays.copyOf(bits, (int) samples);
        boolean alike = Arrays.stream(bits).distinct().count() == 1;
        if (!alike || bits.length != 1 && bits.length != samples) throw unknown(photometric, bits, extras);
        long[] formats =
                Arrays.stream(tags.numbers(TiffTags.SAMPLE_FORMAT)).distinct().toArray();
        if (formats.length > 1) throw unknown(photometric, bits, extras);
        int format = formats.length == 0 ? UNSIGNED : (int) formats[0];
        boolean big = tags.bigEndian();
        TiffLayout layout = of(photometric, (int) bits[0], (int) samples, format, extras, big);
        if (layout == null) throw unknown(photometric, bits, extras);
        return layout;
    }

    private static TiffLayout of(int photometric, int bits, int samples, int format, long[] extras, boolean big) {
        boolean plain = format == UNSIGNED;
        boolean bytes = plain && bits == 8;
        boolean wide = plain && bits == 16;
        switch (photometric) {
            case WHITE_IS_ZERO, BLACK_IS_ZERO -> {
                if (samples == 1 && extras.length == 0) return grey(photometric, bits, format, big);
                if (samples != 2 || extras.length != 1 || !bytes || photometric == WHITE_IS_ZERO) return null;
                return switch ((int) extras[0]) {
                    case 0 -> new TiffLayout(PictureMode.GREY, 8, 2, 1, Coding.PLAIN, big);
                    case ASSOCIATED -> new TiffLayout(PictureMode.GREY_ALPHA, 8, 2, 2, Coding.ASSOCIATED_ALPHA, big);
                    case UNASSOCIATED -> new TiffLayout(PictureMode.GREY_ALPHA, 8, 2, 2, Coding.PLAIN, big);
                    default -> null;
                };
            }
            case RGB -> {
                return bytes || wide ? colours(bits, samples, extras, big) : null;
            }
            case PALETTE -> {
                boolean index =
                        samples == 1 && extras.length == 0 && (bits == 1 || bits == 2 || bits == 4 || bits == 8);
                boolean twoBytes = samples == 2 && bits == 8 && extras.length == 1;
                // Pillow's conversion to RGB over RGBA drops an alpha beside the index; so does this.
                boolean known = index || twoBytes && (extras[0] == 0 || extras[0] == UNASSOCIATED);
                return plain && known ? new TiffLayout(PictureMode.PALETTE, bits, samples, 1, Coding.PLAIN, big) : null;
            }
            case INKS -> {
                boolean known =
                        samples == 4 + extras.length && Arrays.stream(extras).allMatch(extra -> extra == 0);
                boolean fits = bytes || wide && extras.length == 0;
                return known && fits ? new TiffLayout(PictureMode.CMYK, bits, samples, 4, Coding.PLAIN, big) : null;
            }
            case YCBCR -> {
                if (!bytes || extras.length > 0) return null;
                if (samples == 1) return new TiffLayout(PictureMode.GREY, 8, 1, 1, Coding.PLAIN, big);
                return samples == 3 ? new TiffLayout(PictureMode.RGB, 8, 3, 3, Coding.YCBCR, big) : null;
            }
            case LAB -> {
                boolean known = bytes && samples == 3 && extras.length == 0;
                return known ? new TiffLayout(PictureMode.RGB, 8, 3, 3, Coding.LAB, big) : null;
            }
            default -> {
                return null;
            }
        }
    }

    private static TiffLayout grey(int photometric, int bits, int format, boolean big) {
        Coding sign = photometric == WHITE_IS_ZERO ? Coding.INVERTED : Coding.PLAIN;
        boolean black = photometric == BLACK_IS_ZERO;
        return switch (bits) {
            case 1 -> format == UNSIGNED ? new TiffLayout(PictureMode.BILEVEL, 1, 1, 1, sign, big) : null;
            case 2, 4 -> format == UNSIGNED ? new TiffLayout(PictureMode.GREY, bits, 1, 1, sign, big) : null;
            case 8 ->
                format == UNSIGNED || format == SIGNED && black
                        ? new TiffLayout(PictureMode.GREY, 8, 1, 1, sign, big)
                        : null;
            case 12 -> format == UNSIGNED && black ? new TiffLayout(PictureMode.GREY_16, 12, 1, 1, sign, big) : null;
            case 16 -> {
                // Whether white is 0 or not, Pillow takes the numbers as they are.
                if (format == UNSIGNED) yield new TiffLayout(PictureMode.GREY_16, 16, 1, 1, Coding.PLAIN, big);
                boolean signed = format == SIGNED && black;
                yield signed ? new TiffLayout(PictureMode.INTEGER, 16, 1, 1, Coding.SIGNED, big) : null;
            }
            case 32 -> {
                if (format == FLOAT) yield new TiffLayout(PictureMode.FLOAT, 32, 1, 1, Coding.PLAIN, big);
                yield black ? new TiffLayout(PictureMode.INTEGER, 32, 1, 1, Coding.SIGNED, big) : null;
            }
            default -> null;
        };
    }

    private static TiffLayout colours(int bits, int samples, long[] extras, boolean big) {
        if (extras.length == 0) {
            // Four samples have an alpha where no tag describes the fourth.
            if (samples == 3) return new TiffLayout(PictureMode.RGB, bits, 3, 3, Coding.PLAIN, big);
            return samples == 4 ? new TiffLayout(PictureMode.RGB_ALPHA, bits, 4, 4, Coding.PLAIN, big) : null;
        }
        boolean othersUnspecified = Arrays.stream(extras).skip(1).allMatch(extra -> extra == 0);
        boolean few = extras.length == 1 || bits == 8 && extras.length <= 3;
        if (samples != 3 + extras.length || !othersUnspecified || !few) return null;
        return switch ((int) extras[0]) {
            case 0 -> new TiffLayout(PictureMode.RGB, bits, samples, 3, Coding.PLAIN, big);
            case ASSOCIATED -> new TiffLayout(PictureMode.RGB_ALPHA, bits, samples, 4, Coding.ASSOCIATED_ALPHA, big);
            case UNASSOCIATED -> new TiffLayout(PictureMode.RGB_ALPHA, bits, samples, 4, Coding.PLAIN, big);
            case COREL_DRAW ->
                samples == 4 && bits == 8
                        ? new TiffLayout(PictureMode.RGB_ALPHA, bits, samples, 4, Coding.PLAIN, big)
                        : null;
            default -> null;
        };
    }

    private static BrokenPictureException unknown(int photometric, long[] bits, long[] extras) {
        return new BrokenPictureException("is a TIFF of a kind that is not supported (photometric interpretation "
                + photometric + ", bits " + Arrays.toString(bits)
                + (extras.length == 0 ? "" : ", extra samples " + Arrays.toString(extras)) + "); save it as PNG");
    }

    /** Returns the number of bytes of a row of {@code width} pixels with {@code samplesOfPixel} samples each. */
    long rowBytes(int width, int samplesOfPixel) {
        return ((long) width * samplesOfPixel * bits + 7) / 8;
    }

    /**
     * Unpacks pixels of one row.
     *
     * @param row the packed samples, from byte {@code from} on
     * @param into the picture's samples, from byte {@code to} on
     */
    void unpack(byte[] row, int from, byte[] into, int to, int width) {
        switch (bits) {
            case 1, 2, 4 -> unpackBits(row, from, into, to, width);
            case 8 -> {
                if (samples == 1) {
                    System.arraycopy(row, from, into, to, width);
                    if (coding == Coding.INVERTED) for (int x = 0; x < width; x++) into[to + x] ^= (byte) 0xFF;
                } else {
                    for (int band = 0; band < bands; band++)
                        unpackBand(row, from + band, samples, into, to + band, width);
                }
            }
            case 12 -> unpack12(row, from, into, to, width);
            case 16 -> {
                if (mode == PictureMode.GREY_16 || mode == PictureMode.INTEGER) {
                    unpackWide(row, from, into, to, width);
                } else {
                    int high = bigEndian ? 0 : 1;
                    for (int band = 0; band < bands; band++) {
                        unpackBand(row, from + 2 * band + high, 2 * samples, into, to + band, width);
                    }
                }
            }
            default -> unpackWide(row, from, into, to, width);
        }
    }

    /** Unpacks one band where each lies in a separate plane. */
    void unpackPlane(int band, byte[] row, int from, byte[] into, int to, int width) {
        int size = bits / 8;
        unpackBand(row, from + (bigEndian ? 0 : size - 1), size, into, to + band, width);
    }

    private void unpackBand(byte[] row, int from, int step, byte[] into, int to, int width) {
        int size = mode.bytesPerPixel();
        for (int x = 0; x < width; x++) into[to + x * size] = row[from + x * step];
    }

    private void unpackBits(byte[] row, int from, byte[] into, int to, int width) {
        int perByte = 8 / bits;
        int most = (1 << bits) - 1;
        int scale = mode == PictureMode.PALETTE ? 1 : 255 / most;
        int flip = coding == Coding.INVERTED ? 0xFF : 0;
        for (int x = 0; x < width; x++) {
            int sample = row[from + x / perByte] >> 8 - bits * (1 + x % perByte) & most;
            into[to + x] = (byte) (sample * scale ^ flip);
        }
    }

    private static void unpack12(byte[] row, int from, byte[] into, int to, int width) {
        for (int x = 0; x < width; x++) {
            int at = from + x / 2 * 3;
            int sample = x % 2 == 0
                    ? (row[at] & 0xFF) << 4 | (row[at + 1] & 0xFF) >> 4
                    : (row[at + 1] & 15) << 8 | row[at + 2] & 0xFF;
            into[to + 2 * x] = (byte) sample;
            into[to + 2 * x + 1] = (byte) (sample >> 8);
        }
    }

    /** Unpacks one sample of 16 or 32 bits a pixel to low byte first; 16 bits with a sign become 32. */
    private void unpackWide(byte[] row, int from, byte[] into, int to, int width) {
        int size = bits / 8;
        int outSize = mode.bytesPerPixel();
        for (int x = 0; x < width; x++) {
            int in = from + x * size;
            int out = to + x * outSize;
            for (int i = 0; i < size; i++) into[out + i] = row[bigEndian ? in + size - 1 - i : in + i];
            if (outSize > size) {
                byte sign = (byte) (into[out + size - 1] >> 7);
                for (int i = size; i < outSize; i++) into[out + i] = sign;
            }
        }
    }
}
