package dev.fovea.models.image;

/**
 * All that the fast loop of {@link JpegSequentialScan} looks up for a component, in one array, since each array costs
 * that loop two registers. It begins with the next {@link JpegHuffmanTable#LOOKUP_BITS} bits of the stream: an entry
 * holds the first two coefficients of these bits, or the first one twice, and the end of the block if it follows. From
 * {@link #STEPS} on it holds, for each place of the zigzag order, the entry of {@link JpegEntropy.Unit#places} in its
 * high half and the quantiser in its low half.
 *
 * <p>Bits of an entry, from the lowest one: {@value #LENGTH_BITS} for the number of bits to take from the stream, four
 * for the zeros before the first coefficient, seven for the places from the first coefficient to the second one, one
 * for the end of the block, and in the end six for each coefficient, the second one first.
 */
final class JpegPairTable {
    private static final int BITS = JpegHuffmanTable.LOOKUP_BITS;

    private static final int LENGTH_BITS = 6;

    static final int LENGTH = (1 << LENGTH_BITS) - 1;
    static final int RUN_SHIFT = LENGTH_BITS;
    static final int RUN = 15;
    static final int DISTANCE_SHIFT = RUN_SHIFT + 4;
    static final int DISTANCE = 127;

    /** Flag that the end of the block follows. */
    static final int END = 1 << 17;

    /** Shift to the left that brings the second coefficient to the place of the first. */
    static final int SECOND_SHIFT = 6;

    static final int FIRST_SHIFT = 32 - SECOND_SHIFT;

    /**
     * Distance beyond all blocks, of entries without a coefficient: the end of the block alone, or what takes more bits
     * or is larger than a pair may be.
     */
    static final int NONE = 64 << DISTANCE_SHIFT;

    /** An entry that is only the end of the block has these, and its length. */
    static final int END_ALONE = NONE | END;

    /** Index of the first place of the zigzag order in the table. */
    static final int STEPS = 1 << BITS;

    private JpegPairTable() {}

    /**
     * Makes the table of a component.
     *
     * @param places of the coefficients in zigzag order
     * @param quantizers as many as places
     */
    static int[] of(JpegHuffmanTable codes, int[] places, short[] quantizers) {
        int[] table = new int[STEPS + places.length];
        for (int bits = 0; bits < STEPS; bits++) table[bits] = entry(codes, bits);
        for (int k = 0; k < places.length; k++) table[STEPS + k] = places[k] << 16 | quantizers[k] & 0xFFFF;
        return table;
    }

    private static int entry(JpegHuffmanTable codes, int bits) {
        int first = codes.lookup[bits];
        if (ends(codes, first, BITS)) return END_ALONE | codes.endLength;
        if (!fits(first, BITS)) return NONE;
        int length = first & JpegHuffmanTable.LENGTH;
        int second = codes.lookup[bits << length & STEPS - 1];
        int distance = 0;
        if (fits(second, BITS - length)) {
            length += second & JpegHuffmanTable.LENGTH;
            distance = run(second) + 1;
        } else {
            second = first;
        }
        int entry = number(first) << FIRST_SHIFT
                | (number(second) & (1 << SECOND_SHIFT) - 1) << FIRST_SHIFT - SECOND_SHIFT
                | distance << DISTANCE_SHIFT
                | run(first) << RUN_SHIFT;
        int last = codes.lookup[bits << length & STEPS - 1];
        return ends(codes, last, BITS - length) ? entry | END | length + codes.endLength : entry | length;
    }

    /** Returns whether the end of the block follows within some bits; a table may have several codes for it. */
    private static boolean ends(JpegHuffmanTable codes, int entry, int bits) {
        boolean end = (entry & JpegHuffmanTable.END) != 0;
        return end && (entry & JpegHuffmanTable.LENGTH) == codes.endLength && codes.endLength <= bits;
    }

    /** Returns whether a code and its number are complete within some bits, and the number fits into a pair. */
    private static boolean fits(int entry, int bits) {
        int largest = 1 << SECOND_SHIFT - 1;
        return (entry & JpegHuffmanTable.COMPLETE) != 0
                && (entry & JpegHuffmanTable.LENGTH) <= bits
                && number(entry) >= -largest
                && number(entry) < largest;
    }

    private static int run(int entry) {
        return entry >> JpegHuffmanTable.RUN_SHIFT & RUN;
    }

    private static int number(int entry) {
        return entry >> JpegHuffmanTable.NUMBER_SHIFT;
    }
}
