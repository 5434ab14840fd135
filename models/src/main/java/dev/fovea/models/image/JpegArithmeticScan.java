package dev.fovea.models.image;

import java.util.Arrays;

/** Decodes arithmetic-coded coefficients, sequential (T.81, F.2.4) or one scan of a progressive picture (G.2). */
final class JpegArithmeticScan implements JpegEntropy {
    private static final int DC_BINS = 64;
    private static final int AC_BINS = 256;
    /** Index of the first bin of magnitudes in a table of DC or AC bins (tables F.4 and F.5). */
    private static final int DC_MAGNITUDES = 20;

    private static final int LOW_AC_MAGNITUDES = 189;
    private static final int HIGH_AC_MAGNITUDES = 217;
    /** Distance from a magnitude's bins to those of its bits. */
    private static final int BITS = 14;

    private static final int TOO_LARGE = 1 << 15;

    private final JpegSource source;
    private final JpegArithmeticDecoder decoder;
    private final JpegMarkers markers;
    private final JpegComponent[] scan;
    private final boolean progressive;
    private final int bandStart;
    private final int bandEnd;
    private final boolean first;
    private final int shift;
    private int unitsToRestart;
    private int restarts;

    private final byte[][] dcBins = new byte[16][];
    private final byte[][] acBins = new byte[16][];
    /** One bin whose symbols stay equally likely. */
    private final byte[] even = {JpegArithmeticDecoder.EVEN};

    private final int[] lastDc = new int[4];
    private final int[] dcContext = new int[4];
    /** Set where the code is invalid: the data up to the next restart are lost. */
    private boolean lost;

    JpegArithmeticScan(JpegSource source, JpegMarkers markers) {
        this.source = source;
        this.markers = markers;
        decoder = new JpegArithmeticDecoder(source);
        scan = markers.scan;
        progressive = markers.frame.coding().progressive();
        bandStart = markers.bandStart;
        bandEnd = markers.bandEnd;
        first = markers.bitsBefore == 0;
        shift = markers.bitsAfter;
        for (JpegComponent component : scan) {
            dcBins[component.dcTable] = new byte[DC_BINS];
            acBins[component.acTable] = new byte[AC_BINS];
        }
        unitsToRestart = markers.restartInterval;
    }

    /** Returns false: libjpeg does not report blocks that are lost here. */
    @Override
    public boolean insufficient() {
        return false;
    }

    @Override
    public void decode(Unit unit) throws BrokenPictureException {
        if (markers.restartInterval > 0 && unitsToRestart-- == 0) restart();
        if (progressive && bandStart == 0 && !first) {
            refineDc(unit);
        } else if (lost) {
            return;
        } else if (!progressive) {
            sequential(unit);
        } else if (bandStart == 0) {
            firstDc(unit);
        } else if (first) {
            ac(unit, 0, scan[0], bandStart, bandEnd, null);
        } else {
            refineAc(unit);
        }
    }

    private void restart() throws BrokenPictureException {
        source.restart(restarts);
        restarts = restarts + 1 & 7;
        for (JpegComponent component : scan) {
            Arrays.fill(dcBins[component.dcTable], (byte) 0);
            Arrays.fill(acBins[component.acTable], (byte) 0);
        }
        Arrays.fill(lastDc, 0);
        Arrays.fill(dcContext, 0);
        decoder.restart();
        lost = false;
        unitsToRestart = markers.restartInterval - 1;
    }

    private void sequential(Unit unit) throws BrokenPictureException {
        for (int block = 0; block < unit.at.length; block++) {
            int member = unit.member[block];
            JpegComponent component = scan[member];
            if (!dc(member)) return;
            unit.coefficients[block][unit.at[block]] = (short) ((short) lastDc[member] * component.quantizers[0]);
            if (!ac(unit, block, component, 1, 63, component.quantizers)) return;
        }
    }

    private void firstDc(Unit unit) throws BrokenPictureException {
        for (int block = 0; block < unit.at.length; block++) {
            int member = unit.member[block];
            if (!dc(member)) return;
            unit.coefficients[block][unit.at[block]] = (short) (lastDc[member] << shift);
        }
    }

    /** Adds the next difference to a component's DC (T.81, F.1.4.1). */
    private boolean dc(int member) throws BrokenPictureException {
        int table = scan[member].dcTable;
        byte[] bins = dcBins[table];
        int bin = dcContext[member];
        if (decoder.bit(bins, bin) == 0) {
            dcContext[member] = 0;
            return true;
        }
        int sign = decoder.bit(bins, bin + 1);
        bin += 2 + sign;
        int magnitude = decoder.bit(bins, bin);
        if (magnitude != 0) {
            bin = DC_MAGNITUDES;
            for (; decoder.bit(bins, bin) != 0; bin++) {
                magnitude <<= 1;
                if (magnitude == TOO_LARGE) return lose();
            }
        }
        if (magnitude < 1 << markers.dcLower[table] >> 1) dcContext[member] = 0;
        else if (magnitude > 1 << markers.dcUpper[table] >> 1) dcContext[member] = 12 + sign * 4;
        else dcContext[member] = 4 + sign * 4;
        lastDc[member] = lastDc[member] + number(bins, bin + BITS, magnitude, sign) & 0xFFFF;
        return true;
    }

    /** Reads the bits below the first one of a magnitude (T.81, F.1.4.3). */
    private int number(byte[] bins, int bin, int magnitude, int sign) throws BrokenPictureException {
        int value = magnitude;
        for (int bit = magnitude >> 1; bit > 0; bit >>= 1) {
            if (decoder.bit(bins, bin) != 0) value |= bit;
        }
        return sign != 0 ? -value - 1 : value + 1;
    }

    private boolean lose() {
        lost = true;
        return false;
    }

    /**
     * Decodes a band of a block (T.81, F.1.4.2); coefficients are multiplied by their quantisers, if there are any,
     * else shifted.
     */
    private boolean ac(Unit unit, int block, JpegComponent component, int start, int end, short[] quantizers)
            throws BrokenPictureException {
        short[] out = unit.coefficients[block];
        int at = unit.at[block];
        byte[] bins = acBins[component.acTable];
        for (int k = start; k <= end; k++) {
            int bin = 3 * (k - 1);
            if (decoder.bit(bins, bin) != 0) break;
            while (decoder.bit(bins, bin + 1) == 0) {
                bin += 3;
                if (++k > end) return lose();
            }
            int sign = decoder.bit(even, 0);
            bin += 2;
            int magnitude = decoder.bit(bins, bin);
            if (magnitude != 0 && decoder.bit(bins, bin) != 0) {
                magnitude = 2;
                bin = k <= markers.acSplit[component.acTable] ? LOW_AC_MAGNITUDES : HIGH_AC_MAGNITUDES;
                for (; decoder.bit(bins, bin) != 0; bin++) {
                    magnitude <<= 1;
                    if (magnitude == TOO_LARGE) return lose();
                }
            }
            int number = number(bins, bin + BITS, magnitude, sign);
            int place = unit.places[k];
            out[at + place] = (short) (quantizers == null ? number << shift : (short) number * quantizers[k]);
            unit.saw(block, place);
        }
        return true;
    }

    private void refineDc(Unit unit) throws BrokenPictureException {
        for (int block = 0; block < unit.at.length; block++) {
            if (decoder.bit(even, 0) != 0) unit.coefficients[block][unit.at[block]] |= (short) (1 << shift);
        }
    }

    /** Adds a bit to the coefficients of a band (T.81, G.1.3.3). */
    private void refineAc(Unit unit) throws BrokenPictureException {
        short[] out = unit.coefficients[0];
        int at = unit.at[0];
        int[] order = unit.places;
        byte[] bins = acBins[scan[0].acTable];
        short plus = (short) (1 << shift);
        short minus = (short) (-1 << shift);
        int lastSet = bandEnd;
        while (lastSet > 0 && out[at + order[lastSet]] == 0) lastSet--;
        for (int k = bandStart; k <= bandEnd; k++) {
            int bin = 3 * (k - 1);
            if (k > lastSet && decoder.bit(bins, bin) != 0) break;
            while (true) {
                int place = at + order[k];
                if (out[place] != 0) {
                    if (decoder.bit(bins, bin + 2) != 0) out[place] += out[place] < 0 ? minus : plus;
                    break;
                }
                if (decoder.bit(bins, bin + 1) != 0) {
                    out[place] = decoder.bit(even, 0) != 0 ? minus : plus;
                    unit.saw(0, order[k]);
                    break;
                }
                bin += 3;
                if (++k > bandEnd) {
                    lost = true;
                    return;
                }
            }
        }
    }
}
