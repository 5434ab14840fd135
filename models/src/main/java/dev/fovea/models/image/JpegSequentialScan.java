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

    /** No entry of a {@link JpegPairTable}: among the next bytes is one of FF. */
    private static final int MARKED = 0;

    /** A number of bytes that no block exceeds. */
    private static final int BLOCK_BYTES = 512;

    /**
     * Number of bytes before the file's end from which on bytes are prefetched exactly as in libjpeg, which decides
     * what becomes of a file that is cut short. Before them this reader reads on where a piece of the file ends, and
     * reads fast where there are restart markers, neither of which libjpeg does; over so many bytes the prefetched
     * ones become the same.
     */
    private static final int END_MARGIN = 1 << 17;

    private final JpegSource source;
    private final JpegBits bits;
    private final int restartInterval;
    private int unitsToRestart;
    private int restarts;
    private final Member[] members;
    /** The member of each block of a unit, once there was one. */
    private Member[] ofBlock;

    /** The state of a fast attempt: the next bits, from the highest one on, their number, and the next byte. */
    private long window;

    private int left;
    private int from;
    /** Index of the next place of the zigzag order in a {@link JpegPairTable}. */
    private int next;

    /** All entries of that table whose places were set in the present block. */
    private int seen;

    /** Set by a fast attempt that met a marker. */
    private boolean markerMet;

    JpegSequentialScan(JpegSource source, JpegMarkers markers) throws BrokenPictureException {
        this.source = source;
        bits = new JpegBits(source);
        members = new Member[markers.scan.length];
        for (int i = 0; i < members.length; i++) members[i] = member(markers, i);
        restartInterval = markers.restartInterval;
        unitsToRestart = restartInterval;
    }

    /** Makes a member, which shares its tables with those before it that have the same. */
    private Member member(JpegMarkers markers, int index) throws BrokenPictureException {
        JpegComponent component = markers.scan[index];
        JpegHuffmanTable dc = null;
        JpegHuffmanTable ac = null;
        for (int i = 0; i < index; i++) {
            if (markers.scan[i].dcTable == component.dcTable) dc = members[i].dc;
            if (markers.scan[i].acTable == component.acTable) ac = members[i].ac;
        }
        if (dc == null) dc = markers.dcTable(component.dcTable);
        if (ac == null) ac = markers.acTable(component.acTable);
        return new Member(dc, ac, component.quantizers);
    }

    @Override
    public boolean insufficient() {
        return bits.insufficient;
    }

    @Override
    public void decode(Unit unit) throws BrokenPictureException {
        if (restartInterval > 0 && unitsToRestart-- == 0) restart();
        if (bits.insufficient) return;
        if (ofBlock == null) {
            ofBlock = new Member[unit.at.length];
            for (int block = 0; block < ofBlock.length; block++) ofBlock[block] = members[unit.member[block]];
        }
        while (true) {
            int needed = BLOCK_BYTES * unit.at.length;
            // Far from the file's end it does not matter where a piece ends.
            while (source.limit - source.at < needed && source.file.length - source.at > END_MARGIN) source.extend();
            boolean fast = source.limit - source.at >= needed && source.marker == 0;
            if (fast && restartInterval > 0) fast = source.file.length - source.at > END_MARGIN;
            int at = source.at;
            long buffer = bits.buffer;
            int left = bits.left;
            for (Member member : members) member.lastDcBefore = member.lastDc;
            if (fast) {
                if (members[0].pairs == null) makePairs(unit.places);
                if (decodeFast(unit)) return;
                bits.buffer = buffer;
                bits.left = left;
                for (Member member : members) member.lastDc = member.lastDcBefore;
                if (restartInterval > 0) unit.clear();
            }
            try {
                decodeCarefully(unit);
                return;
            } catch (PieceEnd end) {
                source.at = at;
                bits.buffer = buffer;
                bits.left = left;
                for (Member member : members) member.lastDc = member.lastDcBefore;
                unit.clear();
                source.extend();
            }
        }
    }

    private void makePairs(int[] places) {
        for (Member member : members) {
            for (Member earlier : members) {
                boolean same = member.ac == earlier.ac && Arrays.equals(member.quantizers, earlier.quantizers);
                if (same) member.pairs = earlier.pairs;
            }
            if (member.pairs == null) member.pairs = JpegPairTable.of(member.ac, places, member.quantizers);
        }
    }

    private void restart() throws BrokenPictureException {
        bits.clear();
        source.restart(restarts);
        restarts = restarts + 1 & 7;
        for (Member member : members) member.lastDc = 0;
        unitsToRestart = restartInterval - 1;
        if (source.marker == 0) bits.insufficient = false;
    }

    private void decodeCarefully(Unit unit) throws PieceEnd {
        int[] order = unit.places;
        for (int block = 0; block < unit.at.length; block++) {
            Member member = ofBlock[block];
            short[] out = unit.coefficients[block];
            int at = unit.at[block];
            short[] quantizer = member.quantizers;
            int size = bits.value(member.dc);
            if (size != 0) member.lastDc += bits.number(size);
            out[at] = (short) ((short) member.lastDc * quantizer[0]);
            int seen = 0;
            JpegHuffmanTable ac = member.ac;
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
        for (int block = 0; block < ofBlock.length; block++) {
            Member member = ofBlock[block];
            short[] out = unit.coefficients[block];
            int at = unit.at[block];
            member.lastDc += difference(member.dc);
            out[at] = (short) (member.lastDc * member.quantizers[0]);
            ac(member, out, at);
            unit.saw(block, seen >>> 16);
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

    /**
     * Decodes the AC coefficients of a block, in the fast way.
     *
     * <p>The loop itself is a method without calls and returns for all that is rare: a call anywhere in a loop makes
     * the compiler keep what the loop uses in memory.
     */
    private void ac(Member member, short[] out, int at) {
        next = JpegPairTable.STEPS + 1;
        seen = 0;
        while (true) {
            int entry = pairs(member.pairs, out, at);
            if (entry == MARKED) {
                refillByBytes();
            } else if ((entry & JpegPairTable.END) != 0) {
                // libjpeg refills before each code, so before this one, too.
                if (left <= LOW && left + member.ac.endLength <= LOW) refill();
                return;
            } else if (single(member, out, at)) {
                return;
            }
        }
    }

    /**
     * Decodes coefficients in pairs from {@link #next} on, up to the end of the block, to a code that is none of a
     * pair's, to the last place, or to a byte FF.
     *
     * @param table of {@link JpegPairTable}
     * @return {@link #MARKED}, an entry with {@link JpegPairTable#END}, or one without for which {@link #single} is due
     */
    private int pairs(int[] table, short[] out, int at) {
        long window = this.window;
        int left = this.left;
        int seen = this.seen;
        int k = next;
        int entry;
        do {
            if (left <= LOW) {
                long bytes = (long) LONG.get(source.file, from);
                // Six bytes at a time, if none of them is FF.
                if ((~bytes - 0x0101010101010000L & bytes & 0x8080808080800000L) != 0) {
                    entry = MARKED;
                    break;
                }
                window |= (bytes & -1L << 16) >>> left;
                left += 48;
                from += 6;
            }
            entry = table[(int) (window >>> 64 - JpegHuffmanTable.LOOKUP_BITS)];
            int first = k + (entry >>> JpegPairTable.RUN_SHIFT & JpegPairTable.RUN);
            int second = first + (entry >>> JpegPairTable.DISTANCE_SHIFT & JpegPairTable.DISTANCE);
            // The last place is left to single(), as are runs beyond it.
            if (second >= JpegPairTable.STEPS + 63) {
                if ((entry & JpegPairTable.END_ALONE) == JpegPairTable.END_ALONE) {
                    window <<= entry & JpegPairTable.LENGTH;
                    left -= entry & JpegPairTable.LENGTH;
                } else {
                    entry = JpegPairTable.NONE;
                }
                break;
            }
            window <<= entry & JpegPairTable.LENGTH;
            left -= entry & JpegPairTable.LENGTH;
            int step = table[first];
            out[at + (step >>> 16)] = (short) ((entry >> JpegPairTable.FIRST_SHIFT) * step);
            seen |= step;
            step = table[second];
            out[at + (step >>> 16)] =
                    (short) ((entry << JpegPairTable.SECOND_SHIFT >> JpegPairTable.FIRST_SHIFT) * step);
            seen |= step;
            k = second + 1;
        } while ((entry & JpegPairTable.END) == 0);
        this.window = window;
        this.left = left;
        this.seen = seen;
        next = k;
        return entry;
    }

    /** Decodes one code and its coefficient. Returns whether the block ends with it. */
    private boolean single(Member member, short[] out, int at) {
        JpegHuffmanTable table = member.ac;
        int value = code(table, table.lookup[(int) (window >>> 64 - JpegHuffmanTable.LOOKUP_BITS)]);
        int size = value & 15;
        next += value >> 4;
        if (size > 0) {
            int number = number(size);
            int step = member.pairs[next];
            out[at + (step >>> 16)] = (short) (number * step);
            seen |= step;
        } else if (value != 0xF0) {
            // No code but that of sixteen zeros may have a run and no number.
            return true;
        }
        next++;
        return next >= JpegPairTable.STEPS + 64;
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
        if (entry == 0) entry = table.longCode(window);
        drop(JpegHuffmanTable.codeLength(entry));
        return JpegHuffmanTable.value(entry);
    }

    /** Reads a number of {@code size} bits. */
    private int number(int size) {
        if (size == 0) return 0;
        if (left <= LOW) refill();
        int number = JpegHuffmanTable.extend((int) (window >>> -size), size);
        drop(size);
        return number;
    }

    /** A component of the scan: its codes, its quantisers in zigzag order, and its last DC coefficient. */
    private static final class Member {
        final JpegHuffmanTable dc;
        final JpegHuffmanTable ac;
        final short[] quantizers;
        /** The table of pairs, once a unit was decoded fast. */
        int[] pairs;

        int lastDc;
        int lastDcBefore;

        Member(JpegHuffmanTable dc, JpegHuffmanTable ac, short[] quantizers) {
            this.dc = dc;
            this.ac = ac;
            this.quantizers = quantizers;
        }
    }
}
