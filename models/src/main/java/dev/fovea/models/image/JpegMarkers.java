package dev.fovea.models.image;

import dev.fovea.models.image.JpegFrame.Coding;
import java.util.Arrays;

/**
 * Reads the segments of a JPEG file (T.81, annex B) and keeps what they set: tables, frame, scan. It forgives and
 * refuses the same faults as libjpeg (jdmarker.c).
 */
final class JpegMarkers {
    private static final int TABLES = 4;

    private final JpegSource source;
    private boolean started;

    /** Quantisers in zigzag order. */
    private final short[][] quantizers = new short[TABLES][];

    private final JpegTables.Code[] dcCodes = new JpegTables.Code[TABLES];
    private final JpegTables.Code[] acCodes = new JpegTables.Code[TABLES];

    /** Conditioning of arithmetic coding (T.81, F.1.4.4): lower and upper bound of small differences, and K. */
    final int[] dcLower = new int[16];

    final int[] dcUpper = new int[16];
    final int[] acSplit = new int[16];

    /** Number of units between restart markers, 0 for none. */
    int restartInterval;

    private boolean jfif;
    /** The transform of Adobe's segment: 0 none, 1 YCbCr, 2 YCCK; -1 without such a segment. */
    private int adobeTransform;

    /** The frame; null until its header is read. */
    JpegFrame frame;

    /** The present scan: its components, band of coefficients, and bits. */
    JpegComponent[] scan;

    int bandStart;
    int bandEnd;
    /** Number of bits that earlier scans left out, 0 in the first one over a band. */
    int bitsBefore;
    /** Number of bits that this scan leaves out. */
    int bitsAfter;

    int scansRead;

    JpegMarkers(JpegSource source) {
        this.source = source;
    }

    static BrokenPictureException damaged(String what) {
        return new BrokenPictureException("is a damaged JPEG (" + what + "); fetch it again");
    }

    /**
     * Reads segments up to the next scan or the end.
     *
     * @return whether there is a scan, which {@link #scan} then describes
     */
    boolean read() throws BrokenPictureException {
        while (true) {
            if (source.marker == 0) {
                if (started) source.findMarker();
                else {
                    if (source.int16() != 0xFFD8) throw damaged("no start of an image");
                    source.marker = 0xD8;
                }
            }
            int marker = source.marker;
            switch (marker) {
                case 0xD8 -> start();
                case 0xC0, 0xC1 -> frame(Coding.SEQUENTIAL);
                case 0xC2 -> frame(Coding.PROGRESSIVE);
                case 0xC3 -> frame(Coding.LOSSLESS);
                case 0xC9 -> frame(Coding.ARITHMETIC);
                case 0xCA -> frame(Coding.PROGRESSIVE_ARITHMETIC);
                case 0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF ->
                    throw new BrokenPictureException(
                            "is a hierarchical JPEG, which nobody decodes; save it as plain JPEG or PNG");
                case 0xCB ->
                    throw new BrokenPictureException(
                            "is a lossless arithmetic-coded JPEG, which nobody decodes; save it as PNG");
                case 0xC4 -> huffmanTables();
                case 0xCC -> conditioning();
                case 0xDB -> quantizationTables();
                case 0xDD -> {
                    if (source.int16() != 4) throw damaged("a restart interval of a wrong length");
                    restartInterval = source.int16();
                }
                case 0xDA -> {
                    scanHeader();
                    source.marker = 0;
                    return true;
                }
                case 0xD9 -> {
                    source.marker = 0;
                    return false;
                }
                case 0xD0, 0xD1, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0x01 -> {}
                case 0xE0, 0xEE -> application(marker);
                case 0xDC, 0xFE -> source.skip(Math.max(0, source.int16() - 2));
                default -> {
                    if (marker < 0xE1 || marker > 0xEF) throw damaged("marker FF" + Integer.toHexString(marker));
                    source.skip(Math.max(0, source.int16() - 2));
                }
            }
            source.marker = 0;
        }
    }

    /** Forgets the image that ended without a scan, so that another one may follow; tables are kept. */
    void startOver() {
        started = false;
    }

    private void start() throws BrokenPictureException {
        if (started) throw damaged("an image starts within another");
        started = true;
        Arrays.fill(dcLower, 0);
        Arrays.fill(dcUpper, 1);
        Arrays.fill(acSplit, 5);
        restartInterval = 0;
        jfif = false;
        adobeTransform = -1;
    }

    private void frame(Coding coding) throws BrokenPictureException {
        if (frame != null) throw damaged("two frame headers");
        int length = source.int16();
        int bits = source.int8();
        int height = source.int16();
        int width = source.int16();
        var components = new JpegComponent[source.int8()];
        PictureSize.check(width, height);
        if (components.length == 0 || length != 8 + 3 * components.length) {
            throw damaged("a frame header of a wrong length");
        }
        if (bits != 8) {
            throw new BrokenPictureException(
                    "has samples of " + bits + " bits, expected 8; save it as plain JPEG or PNG");
        }
        for (int i = 0; i < components.length; i++) {
            int id = source.int8();
            int sampling = source.int8();
            components[i] = new JpegComponent(id, sampling >> 4, sampling & 15, source.int8());
        }
        frame = JpegFrame.of(coding, width, height, components);
    }

    private void scanHeader() throws BrokenPictureException {
        if (frame == null) throw damaged("a scan without a frame header");
        int length = source.int16();
        int count = source.int8();
        if (count < 1 || count > 4 || length != 6 + 2 * count) throw damaged("a scan header of a wrong length");
        scan = new JpegComponent[count];
        for (int i = 0; i < count; i++) {
            scan[i] = scanComponent(source.int8());
            int tables = source.int8();
            scan[i].dcTable = tables >> 4;
            scan[i].acTable = tables & 15;
            for (int earlier = 0; earlier < i; earlier++) {
                if (scan[earlier] == scan[i]) throw damaged("a component twice in a scan");
            }
        }
        bandStart = source.int8();
        bandEnd = source.int8();
        int bits = source.int8();
        bitsBefore = bits >> 4;
        bitsAfter = bits & 15;
        scansRead++;
    }

    /** Returns the component of an identifier; of several with equal ones, the first that is not yet in the scan. */
    private JpegComponent scanComponent(int id) throws BrokenPictureException {
        for (int i = 0; i < Math.min(4, frame.components().length); i++) {
            boolean taken = i < scan.length && scan[i] != null;
            if (frame.components()[i].id == id && !taken) return frame.components()[i];
        }
        throw damaged("a scan of component " + id + ", which the frame does not have");
    }

    private void huffmanTables() throws BrokenPictureException {
        int length = source.int16() - 2;
        while (length > 16) {
            int index = source.int8();
            byte[] counts = new byte[16];
            int total = 0;
            for (int i = 0; i < 16; i++) {
                int count = source.int8();
                counts[i] = (byte) count;
                total += count;
            }
            length -= 17;
            if (total > 256 || total > length) throw damaged("a Huffman table of " + total + " values");
            byte[] values = new byte[256];
            for (int i = 0; i < total; i++) values[i] = (byte) source.int8();
            length -= total;
            int table = index & ~0x10;
            if (table >= TABLES) throw damaged("Huffman table " + index);
            (table == index ? dcCodes : acCodes)[table] = new JpegTables.Code(counts, values);
        }
        if (length != 0) throw damaged("Huffman tables of a wrong length");
    }

    private void conditioning() throws BrokenPictureException {
        int length = source.int16() - 2;
        for (; length > 0; length -= 2) {
            int index = source.int8();
            int value = source.int8();
            if (index >= 32) throw damaged("arithmetic conditioning " + index);
            if (index >= 16) {
                acSplit[index - 16] = value;
            } else {
                dcLower[index] = value & 15;
                dcUpper[index] = value >> 4;
                if (dcLower[index] > dcUpper[index]) throw damaged("arithmetic conditioning of " + value);
            }
        }
        if (length != 0) throw damaged("arithmetic conditioning of a wrong length");
    }

    private void quantizationTables() throws BrokenPictureException {
        int length = source.int16() - 2;
        while (length > 0) {
            int index = source.int8();
            boolean wide = index >> 4 != 0;
            int table = index & 15;
            if (table >= TABLES) throw damaged("quantisation table " + table);
            short[] values = new short[JpegTables.NATURAL_ORDER.length];
            for (int i = 0; i < 64; i++) values[i] = (short) (wide ? source.int16() : source.int8());
            // Runs beyond the end land on the last coefficient.
            Arrays.fill(values, 64, values.length, values[63]);
            quantizers[table] = values;
            length -= wide ? 129 : 65;
        }
        if (length != 0) throw damaged("quantisation tables of a wrong length");
    }

    private void application(int marker) throws BrokenPictureException {
        int length = Math.max(0, source.int16() - 2);
        byte[] start = new byte[Math.min(14, length)];
        for (int i = 0; i < start.length; i++) start[i] = (byte) source.int8();
        if (marker == 0xE0 && start.length >= 14 && startsWith(start, "JFIF\0")) jfif = true;
        if (marker == 0xEE && start.length >= 12 && startsWith(start, "Adobe")) adobeTransform = start[11] & 0xFF;
        source.skip(length - start.length);
    }

    private static boolean startsWith(byte[] bytes, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (bytes[i] != text.charAt(i)) return false;
        }
        return true;
    }

    /** Fixes a component's quantisers at its first scan, as T.81 requires. */
    void fixQuantizers(JpegComponent component) throws BrokenPictureException {
        if (component.quantizers != null) return;
        if (component.quantizer >= TABLES || quantizers[component.quantizer] == null) {
            throw damaged("no quantisation table " + component.quantizer);
        }
        component.quantizers = quantizers[component.quantizer];
    }

    /** Takes the standard tables where a sequential picture has none, as libjpeg does for frames of Motion JPEG. */
    void addStandardTables() {
        for (int table = 0; table < 2; table++) {
            if (dcCodes[table] == null) dcCodes[table] = JpegTables.standard(true, table);
            if (acCodes[table] == null) acCodes[table] = JpegTables.standard(false, table);
        }
    }

    JpegHuffmanTable dcTable(int table) throws BrokenPictureException {
        if (table >= TABLES || dcCodes[table] == null) throw damaged("no Huffman table " + table);
        return JpegHuffmanTable.of(dcCodes[table], frame.coding() == Coding.LOSSLESS ? 16 : 15);
    }

    JpegHuffmanTable acTable(int table) throws BrokenPictureException {
        if (table >= TABLES || acCodes[table] == null) throw damaged("no Huffman table " + table);
        return JpegHuffmanTable.of(acCodes[table], 255);
    }

    /**
     * Guesses whether the components are luminance and colour differences, as libjpeg does (jdapimin.c,
     * default_decompress_parms).
     */
    boolean isYcc() {
        JpegComponent[] components = frame.components();
        if (components.length == 4) return adobeTransform > 0;
        if (components.length != 3) return false;
        if (jfif) return true;
        if (adobeTransform >= 0) return adobeTransform != 0;
        int ids = components[0].id << 16 | components[1].id << 8 | components[2].id;
        return ids != ('R' << 16 | 'G' << 8 | 'B') && (frame.coding() != Coding.LOSSLESS);
    }
}
