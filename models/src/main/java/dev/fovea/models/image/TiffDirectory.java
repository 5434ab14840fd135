package dev.fovea.models.image;

/** The first directory of a TIFF structure, which is also what EXIF is (TIFF 6.0, section 2): entries of tag, type, count, value. */
record TiffDirectory(byte[] file, int start, int end, boolean bigEndian) {
    private static final int ENTRY_BYTES = 12;
    private static final int COLOR_MAP = 320;

    /** The structure in bytes {@code start} to {@code end} of a file. */
    TiffDirectory(byte[] file, int start, int end) {
        this(file, start, end, end - start >= 8 && file[start] == 'M');
    }

    /** Where the entry of a tag starts, or -1. */
    int find(int tag) {
        if (end - start < 8) return -1;
        long directory = number(start + 4, 4);
        if (directory > end - start - 2) return -1;
        int at = start + (int) directory;
        long entries = number(at, 2);
        at += 2;
        for (int i = 0; i < entries && at + ENTRY_BYTES <= end; i++, at += ENTRY_BYTES) {
            if (number(at, 2) == tag) return at;
        }
        return -1;
    }

    /** The number in the next {@code length} bytes. */
    long number(int at, int length) {
        long value = 0;
        for (int i = 0; i < length; i++) value = value << 8 | file[bigEndian ? at + i : at + length - 1 - i] & 0xFF;
        return value;
    }

    /** The high bytes of the colour map as 256 times red, green, blue; null without a sound one. */
    byte[] palette() {
        int entry = find(COLOR_MAP);
        if (entry < 0) return null;
        long colors = number(entry + 4, 4) / 3;
        long map = start + number(entry + 8, 4);
        if (colors < 1 || colors > 256 || map + 6 * colors > end) return null;
        byte[] palette = new byte[768];
        for (int i = 0; i < colors * 3; i++) {
            palette[i % (int) colors * 3 + i / (int) colors] = (byte) (number((int) map + 2 * i, 2) >> 8);
        }
        return palette;
    }
}
