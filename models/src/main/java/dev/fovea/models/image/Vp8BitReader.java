package dev.fovea.models.image;

/** VP8's boolean entropy decoder (RFC 6386, section 7): bits of given probabilities out of a stretch of bytes. */
final class Vp8BitReader {
    /** An encoder may leave out the last zeros; more than that is missing data. */
    private static final int MISSING_BYTES_ALLOWED = 2;

    private final byte[] data;
    private final int end;
    private int at;
    private long value;
    /** How many bits of {@link #value} lie below the eight that are compared. */
    private int bits = -8;

    private int range = 255;

    Vp8BitReader(byte[] data, int start, int end) {
        this.data = data;
        this.at = start;
        this.end = end;
    }

    /** Whether more was read than there is. */
    boolean isExhausted() {
        return at > end + MISSING_BYTES_ALLOWED;
    }

    /** One bit that is 0 with probability {@code probability} / 256. */
    int bit(int probability) {
        if (bits < 0) load();
        int split = 1 + ((range - 1) * probability >> 8);
        long bound = (long) split << bits;
        int bit;
        if (value >= bound) {
            value -= bound;
            range -= split;
            bit = 1;
        } else {
            range = split;
            bit = 0;
        }
        int shift = Integer.numberOfLeadingZeros(range) - 24;
        range <<= shift;
        bits -= shift;
        return bit;
    }

    private void load() {
        while (bits < 32) {
            if (at >= end + MISSING_BYTES_ALLOWED && bits >= 0) return;
            value = value << 8 | (at < end ? data[at] & 0xFF : 0);
            at++;
            bits += 8;
        }
    }

    boolean flag() {
        return bit(128) != 0;
    }

    /** An unsigned number, high bit first. */
    int number(int count) {
        int number = 0;
        for (int i = 0; i < count; i++) number = number << 1 | bit(128);
        return number;
    }

    /** A number and its sign. */
    int signed(int count) {
        int number = number(count);
        return flag() ? -number : number;
    }

    /** A signed number if a flag says that there is one, else 0. */
    int optional(int count) {
        return flag() ? signed(count) : 0;
    }
}
