package dev.fovea.models.image;

import dev.fovea.models.image.JpegBits.PieceEnd;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Huffman-coded coefficients, all of a block in one go (T.81, F.2.2). Coefficients are multiplied by their quantisers as they come.
 *
 * <p>Units are decoded in one of two ways, as in libjpeg (jdhuff.c), since which bytes are read ahead decides how a damaged file ends: a
 * fast one far from the end of the piece of the file, and a careful one near it and before markers.
 */
final class JpegSequentialScan implements JpegEntropy {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** The fast way refills when this many bits or fewer are left: one more than the longest code takes. */
    private static final int LOW = 16;

    /** More bytes than a block can take. */
    private static final int BLOCK_BYTES = 512;

    /**
     * libjpeg never reads fast where there are restart markers. We do, since what is read ahead is dropped at each of them, but not where
     * the file ends.
     */
    private static final int RESTART_MARGIN = 1 << 17;

    private final JpegSource source;
    private final JpegBits bits;
    private final int restartInterval;
    private int unitsToRestart;
    private int restarts;
    private final JpegHuffmanTable[] dcTables;
    private final JpegHuffmanTable[] acTables;
    private final short[][] quantizers;
    private final int[] lastDc;
    private final int[] lastDcBefore;
    /** Set by a fast attempt that met a marker. */
    private boolean markerMet;
    /** The second result of {@link #value}. */
    private int longNumber;

    JpegSequentialScan(JpegSource source, JpegMarkers markers) throws BrokenPictureException {
        this.source = source;
        bits = new JpegBits(source);
        int count = markers.scan.length;
        dcTables = new JpegHuffmanTable[count];
        acTables = new JpegHuffmanTable[count];
        quantizers = new short[count][];
        for (int i = 0; i < count; i++) {
            dcTables[i] = markers.dcTable(markers.scan[i].dcTable);
            acTables[i] = markers.acTable(markers.scan[i].acTable);
            quantizers[i] = markers.scan[i].quantizers;
        }
        lastDc = new int[count];
        lastDcBefore = new int[count];
        restartInterval = markers.restartInterval;
        unitsToRestart = restartInterval;
    }

    @Override
    public boolean insufficient() {
        return bits.insufficient;
    }

    @Override
    public void decode(Unit unit) throws BrokenPictureException {
        if (restartInterval > 0 && unitsToRestart-- == 0) restart();
        if (bits.insufficient) return;
        while (true) {
            int needed = BLOCK_BYTES * unit.at.length;
            boolean fast = source.limit - source.at >= needed && source.marker == 0;
            if (fast && restartInterval > 0) fast = source.file.length - source.at > RESTART_MARGIN;
            int at = source.at;
            long buffer = bits.buffer;
            int left = bits.left;
            System.arraycopy(lastDc, 0, lastDcBefore, 0, lastDc.length);
            if (fast) {
                if (decodeFast(unit)) return;
                bits.buffer = buffer;
                bits.left = left;
                System.arraycopy(lastDcBefore, 0, lastDc, 0, lastDc.length);
                if (restartInterval > 0 && unit.fresh) unit.clear();
            }
            try {
                decodeCarefully(unit);
                return;
            } catch (PieceEnd end) {
                source.at = at;
                bits.buffer = buffer;
                bits.left = left;
                System.arraycopy(lastDcBefore, 0, lastDc, 0, lastDc.length);
                if (unit.fresh) unit.clear();
                source.extend();
            }
        }
    }

    private void restart() throws BrokenPictureException {
        bits.clear();
        source.restart(restarts);
        restarts = restarts + 1 & 7;
        Arrays.fill(lastDc, 0);
        unitsToRestart = restartInterval - 1;
        if (source.marker == 0) bits.insufficient = false;
    }

    private void decodeCarefully(Unit unit) throws PieceEnd {
        byte[] order = JpegTables.NATURAL_ORDER;
        for (int block = 0; block < unit.at.length; block++) {
            int member = unit.member[block];
            short[] out = unit.coefficients[block];
            int at = unit.at[block];
            short[] quantizer = quantizers[member];
            int size = bits.value(dcTables[member]);
            if (size != 0) lastDc[member] += bits.number(size);
            out[at] = (short) ((short) lastDc[member] * quantizer[0]);
            int seen = 0;
            JpegHuffmanTable ac = acTables[member];
            for (int k = 1; k < 64; k++) {
                int value = bits.value(ac);
                size = value & 15;
                if (size == 0) {
                    if (value != 0xF0) break;
                    k += 15;
                } else {
                    k += value >> 4;
                    int place = order[k];
                    out[at + place] = (short) (bits.number(size) * quantizer[k]);
                    seen |= place;
                }
            }
            unit.seen[block][at >> 6] |= (byte) seen;
        }
    }

    /** Decodes without looking for the end of the bytes; false where it met a marker, so that all is to be done again, carefully. */
    private boolean decodeFast(Unit unit) {
        byte[] order = JpegTables.NATURAL_ORDER;
        byte[] file = source.file;
        int start = source.at;
        markerMet = false;
        long buffer = bits.buffer;
        int left = bits.left;
        int from = start;
        for (int block = 0; block < unit.at.length; block++) {
            int member = unit.member[block];
            short[] out = unit.coefficients[block];
            int at = unit.at[block];
            short[] quantizer = quantizers[member];
            JpegHuffmanTable table = dcTables[member];
            int[] lookup = table.lookup;
            int seen = 0;
            int k = 0;
            do {
                if (left <= LOW) {
                    long next = (long) LONG.get(file, from);
                    // Six bytes at a time, if none of them is FF.
                    if ((~next - 0x0101010101010000L & next & 0x8080808080800000L) == 0) {
                        buffer = buffer << 48 | next >>> 16;
                        left += 48;
                        from += 6;
                    } else {
                        refill(buffer, left, from);
                        buffer = bits.buffer;
                        left = bits.left;
                        from = source.at;
                    }
                }
                int entry =
                        lookup[(int) (buffer >>> left - JpegHuffmanTable.LOOKUP_BITS) & JpegHuffmanTable.LOOKUP_MASK];
                int number;
                if ((entry & JpegHuffmanTable.COMPLETE) != 0) {
                    left -= entry & JpegHuffmanTable.LENGTH;
                    k += entry >> JpegHuffmanTable.VALUE_SHIFT + 4 & 15;
                    number = entry >> 16;
                    if (k >= 63 && left + (entry >> JpegHuffmanTable.VALUE_SHIFT & 15) <= LOW) {
                        // libjpeg refills before it takes a number, and no code follows before which we would.
                        refill(buffer, left, from);
                        buffer = bits.buffer;
                        left = bits.left;
                        from = source.at;
                    }
                } else {
                    int value = value(table, entry, buffer, left, from);
                    number = longNumber;
                    buffer = bits.buffer;
                    left = bits.left;
                    from = source.at;
                    if (k > 0 && (value & 15) == 0) {
                        if (value != 0xF0) break;
                        k += 16;
                        continue;
                    }
                    if (k > 0) k += value >> 4;
                }
                int place = order[k];
                if (k == 0) {
                    number += lastDc[member];
                    lastDc[member] = number;
                    table = acTables[member];
                    lookup = table.lookup;
                }
                out[at + place] = (short) ((short) number * quantizer[k]);
                seen |= place;
                k++;
            } while (k < 64);
            unit.seen[block][at >> 6] |= (byte) seen;
        }
        bits.buffer = buffer;
        bits.left = left;
        source.at = markerMet ? start : from;
        return !markerMet;
    }

    /** Reads six bytes one by one; a marker stays where it is and gives zeros. The state is left in {@link #bits} and {@link #source}. */
    private void refill(long buffer, int left, int from) {
        byte[] file = source.file;
        for (int i = 0; i < 6; i++) {
            int value = file[from++] & 0xFF;
            if (value == 0xFF && file[from++] != 0) {
                markerMet = true;
                from -= 2;
                value = 0;
            }
            buffer = buffer << 8 | value;
        }
        bits.buffer = buffer;
        bits.left = left + 48;
        source.at = from;
    }

    /**
     * Reads a code that the lookup does not decide alone, and the number behind it, which goes to {@link #longNumber}.
     *
     * @return the code's value, of which the low 4 bits are the number's size
     */
    private int value(JpegHuffmanTable table, int entry, long buffer, int left, int from) {
        int length = entry & JpegHuffmanTable.LENGTH;
        int value = entry >> JpegHuffmanTable.VALUE_SHIFT & 0xFF;
        if (length == 0) {
            length = JpegHuffmanTable.LOOKUP_BITS + 1;
            while (((int) (buffer >>> left - length) & (1 << length) - 1) > table.largest[length]) length++;
            int code = (int) (buffer >>> left - length) & (1 << length) - 1;
            value = length > 16 ? 0 : table.values[code + table.toValue[length]] & 0xFF;
        }
        left -= length;
        int size = value & 15;
        longNumber = 0;
        if (size > 0) {
            if (left <= LOW) {
                refill(buffer, left, from);
                buffer = bits.buffer;
                left = bits.left;
                from = source.at;
            }
            left -= size;
            longNumber = JpegHuffmanTable.extend((int) (buffer >>> left) & (1 << size) - 1, size);
        }
        bits.buffer = buffer;
        bits.left = left;
        source.at = from;
        return value;
    }
}
