package dev.fovea.models.image;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * Puts together the JPEG streams that a TIFF holds: strips and tiles that share their tables (TIFF Technical Note 2),
 * and, of the older style (TIFF 6.0, section 22), pictures that are one whole stream.
 */
final class TiffJpeg {
    private static final int OLD_STREAM_OFFSET = 513;
    private static final int MARKER_BYTES = 2;

    private TiffJpeg() {}

    /** Returns the stream of a strip or tile with the tables of all, and with an end, which libtiff assumes too. */
    static byte[] stream(byte[] tables, byte[] file, int from, int end) throws BrokenPictureException {
        if (!startsImage(file, from, end)) throw BrokenPictureException.truncated();
        ByteArrayOutputStream stream = new ByteArrayOutputStream(tables.length + end - from + MARKER_BYTES);
        boolean shared = tables.length > 2 * MARKER_BYTES && startsImage(tables, 0, tables.length);
        if (shared) {
            // Without the start of an image and its end, which only frame the tables.
            stream.write(tables, 0, tables.length - MARKER_BYTES);
            stream.write(file, from + MARKER_BYTES, end - from - MARKER_BYTES);
        } else {
            stream.write(file, from, end - from);
        }
        stream.write(0xFF);
        stream.write(0xD9);
        return stream.toByteArray();
    }

    /** Returns the whole stream of the older style. */
    static byte[] oldStream(TiffTags tags, byte[] file) throws BrokenPictureException {
        long[] strips = tags.numbers(TiffTags.STRIP_OFFSETS);
        long from = tags.number(OLD_STREAM_OFFSET, strips.length > 0 ? strips[0] : -1);
        if (from < 0 || from > file.length || !startsImage(file, (int) from, file.length)) {
            throw new BrokenPictureException("is a TIFF with JPEG of the older style in pieces, which is not supported;"
                    + " save it as PNG or with JPEG of the newer style");
        }
        return stream(new byte[0], Arrays.copyOfRange(file, (int) from, file.length), 0, file.length - (int) from);
    }

    private static boolean startsImage(byte[] bytes, int from, int end) {
        return end - from > MARKER_BYTES && bytes[from] == (byte) 0xFF && bytes[from + 1] == (byte) 0xD8;
    }
}
