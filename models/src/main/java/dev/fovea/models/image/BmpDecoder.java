package dev.fovea.models.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * Decodes BMP files of Windows (version 2 to 5) and OS/2 as Pillow does (BmpImagePlugin.py): palettes, 16, 24 and 32
 * bits, bit fields, run lengths. A palette that is a ramp of greys makes a grey picture, 5-bit samples are scaled by
 * 255/31 and truncated.
 */
final class BmpDecoder {
    private static final int FILE_HEADER = 14;

    private static final int UNCOMPRESSED = 0;
    private static final int RUN_LENGTHS_8 = 1;
    private static final int RUN_LENGTHS_4 = 2;
    private static final int BIT_FIELDS = 3;

    /** Byte orders of a 32-bit pixel by its masks of red, green, blue and alpha; X is an unused byte. */
    private static final Map<Masks, String> ORDERS = Map.of(
            new Masks(0xFF0000, 0xFF00, 0xFF, 0), "BGRX",
            new Masks(0xFF000000, 0xFF0000, 0xFF00, 0), "XBGR",
            new Masks(0xFF000000, 0xFF00, 0xFF, 0), "BGXR",
            new Masks(0xFF000000, 0xFF0000, 0xFF00, 0xFF), "ABGR",
            new Masks(0xFF, 0xFF00, 0xFF0000, 0xFF000000), "RGBA",
            new Masks(0xFF0000, 0xFF00, 0xFF, 0xFF000000), "BGRA",
            new Masks(0xFF000000, 0xFF00, 0xFF, 0xFF0000), "BGAR",
            new Masks(0, 0, 0, 0), "BGRA");

    private record Masks(int red, int green, int blue, int alpha) {}

    private final byte[] file;
    private final DecodingBudget budget;
    private final ByteBuffer bytes;

    private int width;
    private int height;
    private int bits;
    private int compression;
    private boolean topDown;
    /** Start of the palette, or without one of the pixels, unless the header says otherwise. */
    private int at;
    /** Start of the pixels. */
    private long pixels;

    private Masks masks = new Masks(0, 0, 0, 0);
    private PictureMode mode;
    private byte[] palette;

    private BmpDecoder(byte[] file, DecodingBudget budget) {
        this.file = file;
        this.budget = budget;
        bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    static Picture decode(byte[] file, DecodingBudget budget) throws BrokenPictureException {
        BmpDecoder decoder = new BmpDecoder(file, budget);
        decoder.readHeader();
        boolean runs = decoder.compression == RUN_LENGTHS_8 || decoder.compression == RUN_LENGTHS_4;
        byte[] samples = runs ? decoder.readRuns() : decoder.readRows();
        return new Picture(decoder.width, decoder.height, decoder.mode, samples, decoder.palette);
    }

    private int int16(int offset) throws BrokenPictureException {
        if (offset + 2 > file.length) throw BrokenPictureException.truncated();
        return bytes.getShort(offset) & 0xFFFF;
    }

    private int int32(int offset) throws BrokenPictureException {
        if (offset + 4 > file.length) throw BrokenPictureException.truncated();
        return bytes.getInt(offset);
    }

    private void readHeader() throws BrokenPictureException {
        pixels = int32(10) & 0xFFFFFFFFL;
        int size = int32(FILE_HEADER);
        int header = FILE_HEADER + 4;
        at = FILE_HEADER + size;
        long colors = 0;
        int colorBytes = 4;
        switch (size) {
            case 12 -> {
                checkSize(int16(header), int16(header + 2));
                bits = int16(header + 6);
                colorBytes = 3;
            }
            case 40, 52, 56, 64, 108, 124 -> {
                long rows = int32(header + 4) & 0xFFFFFFFFL;
                // Windows writes a negative height for rows from top to bottom.
                topDown = rows >> 24 == 0xFF;
                checkSize(int32(header) & 0xFFFFFFFFL, topDown ? (1L << 32) - rows : rows);
                bits = int16(header + 10);
                compression = int32(header + 12);
                colors = int32(header + 28) & 0xFFFFFFFFL;
                if (compression == BIT_FIELDS) readMasks(header, size);
            }
            default ->
                throw new BrokenPictureException(
                        "has a BMP header of " + size + " bytes, which no BMP has; save it as PNG");
        }
        if (at > file.length) throw BrokenPictureException.truncated();
        if (colors == 0) colors = 1L << bits;
        if (pixels == FILE_HEADER + size && bits <= 8) pixels += colorBytes * colors;
        chooseMode(colors, colorBytes);
        if (pixels == 0) pixels = at;
    }

    private void checkSize(long claimedWidth, long claimedHeight) throws BrokenPictureException {
        PictureSize.check(claimedWidth, claimedHeight);
        width = (int) claimedWidth;
        height = (int) claimedHeight;
    }

    /**
     * Reads the masks, which are in the header, or after one of 40 bytes; only headers of 56 bytes and more have alpha.
     */
    private void readMasks(int header, int size) throws BrokenPictureException {
        int masksAt = size >= 52 ? header + 36 : at;
        masks = new Masks(int32(masksAt), int32(masksAt + 4), int32(masksAt + 8), size >= 56 ? int32(masksAt + 12) : 0);
        if (size < 52) at += 12;
    }

    private void chooseMode(long colors, int colorBytes) throws BrokenPictureException {
        if (compression < UNCOMPRESSED || compression > BIT_FIELDS) {
            throw new BrokenPictureException(
                    "is a BMP of compression " + compression + ", expected 0 to 3; save it as PNG");
        }
        switch (bits) {
            case 1, 4, 8 -> {
                if (compression == BIT_FIELDS) throw unknownMasks();
                readPalette(colors, colorBytes);
            }
            case 16, 24, 32 -> mode = orderOf32Bits().contains("A") ? PictureMode.RGB_ALPHA : PictureMode.RGB;
            default ->
                throw new BrokenPictureException(
                        "is a BMP of " + bits + " bits a pixel, expected 1, 4, 8, 16, 24 or 32; save it as PNG");
        }
    }

    /** Checks the masks and returns the order of a pixel's bytes if it has 32 bits; an empty string if it has fewer. */
    private String orderOf32Bits() throws BrokenPictureException {
        boolean fields = compression == BIT_FIELDS;
        if (bits == 32) {
            String order = fields ? ORDERS.get(masks) : "BGRX";
            if (order == null) throw unknownMasks();
            return order;
        }
        boolean known = masks.red() == 0xFF0000 && masks.green() == 0xFF00 && masks.blue() == 0xFF;
        if (bits == 16) known = is565() || masks.red() == 0x7C00 && masks.green() == 0x3E0 && masks.blue() == 0x1F;
        if (fields && !known) throw unknownMasks();
        return "";
    }

    private boolean is565() {
        return masks.red() == 0xF800 && masks.green() == 0x7E0 && masks.blue() == 0x1F;
    }

    private BrokenPictureException unknownMasks() {
        return new BrokenPictureException(String.format(
                "is a BMP of %d bits with the masks %x, %x, %x, %x, which are not supported; save it as PNG",
                bits, masks.red(), masks.green(), masks.blue(), masks.alpha()));
    }

    private void readPalette(long colors, int colorBytes) throws BrokenPictureException {
        if (colors > 65_536) {
            throw new BrokenPictureException("claims a palette of " + colors + " colours; save it as PNG");
        }
        int length = (int) Math.min(colorBytes * colors, file.length - at);
        boolean grey = length == colorBytes * colors;
        for (int color = 0; grey && color < colors; color++) {
            int value = colors == 2 ? 255 * color : color;
            for (int c = 0; c < 3; c++) grey &= (file[at + color * colorBytes + c] & 0xFF) == value;
        }
        if (grey) {
            mode = colors <= 2 ? PictureMode.BILEVEL : PictureMode.GREY;
        } else {
            mode = PictureMode.PALETTE;
            int entries = length / colorBytes;
            if (entries > 256) {
                throw new BrokenPictureException("has a palette of " + entries + " colours; save it as PNG");
            }
            palette = new byte[768];
            for (int color = 0; color < entries; color++) {
                for (int c = 0; c < 3; c++) palette[3 * color + c] = file[at + color * colorBytes + 2 - c];
            }
        }
        at += length;
    }

    /** Reads rows without compression, each padded to a multiple of four bytes. */
    private byte[] readRows() throws BrokenPictureException {
        long stride = (long) width * bits + 31 >> 3 & ~3L;
        // Grey ramps are read with one bit or one byte a pixel, whatever the header says, as Pillow does.
        int pixelBits = mode == PictureMode.GREY ? 8 : mode == PictureMode.BILEVEL ? 1 : bits;
        long rowBytes = (long) width * pixelBits + 7 >> 3;
        if (rowBytes > stride || pixels + (height - 1) * stride + rowBytes > file.length) {
            throw BrokenPictureException.truncated();
        }
        byte[] samples = new byte[PictureSize.bytes(width, height, mode.bytesPerPixel())];
        for (int row = 0; row < height; row++) {
            budget.advance(rowBytes);
            int from = (int) (pixels + row * stride);
            int to = (topDown ? row : height - 1 - row) * width * mode.bytesPerPixel();
            switch (pixelBits) {
                case 1 -> unpack(from, samples, to, 1, mode == PictureMode.BILEVEL ? 255 : 1);
                case 4 -> unpack(from, samples, to, 4, 1);
                case 8 -> System.arraycopy(file, from, samples, to, width);
                case 16 -> unpack16(from, samples, to);
                case 24 -> reorder(from, samples, to, "BGR");
                default -> reorder(from, samples, to, orderOf32Bits());
            }
        }
        return samples;
    }

    private void unpack(int from, byte[] samples, int to, int sampleBits, int scale) {
        int perByte = 8 / sampleBits;
        for (int x = 0; x < width; x++) {
            int shift = 8 - sampleBits * (1 + x % perByte);
            samples[to + x] = (byte) (scale * (file[from + x / perByte] >> shift & (1 << sampleBits) - 1));
        }
    }

    private void unpack16(int from, byte[] samples, int to) {
        int greenBits = compression == BIT_FIELDS && is565() ? 6 : 5;
        int greenMost = (1 << greenBits) - 1;
        for (int x = 0; x < width; x++) {
            int pixel = bytes.getShort(from + 2 * x);
            samples[to + 3 * x] = (byte) ((pixel >> 5 + greenBits & 31) * 255 / 31);
            samples[to + 3 * x + 1] = (byte) ((pixel >> 5 & greenMost) * 255 / greenMost);
            samples[to + 3 * x + 2] = (byte) ((pixel & 31) * 255 / 31);
        }
    }

    private void reorder(int from, byte[] samples, int to, String order) {
        int size = mode.bytesPerPixel();
        for (int band = 0; band < size; band++) {
            int start = from + order.indexOf("RGBA".charAt(band));
            for (int x = 0; x < width; x++) samples[to + x * size + band] = file[start + x * order.length()];
        }
    }

    /**
     * Reads run lengths: a count and the value that is repeated; or a zero and the end of the row (0), the end of the
     * picture (1), a step to the right and up (2), or a count of values that follow as they are. Runs end with their
     * row, and damaged files are read as far as Pillow reads them.
     */
    private byte[] readRuns() throws BrokenPictureException {
        if (bits > 8) {
            throw new BrokenPictureException("is a BMP of " + bits + " bits with run lengths, which need 4 or 8");
        }
        boolean nibbles = compression == RUN_LENGTHS_4;
        int length = PictureSize.bytes(width, height, 1);
        byte[] data = new byte[length];
        int filled = 0;
        int x = 0;
        int from = (int) Math.min(pixels, file.length);
        while (filled < length && from + 2 <= file.length) {
            int count = file[from++] & 0xFF;
            int value = file[from++] & 0xFF;
            budget.advance(2 + count);
            if (count > 0) {
                count = Math.clamp(width - x, 0, count);
                int end = Math.min(length, filled + count);
                for (int i = 0; filled + i < end; i++) {
                    data[filled + i] = (byte) (nibbles ? i % 2 == 0 ? value >> 4 : value & 15 : value);
                }
                filled += count;
                x += count;
            } else if (value == 0) {
                filled = (filled + width - 1) / width * width;
                x = 0;
            } else if (value == 1) {
                break;
            } else if (value == 2) {
                if (from + 2 > file.length) break;
                int right = file[from++] & 0xFF;
                int up = file[from++] & 0xFF;
                filled = (int) Math.min(length, filled + right + (long) up * width);
                x = filled % width;
            } else {
                int wanted = Math.min(length - filled, value);
                int stored = nibbles ? (wanted + 1) / 2 : wanted;
                int there = Math.min(stored, file.length - from);
                int read = nibbles ? Math.min(wanted, 2 * there) : there;
                for (int i = 0; i < read; i++) {
                    int packed = file[from + (nibbles ? i / 2 : i)];
                    data[filled + i] = (byte) (nibbles ? packed >> 4 - 4 * (i % 2) & 15 : packed);
                }
                from += there;
                filled += read;
                if (there < stored || filled == length) break;
                x += value;
                from += from & 1;
            }
        }
        if (filled < length) throw BrokenPictureException.truncated();
        if (mode == PictureMode.BILEVEL) {
            for (int i = 0; i < length; i++) data[i] = (byte) (data[i] == 0 ? 0 : 255);
        }
        return topDown ? data : upsideDown(data);
    }

    private byte[] upsideDown(byte[] rows) {
        byte[] turned = new byte[rows.length];
        for (int row = 0; row < height; row++) {
            System.arraycopy(rows, row * width, turned, (height - 1 - row) * width, width);
        }
        return turned;
    }
}
