package dev.fovea.models.image;

import java.util.Arrays;

/**
 * The first frame of a GIF (89a specification) on its screen, as Pillow shows it: what the frame leaves free has the transparent
 * index, or index 0. The JDK's decoder knows only the frame.
 */
final class GifDecoder {
    private static final int MAX_CODES = 4096;

    private final byte[] file;
    private int at;
    private int width;
    private int height;
    private byte[] palette;
    /** The index that the graphic control extension calls transparent, or -1. */
    private int transparent = -1;

    private GifDecoder(byte[] file) {
        this.file = file;
    }

    static Picture decode(byte[] file) throws BrokenPictureException {
        return new GifDecoder(file).read();
    }

    private int int8() throws BrokenPictureException {
        if (at >= file.length) throw BrokenPictureException.truncated();
        return file[at++] & 0xFF;
    }

    private int int16() throws BrokenPictureException {
        return int8() | int8() << 8;
    }

    private Picture read() throws BrokenPictureException {
        at = 6;
        width = int16();
        height = int16();
        int flags = int8();
        at += 2;
        if ((flags & 0x80) != 0) palette = palette(flags);
        BrokenPictureException.checkSize(width, height);
        while (true) {
            int block = int8();
            if (block == ',') return frame();
            if (block == ';') throw new BrokenPictureException("holds no pixels");
            if (block == '!') extension();
        }
    }

    private byte[] palette(int flags) throws BrokenPictureException {
        byte[] colors = new byte[768];
        int size = 3 << (flags & 7) + 1;
        if (at + size > file.length) throw BrokenPictureException.truncated();
        System.arraycopy(file, at, colors, 0, size);
        at += size;
        return colors;
    }

    /** Of interest is only which index is transparent. */
    private void extension() throws BrokenPictureException {
        boolean control = int8() == 0xF9;
        int length = int8();
        if (control && length == 4 && at + 4 <= file.length) {
            transparent = (file[at] & 1) != 0 ? file[at + 3] & 0xFF : -1;
        }
        while (length > 0) {
            at += length;
            length = int8();
        }
    }

    private Picture frame() throws BrokenPictureException {
        int left = int16();
        int top = int16();
        int frameWidth = int16();
        int frameHeight = int16();
        int flags = int8();
        if ((flags & 0x80) != 0) palette = palette(flags);
        width = Math.max(width, left + frameWidth);
        height = Math.max(height, top + frameHeight);
        BrokenPictureException.checkSize(width, height);
        // A code is at least two bits long and stands for at most 4096 pixels.
        if ((long) frameWidth * frameHeight > (long) (file.length - at) * 4 * MAX_CODES) {
            throw BrokenPictureException.truncated();
        }
        byte[] pixels = new byte[BrokenPictureException.arraySize(width, height, 1)];
        if (transparent > 0 && (frameWidth < width || frameHeight < height)) Arrays.fill(pixels, (byte) transparent);
        byte[] indices = new byte[BrokenPictureException.arraySize(frameWidth, frameHeight, 1)];
        expand(indices);
        boolean interlaced = (flags & 0x40) != 0;
        for (int i = 0; i < frameHeight; i++) {
            int y = interlaced ? interlacedRow(i, frameHeight) : i;
            System.arraycopy(indices, i * frameWidth, pixels, (top + y) * width + left, frameWidth);
        }
        Transparency free = null;
        if (transparent >= 0) {
            free = palette == null
                    ? Transparency.ofColor(transparent, transparent, transparent)
                    : Transparency.ofEntry(transparent);
        }
        PictureMode mode = palette == null ? PictureMode.GREY : PictureMode.PALETTE;
        return new Picture(width, height, mode, pixels, palette, free);
    }

    /** Rows 0, 8, 16...; then 4, 12, ...; then 2, 6, ...; then 1, 3, ... */
    private static int interlacedRow(int i, int height) {
        int[] starts = {0, 4, 2, 1};
        int[] steps = {8, 8, 4, 2};
        int pass = 0;
        while (true) {
            int rows = (height - starts[pass] + steps[pass] - 1) / steps[pass];
            if (i < rows) return starts[pass] + i * steps[pass];
            i -= rows;
            pass++;
        }
    }

    /** LZW as GIF has it: codes grow from one more bit than a pixel to 12 bits, a clear code starts over. */
    private void expand(byte[] out) throws BrokenPictureException {
        int bits = int8();
        if (bits < 1 || bits > 11) throw BrokenPictureException.truncated();
        int clear = 1 << bits;
        int[] previous = new int[MAX_CODES];
        byte[] last = new byte[MAX_CODES];
        int[] lengths = new int[MAX_CODES];
        byte[] first = new byte[MAX_CODES];
        for (int i = 0; i < clear; i++) {
            last[i] = first[i] = (byte) i;
            lengths[i] = 1;
        }
        int next = clear + 2;
        int codeBits = bits + 1;
        int old = -1;
        int buffer = 0;
        int held = 0;
        int left = 0;
        int size = 0;
        while (size < out.length) {
            while (held < codeBits) {
                if (left == 0) left = int8();
                if (left == 0) throw BrokenPictureException.truncated();
                buffer |= int8() << held;
                held += 8;
                left--;
            }
            int code = buffer & (1 << codeBits) - 1;
            buffer >>>= codeBits;
            held -= codeBits;
            if (code == clear) {
                next = clear + 2;
                codeBits = bits + 1;
                old = -1;
                continue;
            }
            if (code == clear + 1 || code > next || code == next && old < 0) throw BrokenPictureException.truncated();
            if (old >= 0 && next < MAX_CODES) {
                previous[next] = old;
                first[next] = first[old];
                last[next] = code == next ? first[old] : first[code];
                lengths[next] = lengths[old] + 1;
                next++;
                if (next == 1 << codeBits && codeBits < 12) codeBits++;
            }
            if (code >= next) throw BrokenPictureException.truncated();
            int to = size + lengths[code] - 1;
            size += lengths[code];
            for (int c = code; to >= size - lengths[code]; c = previous[c], to--) {
                if (to < out.length) out[to] = last[c];
            }
            old = code;
        }
    }
}
