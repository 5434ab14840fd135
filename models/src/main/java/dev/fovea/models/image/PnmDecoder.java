package dev.fovea.models.image;

/**
 * Decodes PBM, PGM and PPM, plain and raw (netpbm), to the modes that Pillow gives: samples of other maxima than 255
 * are scaled to 8 bits, but those of grey pictures with more than 8 bits to 16, which are kept.
 */
final class PnmDecoder {
    private static final int MAX_TOKEN = 10;

    private final byte[] file;
    private final DecodingBudget budget;
    private int at = 2;

    private PnmDecoder(byte[] file, DecodingBudget budget) {
        this.file = file;
        this.budget = budget;
    }

    /** Returns whether a file starts like one of these: P1 to P6 and white space. */
    static boolean isPnm(byte[] start) {
        return start.length >= 3 && start[0] == 'P' && start[1] >= '1' && start[1] <= '6' && isSpace(start[2]);
    }

    /** Decodes a whole file for which {@link #isPnm} is true. */
    static Picture decode(byte[] file, DecodingBudget budget) throws BrokenPictureException {
        return new PnmDecoder(file, budget).read(file[1] - '0');
    }

    private static boolean isSpace(byte value) {
        return value == ' ' || value >= 9 && value <= 13;
    }

    private Picture read(int kind) throws BrokenPictureException {
        at++;
        int width = number();
        int height = number();
        PictureSize.check(width, height);
        boolean plain = kind <= 3;
        if (kind == 1 || kind == 4) {
            byte[] bits = plain ? plainBits(width, height) : rawBits(width, height);
            return new Picture(width, height, PictureMode.BILEVEL, bits, null);
        }
        int maximum = number();
        if (maximum < 1 || maximum > 65535) {
            throw new BrokenPictureException("has samples up to " + maximum + ", expected a maximum from 1 to 65535");
        }
        boolean color = kind == 3 || kind == 6;
        PictureMode mode = color ? PictureMode.RGB : maximum > 255 ? PictureMode.INTEGER : PictureMode.GREY;
        long samples = (long) width * height * (color ? 3 : 1);
        int bytesOfSample = maximum > 255 ? 2 : 1;
        // A plain sample is at least a digit and a space.
        if (plain ? samples > (file.length - at + 1) / 2 : samples * bytesOfSample > file.length - at) {
            throw BrokenPictureException.truncated();
        }
        byte[] pixels = new byte[PictureSize.bytes(width, height, mode.bytesPerPixel())];
        for (int from = 0; from < samples; from += DecodingBudget.STEPS) {
            budget.check();
            read(plain, maximum, mode, pixels, from, (int) Math.min(samples, from + DecodingBudget.STEPS));
        }
        return new Picture(width, height, mode, pixels, null);
    }

    /** Reads some of the samples to their places. */
    private void read(boolean plain, int maximum, PictureMode mode, byte[] pixels, int from, int end)
            throws BrokenPictureException {
        int bytesOfSample = maximum > 255 ? 2 : 1;
        boolean wide = mode == PictureMode.INTEGER;
        int target = wide ? 65535 : 255;
        for (int i = from, to = wide ? 4 * from : from; i < end; i++) {
            int value = plain ? sample(maximum) : rawSample(bytesOfSample);
            int scaled = scaled(value, maximum, target);
            pixels[to++] = (byte) scaled;
            if (wide) {
                pixels[to] = (byte) (scaled >> 8);
                to += 3;
            }
        }
    }

    /**
     * Scales a sample, rounded to the nearest, halves to the even one; a value above the maximum counts as the maximum.
     */
    private static int scaled(int value, int maximum, int target) {
        if (maximum == target) return value;
        return (int) Math.min(target, Math.rint((double) value / maximum * target));
    }

    private int rawSample(int bytes) {
        int value = file[at++] & 0xFF;
        return bytes == 1 ? value : value << 8 | file[at++] & 0xFF;
    }

    /**
     * Reads a number of the header; a sharp sign begins a comment up to the end of its line, even inside of a number.
     */
    private int number() throws BrokenPictureException {
        long value = 0;
        int digits = 0;
        while (at < file.length) {
            byte next = file[at++];
            budget.checkAt(at);
            if (isSpace(next)) {
                if (digits > 0) break;
            } else if (next == '#') {
                skipComment();
                at++;
            } else {
                if (next < '0' || next > '9' || ++digits > MAX_TOKEN) throw BrokenPictureException.truncated();
                value = 10 * value + next - '0';
            }
        }
        if (digits == 0 || value > Integer.MAX_VALUE) throw BrokenPictureException.truncated();
        return (int) value;
    }

    private void skipComment() throws BrokenPictureException {
        while (at < file.length && file[at] != '\n' && file[at] != '\r') {
            at++;
            budget.checkAt(at);
        }
    }

    private int sample(int maximum) throws BrokenPictureException {
        int value = number();
        if (value > maximum) {
            throw new BrokenPictureException("has a sample of " + value + ", more than its maximum of " + maximum);
        }
        return value;
    }

    /**
     * Reads plain bits, of which ones are black. Between them white space may be left out; after them there may be
     * more, but nothing else.
     */
    private byte[] plainBits(int width, int height) throws BrokenPictureException {
        if ((long) width * height > file.length - at) throw BrokenPictureException.truncated();
        byte[] pixels = new byte[width * height];
        int count = 0;
        while (at < file.length) {
            byte next = file[at++];
            budget.checkAt(at);
            if (next == '#') {
                skipComment();
            } else if (!isSpace(next)) {
                if (next != '0' && next != '1') throw BrokenPictureException.truncated();
                if (count < pixels.length) pixels[count++] = (byte) (next == '0' ? 255 : 0);
            }
        }
        if (count < pixels.length) throw BrokenPictureException.truncated();
        return pixels;
    }

    private byte[] rawBits(int width, int height) throws BrokenPictureException {
        int rowBytes = (width + 7) / 8;
        if ((long) rowBytes * height > file.length - at) throw BrokenPictureException.truncated();
        byte[] pixels = new byte[width * height];
        for (int y = 0, to = 0; y < height; y++, at += rowBytes) {
            budget.advance(width);
            for (int x = 0; x < width; x++) pixels[to++] = (byte) ((file[at + x / 8] >> 7 - x % 8 & 1) - 1);
        }
        return pixels;
    }
}
