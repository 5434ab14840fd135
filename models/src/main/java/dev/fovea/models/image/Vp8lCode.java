package dev.fovea.models.image;

/** A canonical prefix code of lossless WebP (its specification, section 6.2): up to 15 bits a symbol. */
final class Vp8lCode {
    private static final int MAX_LENGTH = 15;
    private static final int TABLE_BITS = 8;
    private static final int[] ORDER = {17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

    /** The only symbol, which takes no bits; -1 if there are several. */
    private final int only;
    /** Table by the next bits: symbol and length of codes that are short enough, else 0. */
    private short[] table;

    private byte[] tableLengths;
    private int[] counts;
    private short[] sorted;

    /** Builds the code with this length in bits for each symbol, 0 for none. */
    private Vp8lCode(int[] lengths, int size) throws BrokenPictureException {
        counts = new int[MAX_LENGTH + 1];
        int used = 0;
        int last = 0;
        for (int symbol = 0; symbol < size; symbol++) {
            if (lengths[symbol] == 0) continue;
            counts[lengths[symbol]]++;
            used++;
            last = symbol;
        }
        if (used == 0) throw BrokenPictureException.truncated();
        only = used == 1 ? last : -1;
        if (used == 1) return;
        int space = 1 << MAX_LENGTH;
        int[] offsets = new int[MAX_LENGTH + 2];
        int[] codes = new int[MAX_LENGTH + 2];
        for (int length = 1; length <= MAX_LENGTH; length++) {
            space -= counts[length] << MAX_LENGTH - length;
            offsets[length + 1] = offsets[length] + counts[length];
            codes[length + 1] = codes[length] + counts[length] << 1;
        }
        if (space != 0) throw BrokenPictureException.truncated();
        sorted = new short[used];
        table = new short[1 << TABLE_BITS];
        tableLengths = new byte[1 << TABLE_BITS];
        for (int symbol = 0; symbol < size; symbol++) {
            int length = lengths[symbol];
            if (length == 0) continue;
            sorted[offsets[length]++] = (short) symbol;
            int code = codes[length]++;
            if (length > TABLE_BITS) continue;
            // Codes are written high bit first into a stream that is read low bit first.
            int reversed = Integer.reverse(code) >>> 32 - length;
            for (int i = reversed; i < table.length; i += 1 << length) {
                table[i] = (short) symbol;
                tableLengths[i] = (byte) length;
            }
        }
    }

    /** Reads the description of a code over {@code size} symbols. */
    static Vp8lCode read(Vp8lBitReader bits, int size) throws BrokenPictureException {
        int[] lengths = new int[Math.max(size, 256)];
        if (bits.number(1) != 0) {
            boolean two = bits.number(1) != 0;
            lengths[bits.number(bits.number(1) != 0 ? 8 : 1)] = 1;
            if (two) lengths[bits.number(8)] = 1;
            return new Vp8lCode(lengths, size);
        }
        int[] lengthLengths = new int[19];
        int given = 4 + bits.number(4);
        for (int i = 0; i < given; i++) lengthLengths[ORDER[i]] = bits.number(3);
        Vp8lCode lengthCode = new Vp8lCode(lengthLengths, 19);
        int left = size;
        if (bits.number(1) != 0) {
            int width = 2 + 2 * bits.number(3);
            left = 2 + bits.number(width);
            if (left > size) throw BrokenPictureException.truncated();
        }
        int previous = 8;
        for (int symbol = 0; symbol < size && left > 0; left--) {
            int length = lengthCode.symbol(bits);
            if (length < 16) {
                lengths[symbol++] = length;
                if (length != 0) previous = length;
                continue;
            }
            int repeat = length == 16 ? 3 + bits.number(2) : length == 17 ? 3 + bits.number(3) : 11 + bits.number(7);
            if (symbol + repeat > size) throw BrokenPictureException.truncated();
            for (int i = 0; i < repeat; i++) lengths[symbol++] = length == 16 ? previous : 0;
        }
        return new Vp8lCode(lengths, size);
    }

    /** Reads the next symbol. */
    int symbol(Vp8lBitReader bits) throws BrokenPictureException {
        if (only >= 0) return only;
        int next = bits.peek();
        int length = tableLengths[next & (1 << TABLE_BITS) - 1];
        if (length > 0) {
            bits.skip(length);
            return table[next & (1 << TABLE_BITS) - 1];
        }
        int code = 0;
        int first = 0;
        int index = 0;
        for (length = 1; length <= MAX_LENGTH; length++) {
            code |= next >> length - 1 & 1;
            int count = counts[length];
            if (code - first < count) {
                bits.skip(length);
                return sorted[index + code - first];
            }
            index += count;
            first = first + count << 1;
            code <<= 1;
        }
        throw BrokenPictureException.truncated();
    }
}
