package dev.fovea.models.image;

import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * PNG (W3C recommendation, third edition) to the modes that Pillow gives. Our own because the decoder in the JDK hands grey pictures
 * through colour conversions, and because a cut or hostile file must end in a plain error.
 */
final class PngDecoder {
    /** No deflate stream expands further than this. */
    private static final int MAX_EXPANSION = 1032;

    private static final int[] ADAM7_X = {0, 4, 0, 2, 0, 1, 0};
    private static final int[] ADAM7_Y = {0, 0, 4, 0, 2, 0, 1};
    private static final int[] ADAM7_DX = {8, 8, 4, 4, 2, 2, 1};
    private static final int[] ADAM7_DY = {8, 8, 8, 4, 4, 2, 2};

    private static final int IHDR = 0x49484452;
    private static final int PLTE = 0x504C5445;
    private static final int TRNS = 0x74524E53;
    private static final int IDAT = 0x49444154;
    private static final int IEND = 0x49454E44;

    private final byte[] file;
    private int width;
    private int height;
    private int depth;
    private int colorType;
    private boolean interlaced;
    private final byte[] palette = new byte[768];
    private Transparency transparency;
    /** Where the next IDAT chunk's data start, and how many bytes they are. */
    private int dataStart;

    private int dataLength;

    private PngDecoder(byte[] file) {
        this.file = file;
    }

    /** Decodes a whole file that starts with the PNG signature. */
    static Picture decode(byte[] file) throws BrokenPictureException {
        PngDecoder decoder = new PngDecoder(file);
        decoder.readHeader();
        return decoder.readPixels();
    }

    private int int32(int at) throws BrokenPictureException {
        if (at < 0 || at + 4 > file.length) throw BrokenPictureException.truncated();
        return file[at] << 24 | (file[at + 1] & 0xFF) << 16 | (file[at + 2] & 0xFF) << 8 | file[at + 3] & 0xFF;
    }

    /** Everything up to the first pixel data. */
    private void readHeader() throws BrokenPictureException {
        int at = 8;
        while (true) {
            int length = int32(at);
            int type = int32(at + 4);
            if (length < 0 || length > file.length - at - 8) throw BrokenPictureException.truncated();
            if (at == 8 && (type != IHDR || length < 13)) throw new BrokenPictureException("has no PNG header");
            if (type == IDAT) {
                dataStart = at + 8;
                dataLength = length;
                return;
            }
            checkSum(at + 4, length + 4);
            if (type == IHDR) header(at + 8);
            else if (type == PLTE) System.arraycopy(file, at + 8, palette, 0, Math.min(length, palette.length));
            else if (type == TRNS) transparency = transparency(at + 8, length);
            else if (type == IEND) throw new BrokenPictureException("holds no pixels");
            at += 12 + length;
        }
    }

    private void checkSum(int from, int length) throws BrokenPictureException {
        CRC32 crc = new CRC32();
        crc.update(file, from, length);
        if ((int) crc.getValue() != int32(from + length)) throw new BrokenPictureException("has a wrong checksum");
    }

    private void header(int at) throws BrokenPictureException {
        width = int32(at);
        height = int32(at + 4);
        depth = file[at + 8];
        colorType = file[at + 9];
        interlaced = file[at + 12] != 0;
        BrokenPictureException.checkSize(width, height);
        boolean known = switch (colorType) {
            case 0 -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
            case 3 -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
            case 2, 4, 6 -> depth == 8 || depth == 16;
            default -> false;
        };
        if (!known || file[at + 10] != 0 || file[at + 11] != 0) {
            throw new BrokenPictureException("has a PNG header that makes no sense");
        }
    }

    /** Palette entries have alphas of their own, otherwise one colour is transparent; Pillow does not scale it as it does pixels. */
    private Transparency transparency(int at, int length) throws BrokenPictureException {
        if (colorType == 3) return Transparency.ofEntries(file, at, length);
        if (colorType != 0 && colorType != 2) return null;
        if (length < (colorType == 0 ? 2 : 6)) throw BrokenPictureException.truncated();
        if (colorType == 2) return Transparency.ofColor(file[at + 1], file[at + 3], file[at + 5]);
        int grey = depth > 1 ? file[at + 1] : file[at] != 0 || file[at + 1] != 0 ? 255 : 0;
        return Transparency.ofColor(grey, grey, grey);
    }

    private PictureMode mode() {
        return switch (colorType) {
            case 0 -> depth == 1 ? PictureMode.BILEVEL : depth == 16 ? PictureMode.GREY_16 : PictureMode.GREY;
            case 2 -> PictureMode.RGB;
            case 3 -> PictureMode.PALETTE;
            // Pillow has no mode for 16-bit grey with alpha.
            case 4 -> depth == 16 ? PictureMode.RGB_ALPHA : PictureMode.GREY_ALPHA;
            default -> PictureMode.RGB_ALPHA;
        };
    }

    private Picture readPixels() throws BrokenPictureException {
        PictureMode mode = mode();
        int samplesPerPixel = colorType == 2 ? 3 : colorType == 4 ? 2 : colorType == 6 ? 4 : 1;
        int bitsPerPixel = samplesPerPixel * depth;
        int filterDistance = Math.max(1, bitsPerPixel / 8);
        long rowBytes = ((long) width * bitsPerPixel + 7) / 8;
        if (!interlaced && (rowBytes + 1) * height > (long) (file.length - dataStart) * MAX_EXPANSION) {
            throw BrokenPictureException.truncated();
        }
        byte[] pixels = new byte[BrokenPictureException.arraySize(width, height, mode.bytesPerPixel())];
        Inflater inflater = new Inflater();
        try {
            for (int pass = 0; pass < (interlaced ? 7 : 1); pass++) {
                int x0 = interlaced ? ADAM7_X[pass] : 0;
                int y0 = interlaced ? ADAM7_Y[pass] : 0;
                int dx = interlaced ? ADAM7_DX[pass] : 1;
                int dy = interlaced ? ADAM7_DY[pass] : 1;
                int columns = (width - x0 + dx - 1) / dx;
                if (columns <= 0) continue;
                byte[] row = new byte[1 + (int) (((long) columns * bitsPerPixel + 7) / 8)];
                byte[] above = new byte[row.length];
                for (int y = y0; y < height; y += dy) {
                    fill(inflater, row);
                    unfilter(row, above, filterDistance);
                    unpack(row, columns, mode, pixels, (y * width + x0) * mode.bytesPerPixel(), dx);
                    byte[] swap = above;
                    above = row;
                    row = swap;
                }
            }
            finish(inflater);
        } catch (DataFormatException damaged) {
            throw new BrokenPictureException("has damaged pixel data");
        } finally {
            inflater.end();
        }
        return new Picture(width, height, mode, pixels, mode == PictureMode.PALETTE ? palette : null, transparency);
    }

    /** The next {@code row.length} bytes of pixel data, filter byte included. */
    private void fill(Inflater inflater, byte[] row) throws BrokenPictureException, DataFormatException {
        int size = 0;
        while (size < row.length) {
            int got = inflater.inflate(row, size, row.length - size);
            size += got;
            if (got > 0) continue;
            if (inflater.finished() || inflater.needsDictionary()) throw BrokenPictureException.truncated();
            if (inflater.needsInput()) nextData(inflater);
        }
    }

    /** Reads on to the end of the compressed data, whose checksum says whether the pixels are right. */
    private void finish(Inflater inflater) throws BrokenPictureException, DataFormatException {
        byte[] rest = new byte[1];
        while (!inflater.finished() && inflater.inflate(rest) == 0) {
            if (!inflater.finished() && inflater.needsInput()) nextData(inflater);
        }
    }

    private void nextData(Inflater inflater) throws BrokenPictureException {
        if (dataLength < 0) {
            int at = dataStart;
            dataLength = int32(at);
            if (int32(at + 4) != IDAT || dataLength < 0) throw BrokenPictureException.truncated();
            dataStart = at + 8;
        }
        int available = Math.min(dataLength, file.length - dataStart);
        if (available < dataLength && available <= 0) throw BrokenPictureException.truncated();
        inflater.setInput(file, dataStart, available);
        dataStart += dataLength + 4;
        dataLength = -1;
    }

    private static void unfilter(byte[] row, byte[] above, int distance) throws BrokenPictureException {
        switch (row[0]) {
            case 0 -> {}
            case 1 -> {
                for (int i = 1 + distance; i < row.length; i++) row[i] += row[i - distance];
            }
            case 2 -> {
                for (int i = 1; i < row.length; i++) row[i] += above[i];
            }
            case 3 -> {
                for (int i = 1; i < row.length; i++) {
                    int left = i > distance ? row[i - distance] & 0xFF : 0;
                    row[i] += (byte) (left + (above[i] & 0xFF) >> 1);
                }
            }
            case 4 -> {
                for (int i = 1; i < row.length; i++) {
                    int left = i > distance ? row[i - distance] & 0xFF : 0;
                    int corner = i > distance ? above[i - distance] & 0xFF : 0;
                    row[i] += (byte) paeth(left, above[i] & 0xFF, corner);
                }
            }
            default -> throw new BrokenPictureException("has damaged pixel data");
        }
    }

    private static int paeth(int left, int up, int corner) {
        int toLeft = Math.abs(up - corner);
        int toUp = Math.abs(left - corner);
        int toCorner = Math.abs(left + up - 2 * corner);
        if (toLeft <= toUp && toLeft <= toCorner) return left;
        return toUp <= toCorner ? up : corner;
    }

    /** Pixels of one row to their places, {@code step} pixels apart. */
    private void unpack(byte[] row, int columns, PictureMode mode, byte[] pixels, int at, int step) {
        if (step == 1 && depth == 8) {
            System.arraycopy(row, 1, pixels, at, row.length - 1);
            return;
        }
        int size = mode.bytesPerPixel();
        for (int x = 0; x < columns; x++, at += step * size) {
            if (depth == 8) {
                for (int c = 0; c < size; c++) pixels[at + c] = row[1 + x * size + c];
            } else if (depth == 16) {
                wide(row, x, mode, pixels, at);
            } else {
                int bit = x * depth;
                int value = row[1 + (bit >> 3)] >> 8 - depth - (bit & 7) & (1 << depth) - 1;
                // Palette indices stay as they are, grey fills its 8 bits.
                pixels[at] = (byte) (colorType == 3 ? value : value * (255 / ((1 << depth) - 1)));
            }
        }
    }

    /** 16-bit samples: grey keeps both bytes, everything else the high one. */
    private void wide(byte[] row, int x, PictureMode mode, byte[] pixels, int at) {
        switch (mode) {
            case GREY_16 -> {
                pixels[at] = row[2 + 2 * x];
                pixels[at + 1] = row[1 + 2 * x];
            }
            case RGB -> {
                for (int c = 0; c < 3; c++) pixels[at + c] = row[1 + 6 * x + 2 * c];
            }
            default -> {
                for (int c = 0; c < 4; c++) {
                    pixels[at + c] = colorType == 6 ? row[1 + 8 * x + 2 * c] : row[1 + 4 * x + (c < 3 ? 0 : 2)];
                }
            }
        }
    }
}
