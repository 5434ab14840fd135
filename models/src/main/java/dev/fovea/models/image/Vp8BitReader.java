package dev.fovea.models.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * VP8's boolean entropy decoder (RFC 6386, section 7), which reads bits of given probabilities from a range of bytes.
 */
final class Vp8BitReader {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int LOADED_BYTES = 7;

    private final byte[] data;
    private final int end;
    private int at;
    /**
     * Bits to compare, then those that follow. In damaged data the former can be more than eight; they wrap as in
     * libwebp.
     */
    private long value;
    /** Number of bits of {@link #value} below the eight that are compared. */
    private int bits = -8;

    /** The size of the current interval less one. */
    private int range = 254;

    private boolean exhausted;

    Vp8BitReader(byte[] data, int start, int end) {
        this.data = data;
        this.at = start;
        this.end = end;
    }

    /** Returns whether bits from beyond the last byte were read. */
    boolean isExhausted() {
        return exhausted;
    }

    /** Reads one bit that is 0 with probability {@code probability} / 256. */
    int bit(int probability) {
        if (bits < 0) load();
        int split = range * probability >> 8;
        int bit;
        int size;
        if (Integer.compareUnsigned((int) (value >>> bits), split) > 0) {
            value -= split + 1L << bits;
            size = range - split;
            bit = 1;
        } else {
            size = split + 1;
            bit = 0;
        }
        int shift = Integer.numberOfLeadingZeros(size) - 24;
        range = (size << shift) - 1;
        bits -= shift;
        return bit;
    }

    /**
     * Returns a magnitude with the sign that the next bit gives; both signs are equally likely, so the interval halves.
     */
    int signed(int magnitude) {
        if (bits < 0) load();
        int split = range >> 1;
        boolean negative = split - (int) (value >>> bits) < 0;
        if (negative) {
            value -= split + 1L << bits;
            range--;
        }
        bits--;
        range |= 1;
        return negative ? -magnitude : magnitude;
    }

    /** Loads more bits; those beyond the file are zeros. */
    private void load() {
        if (end - at > LOADED_BYTES) {
            value = value << 8 * LOADED_BYTES | (long) LONG.get(data, at) >>> 8;
            at += LOADED_BYTES;
            bits += 8 * LOADED_BYTES;
        } else if (at < end) {
            value = value << 8 | data[at++] & 0xFF;
            bits += 8;
        } else if (!exhausted) {
            value <<= 8;
            bits += 8;
            exhausted = true;
        } else {
            bits = 0;
        }
    }

    boolean flag() {
        return bit(128) != 0;
    }

    /** Reads an unsigned number, high bit first. */
    int number(int count) {
        int number = 0;
        for (int i = 0; i < count; i++) number = number << 1 | bit(128);
        return number;
    }

    /** Reads a signed number if a flag says that there is one, else returns 0. */
    int optional(int count) {
        if (!flag()) return 0;
        int number = number(count);
        return flag() ? -number : number;
    }
}
