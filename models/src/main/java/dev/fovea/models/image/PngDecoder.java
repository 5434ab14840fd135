package dev.fovea.models.image;

import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decodes PNG to the modes that Pillow gives, of an APNG the picture that it shows first. It exists because the decoder
 * in the JDK converts the colours of grey pictures, and because a truncated or hostile file must end in a plain error.
 */
final class PngDecoder {
    /** Most bytes that a byte of a deflate stream can expand to. */
    private static final int MAX_EXPANSION = 1032;

    /** Number of bytes to inflate between two checks of the clock. */
    private static final int MAX_AT_ONCE = 1 << 20;

    private static final int[] ADAM7_X = {0, 4, 0, 2, 0, 1, 0};
    private static final int[] ADAM7_Y = {0, 0, 4, 0, 2, 0, 1};
    private static final int[] ADAM7_DX = {8, 8, 4, 4, 2, 2, 1};
    private static final int[] ADAM7_DY = {8, 8, 8, 4, 4, 2, 2};

    private final byte[] file;
    private final DecodingBudget budget;
    private final PngChunks chunks;
    private PngLayout layout;
    private boolean interlaced;
    private int width;
    private int height;
    /** Pixels of as many rows as the file can fill; those that it does not reach are blank. */
    private byte[] pixels;

    private int storedRows;

    /** The next row: its pass of an interlaced picture, its index, and its number of pixels. */
    private int pass;

    private int y;
    private int columns;

    private PngDecoder(byte[] file, DecodingBudget budget) {
        this.file = file;
        this.budget = budget;
        chunks = new PngChunks(file);
    }

    /** Decodes a whole file that starts with the PNG signature, turned upright. */
    static Picture decode(byte[] file, DecodingBudget budget) throws BrokenPictureException {
        PngDecoder decoder = new PngDecoder(file, budget);
        Picture picture = decoder.read();
        return Orientation.apply(picture, decoder.chunks.texts().orientation(), budget);
    }

    /** Decodes a whole PNG without turning it. */
    static Picture decodeAsStored(byte[] file, DecodingBudget budget) throws BrokenPictureException {
        return new PngDecoder(file, budget).read();
    }

    private Picture read() throws BrokenPictureException {
        chunks.readHead();
        layout = chunks.layout();
        interlaced = chunks.interlaced();
        PngChunks.Box frame = chunks.frame();
        width = (int) frame.width();
        height = (int) frame.height();
        int size = layout.mode().bytesPerPixel();
        storedRows = rowsToStore();
        pixels = new byte[PictureSize.bytes(width, storedRows, size)];
        int canvasWidth = (int) chunks.width();
        int canvasHeight = (int) chunks.height();
        byte[] palette = layout.mode() == PictureMode.PALETTE ? chunks.palette() : null;
        // Pillow ignores the position of an interlaced frame.
        int left = interlaced ? 0 : (int) frame.left();
        int top = interlaced ? 0 : (int) frame.top();
        readRows();
        chunks.readTail();
        Picture stored = new Picture(width, storedRows, layout.mode(), pixels, palette, chunks.transparency());
        return stored.onCanvas(canvasWidth, canvasHeight, left, top, new byte[size]);
    }

    private int rowsToStore() throws BrokenPictureException {
        long expanded = chunks.remaining() * MAX_EXPANSION;
        int rowBytes = layout.rowBytes(width);
        if (!interlaced) return (int) Math.min(height, expanded / (rowBytes + 1) + 1);
        if ((long) rowBytes * height > expanded) throw BrokenPictureException.truncated();
        return height;
    }

    private void readRows() throws BrokenPictureException {
        byte[] row = new byte[1 + layout.rowBytes(width)];
        byte[] above = new byte[row.length];
        int filled = 0;
        columns = interlaced ? columns(0) : width;
        Inflater inflater = new Inflater();
        try {
            while (true) {
                chunks.nextBlock();
                inflater.setInput(file, chunks.blockStart(), chunks.blockLength());
                while (inflater.getRemaining() > 0) {
                    int length = 1 + layout.rowBytes(columns);
                    filled += inflate(inflater, row, filled, length);
                    if (filled < length) break;
                    filled = 0;
                    unfilter(row, above, length, Math.max(1, layout.bitsPerPixel() / 8));
                    if (y >= storedRows) throw BrokenPictureException.truncated();
                    place(row);
                    byte[] swap = above;
                    above = row;
                    row = swap;
                    int before = pass;
                    // As in Pillow a stream that ends too early after a whole row is read up to there.
                    if (!nextRow() || inflater.finished()) return;
                    if (pass != before) Arrays.fill(above, (byte) 0);
                }
            }
        } catch (DataFormatException damaged) {
            throw new BrokenPictureException("has damaged pixel data");
        } finally {
            inflater.end();
        }
    }

    /** Fills a row up to its length, as far as the input reaches, and returns the number of its bytes. */
    private int inflate(Inflater inflater, byte[] row, int filled, int length)
            throws DataFormatException, BrokenPictureException {
        int at = filled;
        int most;
        int more;
        do {
            most = Math.min(length - at, MAX_AT_ONCE);
            more = inflater.inflate(row, at, most);
            at += more;
            budget.advance(more);
        } while (more == most && at < length);
        return at - filled;
    }

    private static int columns(int pass, int width) {
        return (width - ADAM7_X[pass] + ADAM7_DX[pass] - 1) / ADAM7_DX[pass];
    }

    private int columns(int pass) {
        return columns(pass, width);
    }

    private void place(byte[] row) {
        int x = interlaced ? ADAM7_X[pass] : 0;
        int at = (y * width + x) * layout.mode().bytesPerPixel();
        layout.unpack(row, columns, pixels, at, interlaced ? ADAM7_DX[pass] : 1);
    }

    /** Moves to the next row; returns false after the last one. */
    private boolean nextRow() {
        if (!interlaced) return ++y < height;
        y += ADAM7_DY[pass];
        while (y >= height || columns <= 0) {
            if (++pass == 7) return false;
            y = ADAM7_Y[pass];
            columns = columns(pass);
        }
        return true;
    }

    private static void unfilter(byte[] row, byte[] above, int length, int distance) throws BrokenPictureException {
        switch (row[0]) {
            case 0 -> {}
            case 1 -> {
                for (int i = 1 + distance; i < length; i++) row[i] += row[i - distance];
            }
            case 2 -> {
                for (int i = 1; i < length; i++) row[i] += above[i];
            }
            case 3 -> {
                for (int i = 1; i < length; i++) {
                    int left = i > distance ? row[i - distance] & 0xFF : 0;
                    row[i] += (byte) (left + (above[i] & 0xFF) >> 1);
                }
            }
            case 4 -> {
                for (int i = 1; i < length; i++) {
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
}
