package dev.fovea.models.image;

import java.util.Arrays;

/**
 * A Huffman code made ready for decoding. The first bits of the stream are the index of a table whose entries hold as
 * much as those bits decide: the code's length and its run and size of a coefficient and, where they reach that far,
 * the coefficient itself. {@link JpegPairTable} has two coefficients in an entry.
 */
final class JpegHuffmanTable {
    /** Number of bits that are looked up at once. */
    static final int LOOKUP_BITS = 10;

    /** In an entry: the number of bits to take from the stream, 0 where the code is longer than the lookup. */
    static final int LENGTH = 63;
    /** In an entry: flag that its high half is the coefficient, whose bits the length counts. */
    static final int COMPLETE = 64;
    /** In an entry: flag that it is the code that ends a block. */
    static final int END = 128;

    /**
     * Shift of an entry's upper bits: the size of the number and the run, which are the value of the code, and the
     * number.
     */
    static final int VALUE_SHIFT = 8;

    static final int RUN_SHIFT = 12;
    static final int NUMBER_SHIFT = 16;

    final int[] lookup = new int[1 << LOOKUP_BITS];
    /** Largest code of each length, -1 where there is none; index 17 ends each search. */
    final int[] largest = new int[18];
    /** Difference between a code of each length and its index among the values. */
    final int[] toValue = new int[18];

    final byte[] values;

    /** Length of the shortest code that ends a block, 0 without one. */
    int endLength;

    private JpegHuffmanTable(byte[] values) {
        this.values = values;
    }

    /**
     * Derives the table of a code (T.81, annex C).
     *
     * @param maxValue larger values are refused
     */
    static JpegHuffmanTable of(JpegTables.Code code, int maxValue) throws BrokenPictureException {
        JpegHuffmanTable table = new JpegHuffmanTable(code.values());
        Arrays.fill(table.largest, -1);
        table.largest[17] = Integer.MAX_VALUE;
        int next = 0;
        int index = 0;
        for (int length = 1; length <= 16; length++) {
            table.toValue[length] = index - next;
            for (int i = code.counts()[length - 1] & 0xFF; i > 0; i--) {
                int value = code.values()[index++] & 0xFF;
                // No code may be all ones.
                if (value > maxValue || next >= (1 << length) - 1) throw JpegMarkers.damaged("a Huffman table");
                if (value == 0 && table.endLength == 0) table.endLength = length;
                if (length <= LOOKUP_BITS) table.enter(next, length, value);
                table.largest[length] = next++;
            }
            next <<= 1;
        }
        return table;
    }

    private void enter(int code, int length, int value) {
        int size = value & 15;
        int from = code << LOOKUP_BITS - length;
        for (int rest = 0; rest < 1 << LOOKUP_BITS - length; rest++) {
            int entry = value << VALUE_SHIFT | length;
            if (value == 0) entry |= END;
            if (size > 0 && length + size <= LOOKUP_BITS) {
                int bits = rest >> LOOKUP_BITS - length - size;
                entry = extend(bits, size) << NUMBER_SHIFT | value << VALUE_SHIFT | COMPLETE | length + size;
            }
            lookup[from + rest] = entry;
        }
    }

    /** Returns what the entry of a code would be that is longer than the lookup: 17 bits of value 0 if it is none. */
    int longCode(long window) {
        int length = LOOKUP_BITS + 1;
        while ((int) (window >>> -length) > largest[length]) length++;
        int value = length > 16 ? 0 : values[(int) (window >>> -length) + toValue[length]] & 0xFF;
        return value << VALUE_SHIFT | length;
    }

    /** Returns the length of an entry's code alone, 0 where it is longer than the lookup. */
    static int codeLength(int entry) {
        int length = entry & LENGTH;
        return (entry & COMPLETE) == 0 ? length : length - (entry >> VALUE_SHIFT & 15);
    }

    /** Returns the value of an entry's code. */
    static int value(int entry) {
        return entry >> VALUE_SHIFT & 0xFF;
    }

    /** Returns the number that {@code size} bits stand for: those that begin with 0 are negative (T.81, F.12). */
    static int extend(int bits, int size) {
        return bits < 1 << size - 1 ? bits - (1 << size) + 1 : bits;
    }
}
