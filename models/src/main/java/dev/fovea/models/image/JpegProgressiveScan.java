package dev.fovea.models.image;

import dev.fovea.models.image.JpegBits.PieceEnd;
import java.util.Arrays;

/**
 * Decodes the Huffman-coded coefficients of one scan of a progressive picture (T.81, annex G): those of a band, and of
 * them the high bits or one more bit.
 */
final class JpegProgressiveScan implements JpegEntropy {
    private final JpegSource source;
    private final JpegBits bits;
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

    JpegProgressiveScan(JpegSource source, JpegMarkers markers) throws BrokenPictureException {
        this.source = source;
        bits = new JpegBits(source);
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
        return bits.insufficient;
    }

    @Override
    public void decode(Unit unit) throws BrokenPictureException {
        if (restartInterval > 0 && unitsToRestart-- == 0) restart();
        try {
            if (bandStart == 0 && !first) refineDc(unit);
            else if (bits.insufficient) return;
            else if (bandStart == 0) firstDc(unit);
            else if (first) firstAc(unit.coefficients[0], unit.at[0], unit.components[0].places);
            else refineAc(unit.coefficients[0], unit.at[0], unit.components[0].places);
        } catch (PieceEnd end) {
            // The whole file has been given already.
            throw BrokenPictureException.truncated();
        }
    }

    private void restart() throws BrokenPictureException {
        bits.clear();
        source.restart(restarts);
        restarts = restarts + 1 & 7;
        Arrays.fill(lastDc, 0);
        endOfBandRun = 0;
        unitsToRestart = restartInterval - 1;
        if (source.marker == 0) bits.insufficient = false;
    }

    private void firstDc(Unit unit) throws PieceEnd, BrokenPictureException {
        for (int block = 0; block < unit.at.length; block++) {
            int member = unit.member[block];
            int size = bits.value(dcTables[member]);
            if (size != 0) {
                long sum = (long) lastDc[member] + bits.number(size);
                if (sum != (int) sum) throw JpegMarkers.damaged("a coefficient out of range");
                lastDc[member] = (int) sum;
            }
            unit.coefficients[block][unit.at[block]] = (short) (lastDc[member] << shift);
        }
    }

    private void refineDc(Unit unit) throws PieceEnd {
        for (int block = 0; block < unit.at.length; block++) {
            if (bits.bits(1) != 0) unit.coefficients[block][unit.at[block]] |= (short) (1 << shift);
        }
    }

    private void firstAc(short[] out, int at, long[] places) throws PieceEnd {
        if (endOfBandRun > 0) {
            endOfBandRun--;
            return;
        }
        long set = places[at >> 6];
        for (int k = bandStart; k <= bandEnd; k++) {
            int value = bits.value(acTable);
            int run = value >> 4;
            int size = value & 15;
            if (size != 0) {
                k += run;
                short number = (short) (bits.number(size) << shift);
                out[at + JpegTables.NATURAL_ORDER[k]] = number;
                long place = 1L << Math.min(k, 63);
                set = number != 0 ? set | place : set & ~place;
            } else if (run == 15) {
                k += 15;
            } else {
                endOfBandRun = (1 << run) - 1;
                if (run > 0) endOfBandRun += bits.bits(run);
                break;
            }
        }
        places[at >> 6] = set;
    }

    private void refineAc(short[] out, int at, long[] places) throws PieceEnd {
        byte[] order = JpegTables.NATURAL_ORDER;
        long set = places[at >> 6];
        // The coefficients of the band that are not zero and still wait for their bit.
        long waiting = set & -1L << bandStart & -1L >>> 63 - bandEnd;
        int k = bandStart;
        while (endOfBandRun == 0 && k <= bandEnd) {
            int value = bits.value(acTable);
            int run = value >> 4;
            int added = 0;
            if ((value & 15) != 0) {
                added = (bits.bits(1) != 0 ? 1 : -1) << shift;
            } else if (run != 15) {
                endOfBandRun = 1 << run;
                if (run > 0) endOfBandRun += bits.bits(run);
                break;
            }
            // The run counts coefficients that are zero; the others between them get their bit.
            while (true) {
                int next = waiting == 0 ? bandEnd + 1 : Long.numberOfTrailingZeros(waiting);
                if (run < next - k) {
                    k += run;
                    break;
                }
                run -= next - k;
                k = next;
                if (k > bandEnd) break;
                refine(out, at + order[k]);
                waiting &= waiting - 1;
                if (++k > bandEnd) break;
            }
            if (added != 0) {
                out[at + order[k]] = (short) added;
                set |= 1L << Math.min(k, 63);
            }
            k++;
        }
        if (endOfBandRun > 0) {
            for (; waiting != 0; waiting &= waiting - 1) refine(out, at + order[Long.numberOfTrailingZeros(waiting)]);
            endOfBandRun--;
        }
        places[at >> 6] = set;
    }

    private void refine(short[] out, int place) throws PieceEnd {
        int bit = 1 << shift;
        if (bits.bits(1) != 0 && (out[place] & bit) == 0) out[place] += (short) (out[place] >= 0 ? bit : -bit);
    }
}
