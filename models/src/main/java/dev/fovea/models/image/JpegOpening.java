package dev.fovea.models.image;

import java.util.Arrays;

/**
 * Checks a JPEG file as Pillow does when it opens one, before anything is decoded (JpegImagePlugin.py). Pillow fails on
 * some segments that libjpeg would skip. A file that Pillow cannot open is refused, so that exactly its pictures are
 * read.
 */
final class JpegOpening {
    private final byte[] file;
    private int at = 3;
    private boolean framed;
    /** The smallest of the pieces of a colour profile before the frame. */
    private byte[] leastProfile;

    private JpegOpening(byte[] file) {
        this.file = file;
    }

    /** Refuses files that Pillow does not open. */
    static void check(byte[] file) throws BrokenPictureException {
        new JpegOpening(file).check();
    }

    private void check() throws BrokenPictureException {
        int value = 0xFF;
        while (true) {
            if (value != 0xFF) {
                value = next();
                continue;
            }
            int marker = next();
            if (marker == 0xFF) continue;
            if (marker != 0) {
                if (marker < 0xC0 || marker > 0xFE)
                    throw JpegMarkers.damaged("marker FF" + Integer.toHexString(marker));
                boolean plain = marker == 0xC8 || marker >= 0xD0 && marker <= 0xD9 || marker >= 0xF0 && marker <= 0xFD;
                if (!plain) segment(marker);
                if (marker == 0xDA) break;
            }
            value = next();
        }
        if (!framed) throw JpegMarkers.damaged("no frame header");
    }

    private int next() throws BrokenPictureException {
        if (at >= file.length) throw BrokenPictureException.truncated();
        return file[at++] & 0xFF;
    }

    private void segment(int marker) throws BrokenPictureException {
        int length = Math.max(0, (next() << 8 | next()) - 2);
        if (length > file.length - at) throw BrokenPictureException.truncated();
        int start = at;
        at += length;
        boolean frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xCC || marker == 0xDE;
        if (frame) frame(start, length);
        else if (marker == 0xDB) quantizationTables(start, length);
        else if (marker == 0xE0 && is(start, length, "JFIF")) atLeast(length, 7);
        else if (marker == 0xEE && is(start, length, "Adobe")) atLeast(length, 7);
        else if (marker == 0xED && is(start, length, "Photoshop 3.0\0")) photoshop(start, length);
        else if (marker == 0xE2 && is(start, length, "ICC_PROFILE\0")) {
            byte[] piece = Arrays.copyOfRange(file, start, start + length);
            if (leastProfile == null || Arrays.compareUnsigned(piece, leastProfile) < 0) leastProfile = piece;
        }
    }

    private boolean is(int start, int length, String text) {
        if (length < text.length()) return false;
        for (int i = 0; i < text.length(); i++) {
            if (file[start + i] != text.charAt(i)) return false;
        }
        return true;
    }

    private static void atLeast(int length, int wanted) throws BrokenPictureException {
        if (length < wanted) throw JpegMarkers.damaged("a segment of " + length + " bytes, expected " + wanted);
    }

    private void frame(int start, int length) throws BrokenPictureException {
        atLeast(length, 6);
        if (file[start] != 8) {
            throw new BrokenPictureException(
                    "has samples of " + (file[start] & 0xFF) + " bits, expected 8; save it as plain JPEG or PNG");
        }
        int components = file[start + 5] & 0xFF;
        if (components != 1 && components != 3 && components != 4) {
            throw new BrokenPictureException(
                    "has " + components + " colour components, expected 1, 3 or 4; save it as plain JPEG or PNG");
        }
        if (leastProfile != null) atLeast(leastProfile.length, 14);
        leastProfile = null;
        if (length % 3 != 0) throw JpegMarkers.damaged("a frame header of a wrong length");
        framed = true;
    }

    private void quantizationTables(int start, int length) throws BrokenPictureException {
        for (int end = start + length; start < end; ) {
            int table = (file[start] & 0xFF) >> 4 == 0 ? 65 : 129;
            if (end - start < table) throw JpegMarkers.damaged("a quantisation table of a wrong length");
            start += table;
        }
    }

    /** Reads image resources: Pillow fails only on one that ends before its name. */
    private void photoshop(int start, int length) throws BrokenPictureException {
        int offset = 14;
        while (length - offset >= 4 && is(start + offset, 4, "8BIM")) {
            offset += 6;
            if (offset > length) return;
            if (offset == length) throw JpegMarkers.damaged("an image resource without a name");
            offset += 1 + (file[start + offset] & 0xFF);
            offset += offset & 1;
            if (length - offset < 4) return;
            long size = 0;
            for (int i = 0; i < 4; i++) size = size << 8 | file[start + offset + i] & 0xFF;
            if (size > length - offset - 4) return;
            offset += 4 + (int) size;
            offset += offset & 1;
        }
    }
}
