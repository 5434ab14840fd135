package dev.fovea.models.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads the bits of entropy-coded data (T.81, F.2.2.5) as libjpeg does (jdhuff.c): some bytes are prefetched, with
 * zeros where a marker ends them.
 */
final class JpegBits {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** Number of bits at which refilling stops, as libjpeg's 64-bit buffer does. */
    private static final int FULL = 57;

    /** Longest code that libjpeg looks up, and the number of bits that it wants for a lookup. */
    private static final int WANTED = 8;

    /**
     * Reports that the present piece of the file has ended; the reader returns to its last complete state, and tries
     * again with more.
     */
    static final class PieceEnd extends Exception {
        private static final PieceEnd INSTANCE = new PieceEnd();

        private PieceEnd() {
            super(null, null, false, false);
        }
    }

    final JpegSource source;
    /** The last {@link #left} bits are the next ones of the stream. */
    long buffer;

    int left;
    /** Set where bits were missing before a marker: the data up to the next restart are lost. */
    boolean insufficient;

    JpegBits(JpegSource source) {
        this.source = source;
    }

    /** Drops the rest of the present byte and the prefetched ones. */
    void clear() {
        left = 0;
        buffer = 0;
    }

    /**
     * Prefetches until the buffer is full, or to a marker. From there on zeros are given, but only if they are wanted.
     */
    void fill(int wanted) throws PieceEnd {
        JpegSource in = source;
        if (in.marker == 0 && in.limit - in.at >= 8) {
            long next = (long) LONG.get(in.file, in.at);
            if (!mayHoldMarker(next)) {
                int bytes = 64 - left >>> 3;
                buffer = bytes == 8 ? next : buffer << 8 * bytes | next >>> 64 - 8 * bytes;
                left += 8 * bytes;
                in.at += bytes;
                return;
            }
        }
        while (in.marker == 0 && left < FULL) {
            int value = next(in);
            if (value == 0xFF) {
                do {
                    value = next(in);
                } while (value == 0xFF);
                if (value != 0) {
                    in.marker = value;
                    break;
                }
                value = 0xFF;
            }
            buffer = buffer << 8 | value;
            left += 8;
        }
        if (in.marker != 0 && wanted > left) {
            insufficient = true;
            buffer <<= FULL - left;
            left = FULL;
        }
    }

    /** Returns whether one of eight bytes is FF, so that they have to be read one by one. */
    static boolean mayHoldMarker(long bytes) {
        return (~bytes - 0x0101010101010101L & bytes & 0x8080808080808080L) != 0;
    }

    private static int next(JpegSource in) throws PieceEnd {
        if (in.at == in.limit) throw PieceEnd.INSTANCE;
        return in.file[in.at++] & 0xFF;
    }

    int bits(int count) throws PieceEnd {
        if (left < count) fill(count);
        left -= count;
        return (int) (buffer >>> left) & (1 << count) - 1;
    }

    /** Reads a number of {@code size} bits (T.81, F.12). */
    int number(int size) throws PieceEnd {
        return JpegHuffmanTable.extend(bits(size), size);
    }

    /** Reads the value of a code; 0 for bits that are no code. */
    int value(JpegHuffmanTable table) throws PieceEnd {
        int length = 1;
        if (left < WANTED) fill(0);
        if (left >= WANTED) {
            int next = (int) (buffer >>> left - WANTED) & (1 << WANTED) - 1;
            int entry = table.lookup[next << JpegHuffmanTable.LOOKUP_BITS - WANTED];
            int codeLength = JpegHuffmanTable.codeLength(entry);
            if (codeLength >= 1 && codeLength <= WANTED) {
                left -= codeLength;
                return JpegHuffmanTable.value(entry);
            }
            length = WANTED + 1;
        }
        int code = bits(length);
        while (code > table.largest[length]) {
            code = code << 1 | bits(1);
            length++;
        }
        return length > 16 ? 0 : table.values[code + table.toValue[length]] & 0xFF;
    }
}
