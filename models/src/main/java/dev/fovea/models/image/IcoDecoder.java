package dev.fovea.models.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Decodes Windows icons. It takes the entry that Pillow shows: the largest, and among equals the one of the fewest
 * colours.
 */
final class IcoDecoder {
    private static final int HEADER_BYTES = 6;
    private static final int ENTRY_BYTES = 16;
    private static final int BITMAP_HEADER_BYTES = 40;

    private record Entry(int width, int height, int colorDepth, int bits, long length, long start) {}

    private final byte[] file;
    private final DecodingBudget budget;
    private final ByteBuffer bytes;

    private IcoDecoder(byte[] file, DecodingBudget budget) {
        this.file = file;
        this.budget = budget;
        bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Decodes a whole file that starts with an icon's signature. */
    static Picture decode(byte[] file, DecodingBudget budget) throws BrokenPictureException {
        return new IcoDecoder(file, budget).read();
    }

    private Picture read() throws BrokenPictureException {
        Entry chosen = null;
        if (file.length < HEADER_BYTES) throw BrokenPictureException.truncated();
        int count = bytes.getShort(4) & 0xFFFF;
        if (count == 0) throw new BrokenPictureException("holds no pixels");
        if (HEADER_BYTES + count * ENTRY_BYTES > file.length) throw BrokenPictureException.truncated();
        for (int i = 0; i < count; i++) {
            Entry entry = entry(HEADER_BYTES + i * ENTRY_BYTES);
            if (chosen == null || isBefore(entry, chosen)) chosen = entry;
        }
        if (chosen.start + 8 > file.length) throw BrokenPictureException.truncated();
        byte[] png = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
        int start = (int) chosen.start;
        if (!Arrays.equals(file, start, start + 8, png, 0, 8)) return bitmap(chosen);
        Picture picture = PngDecoder.decodeAsStored(Arrays.copyOfRange(file, start, file.length), budget);
        // Pillow ignores the transparency that a PNG in an icon declares beside an alpha channel.
        return picture.transparency() == null ? picture : picture.opaque();
    }

    private Entry entry(int at) {
        int width = file[at] == 0 ? 256 : file[at] & 0xFF;
        int height = file[at + 1] == 0 ? 256 : file[at + 1] & 0xFF;
        int colors = file[at + 2] & 0xFF;
        int bits = bytes.getShort(at + 6) & 0xFFFF;
        int ofColors = colors == 0 ? 256 : 32 - Integer.numberOfLeadingZeros(colors - 1);
        int colorDepth = bits != 0 ? bits : ofColors == 0 ? 256 : ofColors;
        return new Entry(
                width,
                height,
                colorDepth,
                bits,
                bytes.getInt(at + 8) & 0xFFFFFFFFL,
                bytes.getInt(at + 12) & 0xFFFFFFFFL);
    }

    /** Returns whether Pillow prefers an entry to one that is earlier in the file. */
    private static boolean isBefore(Entry entry, Entry other) {
        int area = Integer.compare(entry.width * entry.height, other.width * other.height);
        return area > 0 || area == 0 && entry.colorDepth < other.colorDepth;
    }

    /**
     * Decodes a Windows bitmap without its file header, bottom row first, and a mask of transparent pixels after it.
     */
    private Picture bitmap(Entry entry) throws BrokenPictureException {
        int at = (int) entry.start;
        if (at + BITMAP_HEADER_BYTES > file.length) throw BrokenPictureException.truncated();
        int headerBytes = bytes.getInt(at);
        int width = bytes.getInt(at + 4);
        int height = bytes.getInt(at + 8) / 2;
        int bits = bytes.getShort(at + 14) & 0xFFFF;
        int colors = bytes.getInt(at + 32);
        boolean known = bits == 1 || bits == 4 || bits == 8 || bits == 24 || bits == 32;
        if (headerBytes < BITMAP_HEADER_BYTES || headerBytes > 124 || !known || bytes.getInt(at + 16) != 0) {
            throw new BrokenPictureException("has an icon in a form that we cannot decode; save it as PNG");
        }
        PictureSize.check(width, height);
        if (bits > 8) colors = 0;
        else if (colors == 0) colors = 1 << bits;
        if (colors < 0 || colors > 256) throw new BrokenPictureException("has a palette of more than 256 colours");
        int palette = at + headerBytes;
        int start = palette + 4 * colors;
        long rowBytes = ((long) width * bits + 31) / 32 * 4;
        long maskBytes = ((long) width + 31) / 32 * 4;
        long mask = entry.start + entry.length - maskBytes * height;
        boolean alpha = entry.bits == 32;
        if (start + rowBytes * height > file.length || alpha && bits != 32) throw BrokenPictureException.truncated();
        if (!alpha && (mask < 0 || mask + maskBytes * height > file.length)) throw BrokenPictureException.truncated();
        byte[] pixels = new byte[PictureSize.bytes(width, height, 4)];
        for (int y = 0, to = 0; y < height; y++) {
            budget.advance(width);
            int row = start + (int) rowBytes * (height - 1 - y);
            int maskRow = alpha ? 0 : (int) (mask + maskBytes * (height - 1 - y));
            for (int x = 0; x < width; x++, to += 4) {
                int color = color(row, x, bits, palette, colors);
                pixels[to] = (byte) (color >> 16);
                pixels[to + 1] = (byte) (color >> 8);
                pixels[to + 2] = (byte) color;
                pixels[to + 3] = alpha ? file[row + 4 * x + 3] : (byte) ((file[maskRow + x / 8] >> 7 - x % 8 & 1) - 1);
            }
        }
        return new Picture(width, height, PictureMode.RGB_ALPHA, pixels, null);
    }

    /** Returns red, green, blue of a pixel; black for a palette index that does not exist. */
    private int color(int row, int x, int bits, int palette, int colors) {
        int at = row + x * bits / 8;
        if (bits > 8) {
            return file[at] & 0xFF | (file[at + 1] & 0xFF) << 8 | (file[at + 2] & 0xFF) << 16;
        }
        int index = (file[at] & 0xFF) >> 8 - bits - x * bits % 8 & (1 << bits) - 1;
        return index < colors ? bytes.getInt(palette + 4 * index) : 0;
    }
}
