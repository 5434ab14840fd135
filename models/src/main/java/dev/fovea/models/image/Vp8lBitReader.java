package dev.fovea.models.image;

/** Reads the bits of a lossless WebP, the lowest bit of each byte first. */
final class Vp8lBitReader {
    private final byte[] data;
    private final int end;
    private int at;
    private long window;
    /** Number of bits in the window; those beyond the file are zeros, and using them is an error. */
    private int bits;

    private int missing;

    Vp8lBitReader(byte[] data, int start, int end) {
        this.data = data;
        this.at = start;
        this.end = end;
    }

    private void fill() {
        while (bits <= 48) {
            if (at < end) window |= (data[at++] & 0xFFL) << bits;
            else missing += 8;
            bits += 8;
        }
    }

    /** Returns the next 16 bits without consuming them. */
    int peek() {
        if (bits < 16) fill();
        return (int) window & 0xFFFF;
    }

    void skip(int count) throws BrokenPictureException {
        window >>>= count;
        bits -= count;
        if (bits < missing) throw BrokenPictureException.truncated();
    }

    /** Reads a number of up to 16 bits. */
    int number(int count) throws BrokenPictureException {
        int number = peek() & (1 << count) - 1;
        skip(count);
        return number;
    }

    /** Reads a number of up to 24 bits. */
    int longNumber(int count) throws BrokenPictureException {
        if (count <= 16) return number(count);
        int low = number(16);
        return low | number(count - 16) << 16;
    }
}
