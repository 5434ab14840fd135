package dev.fovea.converter.pytorch;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads a pickle's bytes from front to back, as little-endian except for one kind of number. */
final class PickleBytes {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble BIG_ENDIAN_DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final int LONGEST_LINE = 4096;

    private final String file;
    private final MemorySegment bytes;
    private long at;

    PickleBytes(String file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    /** Returns how many bytes have been read. */
    long position() {
        return at;
    }

    int unsigned8() {
        return bytes.get(ValueLayout.JAVA_BYTE, advance(1)) & 0xFF;
    }

    int unsigned16() {
        return bytes.get(SHORT, advance(2)) & 0xFFFF;
    }

    int signed32() {
        return bytes.get(INT, advance(4));
    }

    /** Reads a length, or an index of the memo, of four bytes. */
    int length32() {
        int length = signed32();
        if (length < 0) {
            throw broken("a length of more than 2 GiB");
        }
        return length;
    }

    /** Reads a length of eight bytes. */
    long length64() {
        long length = signed64();
        if (length < 0 || length > Integer.MAX_VALUE) {
            throw broken("a length of more than 2 GiB");
        }
        return length;
    }

    long signed64() {
        return bytes.get(LONG, advance(8));
    }

    double bigEndianDouble() {
        return bytes.get(BIG_ENDIAN_DOUBLE, advance(8));
    }

    byte[] take(long length) {
        return bytes.asSlice(advance(length), length).toArray(ValueLayout.JAVA_BYTE);
    }

    String text(long length) {
        return new String(take(length), StandardCharsets.UTF_8);
    }

    /** Reads the text up to a line end, which is read too and left out. */
    String line() {
        StringBuilder line = new StringBuilder();
        for (int c = unsigned8(); c != '\n'; c = unsigned8()) {
            line.append((char) c);
            if (line.length() > LONGEST_LINE) {
                throw broken("a name of more than " + LONGEST_LINE + " characters");
            }
        }
        return line.toString();
    }

    FoveaException broken(String reason) {
        return new ModelException(
                file + ": a broken pickle: " + reason + " before its byte " + at + "; download the file again");
    }

    private long advance(long length) {
        if (length > bytes.byteSize() - at) {
            throw broken("it ends in the middle");
        }
        at += length;
        return at - length;
    }
}
