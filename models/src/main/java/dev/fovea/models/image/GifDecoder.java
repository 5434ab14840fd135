package dev.fovea.models.image;

/**
 * Decodes the first frame of a GIF (89a specification) on its screen, as Pillow shows it: pixels outside of the frame
 * have the transparent index, or index 0. The JDK's decoder knows only the frame.
 */
final class GifDecoder {
    private static final int MAX_CODES = 4096;

    private final byte[] file;
    private final DecodingBudget budget;
    private int at;
    private int width;
    private int height;
    /** Colours for all frames, null where there are only shades of grey. */
    private byte[] globalPalette;
    /** The index that the graphic control extension declares transparent, or -1. */
    private int transparent = -1;

    private GifDecoder(byte[] file, DecodingBudget budget) {
        this.file = file;
        this.budget = budget;
    }

    static Picture decode(byte[] file, DecodingBudget budget) throws BrokenPictureException {
        return new GifDecoder(file, budget).read();
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
        if ((flags & 0x80) != 0) globalPalette = palette(flags);
        while (true) {
            int block = int8();
            if (block == ',') return frame();
            if (block == ';') throw new BrokenPictureException("holds no pixels");
            if (block == '!') extension();
        }
    }

    /** Reads colours; null if each is the grey of its index, which Pillow takes for no palette. */
    private byte[] palette(int flags) throws BrokenPictureException {
        byte[] colors = new byte[768];
        int size = 3 << (flags & 7) + 1;
        if (at + size > file.length) throw BrokenPictureException.truncated();
        System.arraycopy(file, at, colors, 0, size);
        at += size;
        for (int i = 0; i < size; i++) if (colors[i] != (byte) (i / 3)) return colors;
        return null;
    }

    /**
     * Reads an extension, of which only the transparent index is kept. An empty first block does not end an extension,
     * as in Pillow.
     */
    private void extension() throws BrokenPictureException {
        int label = int8();
        int length = int8();
        int start = at;
        if (label == 0xF9 && length > 0) {
            if (length < 3 || at + length > file.length) throw BrokenPictureException.truncated();
            if ((file[at] & 1) != 0) {
                if (length < 4) throw BrokenPictureException.truncated();
                transparent = file[at + 3] & 0xFF;
            }
        }
        at += length;
        if (label == 0xFE && length == 0) return;
        if (label == 0xFF && isLooping(start, length)) {
            length = int8();
            at += length;
        }
        do {
            length = int8();
            at += length;
        } while (length > 0);
    }

    private boolean isLooping(int from, int length) {
        String name = "NETSCAPE2.0";
        if (length < name.length() || from + length > file.length) return false;
        for (int i = 0; i < name.length(); i++) if (file[from + i] != name.charAt(i)) return false;
        return true;
    }

    private Picture frame() throws BrokenPictureException {
        int left = int16();
        int top = int16();
        int frameWidth = int16();
        int frameHeight = int16();
        int flags = int8();
        byte[] palette = (flags & 0x80) != 0 ? palette(flags) : null;
        // Also in place of a local palette of greys, as in Pillow.
        if (palette == null) palette = globalPalette;
        width = Math.max(width, left + frameWidth);
        height = Math.max(height, top + frameHeight);
        PictureSize.check(width, height);
        PictureSize.check(frameWidth, frameHeight);
        // A code is at least a bit long and stands for at most 4096 pixels.
        if ((long) frameWidth * frameHeight > (long) (file.length - at) * 8 * MAX_CODES) {
            throw BrokenPictureException.truncated();
        }
        byte[] indices = new byte[PictureSize.bytes(frameWidth, frameHeight, 1)];
        expand(indices);
        if ((flags & 0x40) != 0) indices = deinterlaced(indices, frameWidth, frameHeight);
        Transparency free = null;
        if (transparent >= 0) {
            free = palette == null
                    ? Transparency.ofColor(transparent, transparent, transparent)
                    : Transparency.ofEntry(transparent);
        }
        PictureMode mode = palette == null ? PictureMode.GREY : PictureMode.PALETTE;
        Picture stored = new Picture(frameWidth, frameHeight, mode, indices, palette, free);
        return stored.onCanvas(width, height, left, top, new byte[] {(byte) Math.max(transparent, 0)});
    }

    /** Reorders interlaced rows: 0, 8, 16...; then 4, 12, ...; then 2, 6, ...; then 1, 3, ... */
    private static byte[] deinterlaced(byte[] indices, int width, int height) {
        byte[] rows = new byte[indices.length];
        int[] starts = {0, 4, 2, 1};
        int[] steps = {8, 8, 4, 2};
        int from = 0;
        for (int pass = 0; pass < 4; pass++) {
            for (int y = starts[pass]; y < height; y += steps[pass], from += width) {
                System.arraycopy(indices, from, rows, y * width, width);
            }
        }
        return rows;
    }

    /** Expands LZW as GIF has it: codes grow from one more bit than a pixel to 12 bits, a clear code starts over. */
    private void expand(byte[] out) throws BrokenPictureException {
        int bits = int8();
        if (bits > 12) throw BrokenPictureException.truncated();
        int clear = 1 << bits;
        int[] previous = new int[MAX_CODES];
        byte[] last = new byte[MAX_CODES];
        int[] lengths = new int[MAX_CODES];
        byte[] first = new byte[MAX_CODES];
        for (int i = 0; i < Math.min(clear, MAX_CODES); i++) {
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
        int before = 0;
        while (size < out.length) {
            while (held < codeBits) {
                if (left == 0) {
                    left = nextBlock(size - before);
                    before = size;
                }
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
            if (code == clear + 1 || code > next || code >= MAX_CODES || code >= clear && old < 0) {
                throw BrokenPictureException.truncated();
            }
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

    /** Returns the length of the next block that is not empty; Pillow skips empty ones, though one ends the data. */
    private int nextBlock(int pixels) throws BrokenPictureException {
        budget.advance(pixels);
        int length = 0;
        while (length == 0) {
            budget.advance(256);
            length = int8();
        }
        if (length > file.length - at) throw BrokenPictureException.truncated();
        return length;
    }
}
