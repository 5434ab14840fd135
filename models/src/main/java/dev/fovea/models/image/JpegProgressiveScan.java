package dev.fovea.models.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Decodes the Huffman-coded coefficients of one scan of a progressive picture (T.81, annex G): those of a band, and of
 * them the high bits or one more bit.
 *
 * <p>Two loops do most of the work, {@link #firstCodes} and {@link #refineCodes}. They keep their state in local
 * variables and call nothing, since a call makes the compiler keep what the loop uses in memory; they return for what
 * is rare. How far ahead bytes are fetched does not matter here: a file without an end marker is refused in any case,
 * and before a marker only the bits that are missing count.
 */
final class JpegProgressiveScan implements JpegEntropy {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** Most bits of a code and its number, those of a code that is none included. */
    private static final int CODE_AND_NUMBER = 17 + 15;

    /** Number of bits that {@link #refineCodes} wants before a code. */
    private static final int REFINING = 48;

    /** Number of bits that a refill leaves at least, where no marker comes. */
    private static final int FULL = 57;

    /** An entry of a lookup for a new coefficient of 1 or -1, under {@link #ONE_MASK}. */
    private static final int ONE = JpegHuffmanTable.COMPLETE | 1 << JpegHuffmanTable.VALUE_SHIFT;

    private static final int ONE_MASK = JpegHuffmanTable.COMPLETE | 15 << JpegHuffmanTable.VALUE_SHIFT;

    private final JpegSource source;
    private final int restartInterval;
    private int unitsToRestart;
    private int restarts;

    private final int bandStart;
    private final int bandEnd;
    private final boolean first;
    private final int shift;

    private final JpegHuffmanTable[] dcTables;
    private JpegHuffmanTable acTable;
    private final int[] lastDc;
    /** Number of blocks, the present one included, whose band has ended. */
    private int endOfBandRun;

    /** The next bits of the stream, from the highest one on; before a marker zeros follow them. */
    private long window;
    /** How many of them there are, less than 0 where more were taken. */
    private int left;
    /** Set where bits were missing before a marker: the data up to the next restart are lost. */
    private boolean insufficient;

    /** The next place of the present block, in zigzag order. */
    private int next;
    /** The places of the present block that are not zero. */
    private long set;
    /** Those of the band that were not zero before this scan and still wait for their bit. */
    private long waiting;

    JpegProgressiveScan(JpegSource source, JpegMarkers markers) throws BrokenPictureException {
        this.source = source;
        int count = markers.scan.length;
        bandStart = markers.bandStart;
        bandEnd = markers.bandEnd;
        first = markers.bitsBefore == 0;
        shift = markers.bitsAfter;
        dcTables = new JpegHuffmanTable[count];
        for (int i = 0; i < count; i++) {
            if (bandStart > 0) acTable = markers.acTable(markers.scan[i].acTable);
            else if (first) dcTables[i] = markers.dcTable(markers.scan[i].dcTable);
        }
        lastDc = new int[count];
        restartInterval = markers.restartInterval;
        unitsToRestart = restartInterval;
    }

    @Override
    public boolean insufficient() {
        return insufficient;
    }

    @Override
    public void decode(Unit unit) throws BrokenPictureException {
        if (restartInterval > 0 && unitsToRestart-- == 0) restart();
        if (insufficient) return;
        if (bandStart > 0) ac(unit.coefficients[0], unit.at[0], unit.components[0].places);
        else if (first) firstDc(unit);
        else refineDc(unit);
        insufficient = left < 0;
    }

    private void restart() throws BrokenPictureException {
        left = 0;
        window = 0;
        source.restart(restarts);
        restarts = restarts + 1 & 7;
        Arrays.fill(lastDc, 0);
        endOfBandRun = 0;
        unitsToRestart = restartInterval - 1;
        if (source.marker == 0) insufficient = false;
    }

    private void firstDc(Unit unit) throws BrokenPictureException {
        for (int block = 0; block < unit.at.length; block++) {
            int member = unit.member[block];
            int size = code(dcTables[member]);
            if (size != 0) {
                long sum = (long) lastDc[member] + number(size);
                if (sum != (int) sum) throw JpegMarkers.damaged("a coefficient out of range");
                lastDc[member] = (int) sum;
            }
            unit.coefficients[block][unit.at[block]] = (short) (lastDc[member] << shift);
        }
    }

    private void refineDc(Unit unit) throws BrokenPictureException {
        if (left < unit.at.length) refill();
        for (int block = 0; block < unit.at.length; block++) {
            if (bits(1) != 0) unit.coefficients[block][unit.at[block]] |= (short) (1 << shift);
        }
    }

    private void ac(short[] out, int at, long[] places) throws BrokenPictureException {
        if (first && endOfBandRun > 0) {
            endOfBandRun--;
            return;
        }
        set = places[at >> 6];
        next = bandStart;
        if (first) {
            do {
                firstCodes(out, at);
            } while (next <= bandEnd && !firstCode(out, at));
            if (endOfBandRun > 0) endOfBandRun--;
        } else {
            waiting = set & -1L << bandStart & -1L >>> 63 - bandEnd;
            if (endOfBandRun == 0) {
                do {
                    refineCodes(out, at);
                } while (next <= bandEnd && !refineCode(out, at));
            }
            if (endOfBandRun > 0) {
                refineRest(out, at);
                endOfBandRun--;
            }
        }
        places[at >> 6] = set;
    }

    /**
     * Decodes coefficients from {@link #next} on, up to the end of the band, to a code that does not fit into the
     * lookup with its number, or to a byte FF.
     */
    private void firstCodes(short[] out, int at) {
        byte[] order = JpegTables.NATURAL_ORDER;
        int[] lookup = acTable.lookup;
        byte[] file = source.file;
        int last = source.marker == 0 ? file.length - Long.BYTES : -1;
        int from = source.at;
        long window = this.window;
        int left = this.left;
        long set = this.set;
        int end = bandEnd;
        int shift = this.shift;
        int k = next;
        while (k <= end) {
            if (left < JpegHuffmanTable.LOOKUP_BITS) {
                if (from > last) break;
                long bytes = (long) LONG.get(file, from);
                if (JpegBits.mayHoldMarker(bytes)) break;
                window |= bytes >>> left;
                from += 64 - left >>> 3;
                left += 64 - left & ~7;
            }
            int entry = lookup[(int) (window >>> 64 - JpegHuffmanTable.LOOKUP_BITS)];
            if ((entry & JpegHuffmanTable.COMPLETE) == 0) break;
            window <<= entry & JpegHuffmanTable.LENGTH;
            left -= entry & JpegHuffmanTable.LENGTH;
            k += entry >> JpegHuffmanTable.RUN_SHIFT & 15;
            short number = (short) (entry >> JpegHuffmanTable.NUMBER_SHIFT << shift);
            out[at + order[k]] = number;
            long place = 1L << Math.min(k, 63);
            set = number != 0 ? set | place : set & ~place;
            k++;
        }
        source.at = from;
        this.window = window;
        this.left = left;
        this.set = set;
        next = k;
    }

    /** Decodes any code and its coefficient. Returns whether the band ends with it. */
    private boolean firstCode(short[] out, int at) throws BrokenPictureException {
        int value = code(acTable);
        int run = value >> 4;
        int size = value & 15;
        if (size == 0 && run != 15) {
            endOfBandRun = endOfBandRun(run);
            return true;
        }
        next += run;
        if (size != 0) {
            short number = (short) (number(size) << shift);
            out[at + JpegTables.NATURAL_ORDER[next]] = number;
            long place = 1L << Math.min(next, 63);
            set = number != 0 ? set | place : set & ~place;
        }
        next++;
        return false;
    }

    /**
     * Decodes new coefficients from {@link #next} on and the bits of those between them, up to the end of the band, to
     * any other code, or to a byte FF.
     */
    private void refineCodes(short[] out, int at) {
        byte[] order = JpegTables.NATURAL_ORDER;
        int[] lookup = acTable.lookup;
        byte[] file = source.file;
        int last = source.marker == 0 ? file.length - Long.BYTES : -1;
        int from = source.at;
        long window = this.window;
        int left = this.left;
        long set = this.set;
        long waiting = this.waiting;
        int end = bandEnd;
        int shift = this.shift;
        int k = next;
        // A code and the bits of all that wait are to fit into the window.
        while (k <= end && Long.bitCount(waiting) <= REFINING - JpegHuffmanTable.LOOKUP_BITS) {
            if (left < REFINING) {
                if (from > last) break;
                long bytes = (long) LONG.get(file, from);
                if (JpegBits.mayHoldMarker(bytes)) break;
                window |= bytes >>> left;
                from += 64 - left >>> 3;
                left += 64 - left & ~7;
            }
            int entry = lookup[(int) (window >>> 64 - JpegHuffmanTable.LOOKUP_BITS)];
            if ((entry & ONE_MASK) != ONE) break;
            window <<= entry & JpegHuffmanTable.LENGTH;
            left -= entry & JpegHuffmanTable.LENGTH;
            // The run counts coefficients that are zero; the others between them get their bit.
            int run = entry >> JpegHuffmanTable.RUN_SHIFT & 15;
            while (waiting != 0) {
                int gap = Long.numberOfTrailingZeros(waiting) - k;
                if (run < gap) break;
                run -= gap;
                k += gap;
                int place = at + order[k++];
                out[place] = refined(out[place], window, shift);
                waiting &= waiting - 1;
                window <<= 1;
                left--;
            }
            k = Math.min(k + run, end + 1);
            out[at + order[k]] = (short) (entry >> JpegHuffmanTable.NUMBER_SHIFT << shift);
            set |= 1L << Math.min(k, 63);
            k++;
        }
        source.at = from;
        this.window = window;
        this.left = left;
        this.set = set;
        this.waiting = waiting;
        next = k;
    }

    /** Decodes any code, its coefficient, and the bits of those before it. Returns whether the band ends with it. */
    private boolean refineCode(short[] out, int at) throws BrokenPictureException {
        int value = code(acTable);
        int run = value >> 4;
        int added = 0;
        // Whatever the size, the number has one bit.
        if ((value & 15) != 0) {
            added = (bits(1) != 0 ? 1 : -1) << shift;
        } else if (run != 15) {
            endOfBandRun = endOfBandRun(run);
            return true;
        }
        while (waiting != 0) {
            int gap = Long.numberOfTrailingZeros(waiting) - next;
            if (run < gap) break;
            run -= gap;
            next += gap;
            if (left < 1) refill();
            refineFirst(out, at);
            next++;
        }
        next = Math.min(next + run, bandEnd + 1);
        if (added != 0) {
            out[at + JpegTables.NATURAL_ORDER[next]] = (short) added;
            set |= 1L << Math.min(next, 63);
        }
        next++;
        return false;
    }

    /** Reads the bits of all coefficients that still wait. */
    private void refineRest(short[] out, int at) throws BrokenPictureException {
        int count = Long.bitCount(waiting);
        if (left < count) refill();
        if (left < count && source.marker == 0) {
            // More than a full window has.
            for (int i = FULL - 1; i > 0; i--) refineFirst(out, at);
            refill();
        }
        byte[] order = JpegTables.NATURAL_ORDER;
        long window = this.window;
        int shift = this.shift;
        long rest = waiting;
        left -= Long.bitCount(rest);
        for (; rest != 0; rest &= rest - 1) {
            int place = at + order[Long.numberOfTrailingZeros(rest)];
            out[place] = refined(out[place], window, shift);
            window <<= 1;
        }
        this.window = window;
    }

    /** Reads the bit of the first coefficient that waits. */
    private void refineFirst(short[] out, int at) {
        int place = at + JpegTables.NATURAL_ORDER[Long.numberOfTrailingZeros(waiting)];
        out[place] = refined(out[place], window, shift);
        waiting &= waiting - 1;
        drop(1);
    }

    /**
     * Returns a coefficient after its bit, the highest one of the window: 1 moves it away from 0 by {@code 1 << shift},
     * unless it has that bit set already. Half of these bits are ones, so a branch would be mispredicted half the time.
     */
    private static short refined(int value, long window, int shift) {
        int wanted = (int) (window >>> 63) & ~(value >> shift);
        return (short) (value + ((value >> 31 | 1) * wanted << shift));
    }

    /** Reads the rest of a code that ends bands, and returns for how many blocks, the present one included. */
    private int endOfBandRun(int run) {
        return run == 0 ? 1 : (1 << run) + bits(run);
    }

    /** Reads a code and returns its value. The window then holds its number, too. */
    private int code(JpegHuffmanTable table) throws BrokenPictureException {
        if (left < CODE_AND_NUMBER) refill();
        int entry = table.lookup[(int) (window >>> 64 - JpegHuffmanTable.LOOKUP_BITS)];
        if (entry == 0) entry = table.longCode(window);
        drop(JpegHuffmanTable.codeLength(entry));
        return JpegHuffmanTable.value(entry);
    }

    private int number(int size) {
        return JpegHuffmanTable.extend(bits(size), size);
    }

    /** Takes at least one bit of the window. */
    private int bits(int count) {
        int bits = (int) (window >>> -count);
        drop(count);
        return bits;
    }

    private void drop(int count) {
        window <<= count;
        left -= count;
    }

    /** Reads bytes until the window is full, or to a marker. */
    private void refill() throws BrokenPictureException {
        while (source.marker == 0 && left < FULL) {
            int value = source.int8();
            if (value == 0xFF) {
                do {
                    value = source.int8();
                } while (value == 0xFF);
                if (value != 0) {
                    source.marker = value;
                    return;
                }
                value = 0xFF;
            }
            window |= (long) value << 56 - left;
            left += 8;
        }
    }
}
