package dev.fovea.models.image;

/** Bits of a lossless WebP, the lowest bit of each byte first. */
final class Vp8lBitReader {
    private final byte[] data;
    private final int end;
    private int at;
    private long window;
    /** Bits in the window; those that the file does not have are zeros, and using them is an error. */
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

    /** The next 16 bits, without passing them. */
    int peek() {
        if (bits < 16) fill();
        return (int) window & 0xFFFF;
    }

    void skip(int count) throws BrokenPictureException {
        window >>>= count;
        bits -= count;
        if (bits < missing) throw BrokenPictureException.truncated();
    }

    /** A number of up to 16 bits. */
    int number(int count) throws BrokenPictureException {
        int number = peek() & (1 << count) - 1;
        skip(count);
        return number;
    }

    /** A number of up to 24 bits. */
    int longNumber(int count) throws BrokenPictureException {
        if (count <= 16) return number(count);
        int low = number(16);
        return low | number(count - 16) << 16;
    }
}
