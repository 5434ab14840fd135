package dev.fovea.models.image;

import dev.fovea.models.image.JpegBits.PieceEnd;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Decodes Huffman-coded coefficients, all of a block at once (T.81, F.2.2). Coefficients are multiplied by their
 * quantisers as they are read.
 *
 * <p>Units are decoded in one of two ways, as in libjpeg (jdhuff.c), since the prefetched bytes decide how a damaged
 * file ends: a fast one far from the end of the piece of the file, and a careful one near it and before markers.
 */
final class JpegSequentialScan implements JpegEntropy {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** Number of bits left at which the fast way refills: one more than the longest code takes. */
    private static final int LOW = 16;

    /** A number of bytes that no block exceeds. */
    private static final int BLOCK_BYTES = 512;

    /**
     * Number of bytes before the file's end at which fast reading stops where there are restart markers. libjpeg never
     * reads such data fast. This reader does, since prefetched bytes are dropped at each marker, but not where the file
     * ends.
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
    /**
     * For each component and place of the zigzag order the entry of {@link Unit#places}, and above it the quantiser.
     */
    private int[][] steps;

    private final int[] lastDc;
    private final int[] lastDcBefore;
    /** The state of a fast attempt: the next bits, from the highest one on, their number, and the next byte. */
    private long window;

    private int left;
    private int from;
    /** Set by a fast attempt that met a marker. */
    private boolean markerMet;

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
        if (steps == null) steps = steps(unit);
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
                if (restartInterval > 0) unit.clear();
            }
            try {
                decodeCarefully(unit);
                return;
            } catch (PieceEnd end) {
                source.at = at;
                bits.buffer = buffer;
                bits.left = left;
                System.arraycopy(lastDcBefore, 0, lastDc, 0, lastDc.length);
                unit.clear();
                source.extend();
            }
        }
    }

    private int[][] steps(Unit unit) {
        int[][] steps = new int[quantizers.length][unit.places.length];
        for (int member = 0; member < steps.length; member++) {
            for (int k = 0; k < unit.places.length; k++) {
                steps[member][k] = unit.places[k] | quantizers[member][k] << 16;
            }
        }
        return steps;
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
        int[] order = unit.places;
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
            unit.saw(block, seen);
        }
    }

    /**
     * Decodes without checking for the end of the bytes. Returns false where it met a marker, so that the unit is to be
     * decoded again, carefully.
     *
     * <p>The next bits of the stream are the highest ones of {@link #window} here, so that one shift makes an index of
     * them and another drops them. A coefficient waits only for these two and one lookup.
     */
    private boolean decodeFast(Unit unit) {
        int start = source.at;
        markerMet = false;
        left = bits.left;
        window = left == 0 ? 0 : bits.buffer << -left;
        from = start;
        for (int block = 0; block < unit.at.length; block++) {
            int member = unit.member[block];
            short[] out = unit.coefficients[block];
            int at = unit.at[block];
            int[] steps = this.steps[member];
            lastDc[member] += difference(dcTables[member]);
            out[at] = (short) (lastDc[member] * (steps[0] >> 16));
            unit.saw(block, fastAc(acTables[member], steps, out, at));
        }
        bits.buffer = left == 0 ? 0 : window >>> -left;
        bits.left = left;
        source.at = markerMet ? start : from;
        return !markerMet;
    }

    /** Decodes a DC difference, in the fast way. */
    private int difference(JpegHuffmanTable table) {
        if (left <= LOW) refill();
        int entry = table.lookup[(int) (window >>> 64 - JpegHuffmanTable.LOOKUP_BITS)];
        if ((entry & JpegHuffmanTable.COMPLETE) != 0) {
            drop(entry & JpegHuffmanTable.LENGTH);
            return entry >> JpegHuffmanTable.NUMBER_SHIFT;
        }
        return number(code(table, entry) & 15);
    }

    private void drop(int count) {
        window <<= count;
        left -= count;
    }

    /** Decodes the AC coefficients of a block, in the fast way, and returns the places that were set. */
    private int fastAc(JpegHuffmanTable table, int[] steps, short[] out, int at) {
        byte[] file = source.file;
        int[] lookup = table.lookup;
        long window = this.window;
        int left = this.left;
        int from = this.from;
        int seen = 0;
        int k = 1;
        do {
            if (left <= LOW) {
                long next = (long) LONG.get(file, from);
                // Six bytes at a time, if none of them is FF.
                if ((~next - 0x0101010101010000L & next & 0x8080808080800000L) == 0) {
                    window |= (next & -1L << 16) >>> left;
                    left += 48;
                    from += 6;
                } else {
                    keep(window, left, from);
                    refillByBytes();
                    window = this.window;
                    left = this.left;
                    from = this.from;
                }
            }
            int entry = lookup[(int) (window >>> 64 - JpegHuffmanTable.LOOKUP_BITS)];
            int number;
            if ((entry & JpegHuffmanTable.COMPLETE) != 0) {
                window <<= entry & JpegHuffmanTable.LENGTH;
                left -= entry & JpegHuffmanTable.LENGTH;
                k += entry >> JpegHuffmanTable.RUN_SHIFT & 15;
                number = entry >> JpegHuffmanTable.NUMBER_SHIFT;
                if (k > 62 && left + (entry >> JpegHuffmanTable.VALUE_SHIFT & 15) <= LOW) {
                    // libjpeg refills before it takes a number, and no code follows before which this reader would.
                    keep(window, left, from);
                    refill();
                    window = this.window;
                    left = this.left;
                    from = this.from;
                }
            } else if ((entry & JpegHuffmanTable.END) != 0) {
                window <<= entry & JpegHuffmanTable.LENGTH;
                left -= entry & JpegHuffmanTable.LENGTH;
                break;
            } else {
                keep(window, left, from);
                int value = code(table, entry);
                number = number(value & 15);
                window = this.window;
                left = this.left;
                from = this.from;
                if (value == 0) break;
                k += value >> 4;
                if ((value & 15) == 0) {
                    // No code but that of sixteen zeros may have a run and no number.
                    if (value != 0xF0) break;
                    k++;
                    continue;
                }
            }
            int step = steps[k];
            out[at + (step & 0xFFFF)] = (short) (number * (step >> 16));
            seen |= step;
            k++;
        } while (k < 64);
        keep(window, left, from);
        return seen & 0xFFFF;
    }

    private void keep(long window, int left, int from) {
        this.window = window;
        this.left = left;
        this.from = from;
    }

    private void refill() {
        long next = (long) LONG.get(source.file, from);
        if ((~next - 0x0101010101010000L & next & 0x8080808080800000L) == 0) {
            window |= (next & -1L << 16) >>> left;
            left += 48;
            from += 6;
        } else {
            refillByBytes();
        }
    }

    /** Reads six bytes one by one; a marker stays where it is and gives zeros. */
    private void refillByBytes() {
        byte[] file = source.file;
        for (int i = 0; i < 6; i++) {
            int value = file[from++] & 0xFF;
            if (value == 0xFF && file[from++] != 0) {
                markerMet = true;
                from -= 2;
                value = 0;
            }
            window |= (long) value << 56 - left;
            left += 8;
        }
    }

    /** Reads a code, which may be longer than the lookup, and returns its value. */
    private int code(JpegHuffmanTable table, int entry) {
        int length = entry & JpegHuffmanTable.LENGTH;
        int value = JpegHuffmanTable.value(entry);
        if (length == 0) {
            length = JpegHuffmanTable.LOOKUP_BITS + 1;
            while ((int) (window >>> -length) > table.largest[length]) length++;
            value = length > 16 ? 0 : table.values[(int) (window >>> -length) + table.toValue[length]] & 0xFF;
        }
        drop(length);
        return value;
    }

    /** Reads a number of {@code size} bits. */
    private int number(int size) {
        if (size == 0) return 0;
        if (left <= LOW) refill();
        int number = JpegHuffmanTable.extend((int) (window >>> -size), size);
        drop(size);
        return number;
    }
}
