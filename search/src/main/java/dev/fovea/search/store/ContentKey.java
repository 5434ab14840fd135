package dev.fovea.search.store;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * Tells contents of files apart: the first sixteen bytes of their SHA-256.
 *
 * @param high the first eight bytes
 * @param low the other eight
 */
public record ContentKey(long high, long low) {

    /** Reads a key that begins at a place of an array. */
    public static ContentKey of(byte[] bytes, int offset) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, 2 * Long.BYTES);
        return new ContentKey(buffer.getLong(), buffer.getLong());
    }

    /** Returns the sixteen bytes. */
    byte[] bytes() {
        return ByteBuffer.allocate(2 * Long.BYTES).putLong(high).putLong(low).array();
    }

    /** Returns the key as 32 hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes());
    }
}
