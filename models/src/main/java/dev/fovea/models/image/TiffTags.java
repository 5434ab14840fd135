package dev.fovea.models.image;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The tags of a TIFF's first directory, both byte orders, classic and BigTIFF. Entries that lie outside the file or
 * have an unknown type are skipped, the first of two with the same tag counts, as in Pillow's TiffImagePlugin.py.
 */
final class TiffTags {
    static final int WIDTH = 256;
    static final int HEIGHT = 257;
    static final int BITS_PER_SAMPLE = 258;
    static final int COMPRESSION = 259;
    static final int PHOTOMETRIC = 262;
    static final int FILL_ORDER = 266;
    static final int STRIP_OFFSETS = 273;
    static final int ORIENTATION = 274;
    static final int SAMPLES_PER_PIXEL = 277;
    static final int ROWS_PER_STRIP = 278;
    static final int STRIP_BYTE_COUNTS = 279;
    static final int PLANAR_CONFIGURATION = 284;
    static final int GROUP_3_OPTIONS = 292;
    static final int PREDICTOR = 317;
    static final int COLOR_MAP = 320;
    static final int TILE_WIDTH = 322;
    static final int TILE_LENGTH = 323;
    static final int TILE_OFFSETS = 324;
    static final int TILE_BYTE_COUNTS = 325;
    static final int EXTRA_SAMPLES = 338;
    static final int SAMPLE_FORMAT = 339;
    static final int JPEG_TABLES = 347;
    static final int YCBCR_COEFFICIENTS = 529;
    static final int YCBCR_SUBSAMPLING = 530;
    static final int REFERENCE_BLACK_WHITE = 532;
    static final int XMP = 700;

    /**
     * Number of bytes of a value of each type: byte, text, short, long, rational, the signed ones, float, double, and
     * BigTIFF's.
     */
    private static final int[] TYPE_BYTES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};

    private static final int RATIONAL = 5;
    private static final int SIGNED_RATIONAL = 10;
    private static final int BIG = 43;

    private record Entry(int type, int at, int count) {}

    private final byte[] file;
    private final boolean bigEndian;
    private final Map<Integer, Entry> entries = new HashMap<>();

    /** Reads the directory that the file's header points to. */
    TiffTags(byte[] file) throws BrokenPictureException {
        this.file = file;
        bigEndian = file[0] == 'M';
        if (file.length < 16) throw BrokenPictureException.truncated();
        boolean big = file[2] == BIG || file[3] == BIG;
        long directory = big ? number(8, 8) : number(4, 4);
        int countBytes = big ? 8 : 2;
        if (directory < 0 || directory > file.length - countBytes) throw BrokenPictureException.truncated();
        long count = number((int) directory, countBytes);
        int offsetBytes = big ? 8 : 4;
        int entryBytes = 4 + 2 * offsetBytes;
        int at = (int) directory + countBytes;
        for (long i = 0; i < count && at + entryBytes <= file.length; i++, at += entryBytes) read(at, offsetBytes);
    }

    private void read(int at, int offsetBytes) {
        int tag = (int) number(at, 2);
        int type = (int) number(at + 2, 2);
        long count = number(at + 4, offsetBytes);
        if (type >= TYPE_BYTES.length || TYPE_BYTES[type] == 0 || count < 1 || count > file.length) return;
        long bytes = count * TYPE_BYTES[type];
        int valueAt = at + 4 + offsetBytes;
        long from = bytes <= offsetBytes ? valueAt : number(valueAt, offsetBytes);
        if (from < 0 || from > file.length - bytes) return;
        entries.putIfAbsent(tag, new Entry(type, (int) from, (int) count));
    }

    boolean bigEndian() {
        return bigEndian;
    }

    boolean has(int tag) {
        return entries.containsKey(tag);
    }

    /** Returns the first value of a tag. */
    long number(int tag, long otherwise) {
        long[] values = numbers(tag);
        return values.length == 0 ? otherwise : values[0];
    }

    /** Returns all values of a tag as unsigned integers; none without the tag. */
    long[] numbers(int tag) {
        Entry entry = entries.get(tag);
        if (entry == null) return new long[0];
        int size = TYPE_BYTES[entry.type];
        long[] values = new long[entry.count];
        for (int i = 0; i < values.length; i++) values[i] = number(entry.at + i * size, size);
        return values;
    }

    /** Returns the values of a tag of fractions. */
    float[] fractions(int tag, float... otherwise) {
        Entry entry = entries.get(tag);
        boolean fractions = entry != null && (entry.type == RATIONAL || entry.type == SIGNED_RATIONAL);
        if (!fractions || entry.count < otherwise.length) return otherwise;
        float[] values = new float[entry.count];
        for (int i = 0; i < values.length; i++) {
            long denominator = number(entry.at + 8 * i + 4, 4);
            values[i] = denominator == 0 ? 0 : (float) ((double) number(entry.at + 8 * i, 4) / denominator);
        }
        return values;
    }

    /** Returns the bytes of a tag; none without the tag. */
    byte[] bytes(int tag) {
        Entry entry = entries.get(tag);
        if (entry == null) return new byte[0];
        return Arrays.copyOfRange(file, entry.at, entry.at + entry.count * TYPE_BYTES[entry.type]);
    }

    private long number(int at, int length) {
        long value = 0;
        for (int i = 0; i < length; i++) value = value << 8 | file[bigEndian ? at + i : at + length - 1 - i] & 0xFF;
        return value;
    }
}
