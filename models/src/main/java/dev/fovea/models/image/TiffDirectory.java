package dev.fovea.models.image;

/** The first directory of a TIFF structure, which is also what EXIF is (TIFF 6.0, section 2): entries of tag, type, count, value. */
record TiffDirectory(byte[] file, int start, int end, boolean bigEndian) {
    private static final int ENTRY_BYTES = 12;

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
}
