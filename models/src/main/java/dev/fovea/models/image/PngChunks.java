package dev.fovea.models.image;

import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * The chunks of a PNG or APNG (W3C recommendation, third edition) in the order of the file. A picture is refused for
 * the same faults as in Pillow's PngImagePlugin: before the pixels every checksum has to be right, after them only what
 * is read counts.
 */
final class PngChunks {
    private static final int IHDR = 0x49484452;
    private static final int PLTE = 0x504C5445;
    private static final int TRNS = 0x74524E53;
    private static final int IDAT = 0x49444154;
    private static final int DDAT = 0x44444154;
    private static final int IEND = 0x49454E44;
    private static final int ICCP = 0x69434350;
    private static final int GAMA = 0x67414D41;
    private static final int CHRM = 0x6348524D;
    private static final int SRGB = 0x73524742;
    private static final int PHYS = 0x70485973;
    private static final int TEXT = 0x74455874;
    private static final int ZTXT = 0x7A545874;
    private static final int ITXT = 0x69545874;
    private static final int EXIF = 0x65584966;
    private static final int ACTL = 0x6163544C;
    private static final int FCTL = 0x6663544C;
    private static final int FDAT = 0x66644154;

    /**
     * Number of bytes that are passed to decompression at once, as in Pillow, where it decides whether a late error is
     * noticed.
     */
    private static final int BLOCK = 1 << 16;

    /** The area that a frame of an APNG covers. */
    record Box(long left, long top, long width, long height) {}

    private final byte[] file;
    private int at = 8;
    private long width;
    private long height;
    private PngLayout layout;
    private boolean interlaced;
    private byte[] palette;
    private Transparency transparency;
    private final PngTexts texts = new PngTexts();

    /** Number of frames that an animation announces, or -1. */
    private long frames = -1;

    private long sequence = -1;
    private Box frame;
    private boolean animated;

    /** Number of bytes of the current data chunk that are still to be read. */
    private long left;

    private int blockLength;

    PngChunks(byte[] file) {
        this.file = file;
    }

    long width() {
        return width;
    }

    long height() {
        return height;
    }

    PngLayout layout() {
        return layout;
    }

    boolean interlaced() {
        return interlaced;
    }

    Transparency transparency() {
        return transparency;
    }

    PngTexts texts() {
        return texts;
    }

    /** Returns the part of the picture that the pixels are for. */
    Box frame() {
        return frame == null ? new Box(0, 0, width, height) : frame;
    }

    /** Returns the palette, 256 times red, green, blue; black where the file has none. */
    byte[] palette() {
        return palette == null ? new byte[768] : palette;
    }

    private long int32(int from) throws BrokenPictureException {
        if (from + 4 > file.length) throw BrokenPictureException.truncated();
        return (file[from] & 0xFFL) << 24
                | (file[from + 1] & 0xFF) << 16
                | (file[from + 2] & 0xFF) << 8
                | file[from + 3] & 0xFF;
    }

    private int int16(int from) {
        return (file[from] & 0xFF) << 8 | file[from + 1] & 0xFF;
    }

    /** Returns the name of the chunk at {@link #at}, which has to be one. */
    private int type() throws BrokenPictureException {
        int type = (int) int32(at + 4);
        for (int i = at + 4; i < at + 8; i++) {
            boolean letter = file[i] >= 'a' && file[i] <= 'z' || file[i] >= 'A' && file[i] <= 'Z';
            if (!letter && !(file[i] >= '0' && file[i] <= '9') && file[i] != '_') {
                throw BrokenPictureException.truncated();
            }
        }
        return type;
    }

    /** Reads everything before the first pixel data. */
    void readHead() throws BrokenPictureException {
        while (true) {
            int type = type();
            long length = int32(at);
            if (type == IEND) throw new BrokenPictureException("holds no pixels");
            // Pillow skips pixel data before it knows the layout of pixels.
            if (type == IDAT && layout != null || type == FDAT) {
                if (type == FDAT) frameData(at + 8, length);
                left = type == FDAT ? length - 4 : length;
                at += type == FDAT ? 12 : 8;
                break;
            }
            read(type, length);
            CRC32 crc = new CRC32();
            crc.update(file, at + 4, (int) length + 4);
            if (crc.getValue() != int32(at + 8 + (int) length)) {
                throw new BrokenPictureException("has a wrong checksum");
            }
            at += 12 + (int) length;
        }
        if (layout == null) throw new BrokenPictureException("has no PNG header of a known kind of pixels");
        boolean defaultImage = frame == null && frames > 0;
        animated = frames + (defaultImage ? 1 : 0) > 1;
        PictureSize.check(width, height);
        if (frame != null && (frame.width < 1 || frame.height < 1)) throw BrokenPictureException.truncated();
    }

    /**
     * Moves to the next bytes of compressed pixels, {@link #blockLength()} of them from {@link #blockStart()} on.
     *
     * @throws BrokenPictureException if there are no more
     */
    void nextBlock() throws BrokenPictureException {
        at += blockLength;
        while (left == 0) {
            at += 4;
            int type = type();
            if (type != IDAT && type != DDAT && type != FDAT) throw BrokenPictureException.truncated();
            left = int32(at);
            if (type == FDAT) {
                frameData(at + 8, left);
                left -= 4;
                at += 4;
            }
            at += 8;
        }
        blockLength = (int) Math.min(Math.min(left, BLOCK), file.length - at);
        if (blockLength <= 0) throw BrokenPictureException.truncated();
        left -= blockLength;
    }

    int blockStart() {
        return at;
    }

    int blockLength() {
        return blockLength;
    }

    /** Returns the number of bytes that may be pixel data. */
    long remaining() {
        return file.length - at;
    }

    /**
     * Reads the chunks after the pixels, up to the end, the next frame or something that is no chunk. Checksums are not
     * checked.
     */
    void readTail() throws BrokenPictureException {
        long next = at + blockLength + left;
        while (next + 12 <= file.length) {
            at = (int) next + 4;
            int type;
            try {
                type = type();
            } catch (BrokenPictureException noChunk) {
                return;
            }
            if (type == IEND || type == FCTL && animated) return;
            long length = int32(at);
            if (type == FDAT) frameData(at + 8, length);
            read(type, length);
            next = at + 8 + length;
        }
    }

    /** Handles one chunk, pixel data excepted. */
    private void read(int type, long length) throws BrokenPictureException {
        int from = at + 8;
        if (length > file.length - from) throw BrokenPictureException.truncated();
        int count = (int) length;
        switch (type) {
            case IHDR -> header(from, count);
            case PLTE -> palette(from, count);
            case TRNS -> transparency(from, count);
            case GAMA -> atLeast(4, count);
            case CHRM -> atLeast(32, count);
            case SRGB -> atLeast(1, count);
            case PHYS -> atLeast(9, count);
            case ICCP -> texts.profile(file, from, from + count);
            case TEXT -> texts.plain(file, from, from + count);
            case ZTXT -> texts.compressed(file, from, from + count);
            case ITXT -> texts.international(file, from, from + count);
            case EXIF -> texts.exif(Arrays.copyOfRange(file, from, from + count));
            case ACTL -> {
                atLeast(8, count);
                long announced = int32(from);
                // A second announcement cancels the first.
                frames = frames >= 0 || announced == 0 || announced > 0x80000000L ? -1 : announced;
            }
            case FCTL -> frame(from, count);
            default -> {}
        }
    }

    private static void atLeast(int expected, int length) throws BrokenPictureException {
        if (length < expected) throw BrokenPictureException.truncated();
    }

    private void header(int from, int length) throws BrokenPictureException {
        atLeast(13, length);
        width = int32(from);
        height = int32(from + 4);
        PngLayout known = PngLayout.of(file[from + 8] & 0xFF, file[from + 9] & 0xFF);
        if (known != null) layout = known;
        interlaced |= file[from + 12] != 0;
        if (file[from + 11] != 0) {
            throw new BrokenPictureException("has a PNG header with filter method " + (file[from + 11] & 0xFF)
                    + ", expected 0; save it as plain PNG");
        }
    }

    private void palette(int from, int length) throws BrokenPictureException {
        if (layout == null || layout.mode() != PictureMode.PALETTE) return;
        if (length > 770) throw new BrokenPictureException("has a palette of more than 256 colours");
        palette = new byte[768];
        System.arraycopy(file, from, palette, 0, length / 3 * 3);
    }

    /**
     * Reads transparency. Palette entries have one alpha each, otherwise one colour is transparent; Pillow does not
     * scale it as it does pixels.
     */
    private void transparency(int from, int length) throws BrokenPictureException {
        if (layout == null) return;
        switch (layout.mode()) {
            case PALETTE -> transparency = entries(from, length);
            case BILEVEL -> {
                atLeast(2, length);
                transparency = ofGrey(int16(from) == 0 ? 0 : 255);
            }
            case GREY, GREY_16 -> {
                atLeast(2, length);
                transparency = ofGrey(int16(from));
            }
            case RGB -> {
                atLeast(6, length);
                transparency = Transparency.ofColor(int16(from), int16(from + 2), int16(from + 4));
            }
            default -> {}
        }
    }

    /**
     * Reads the alphas of palette entries. Pillow finds the case of one transparent entry with a pattern that overlooks
     * a last alpha of 10, a line feed.
     */
    private Transparency entries(int from, int length) throws BrokenPictureException {
        int lineFeed = length > 0 && file[from + length - 1] == '\n' ? 1 : 0;
        int clear = -1;
        int others = 0;
        for (int i = 0; i < length - lineFeed; i++) {
            if (file[from + i] == 0 && clear < 0) clear = i;
            else if (file[from + i] != -1) others++;
        }
        boolean single = clear >= 0 && others == 0;
        if (single ? clear > 255 : length > 256) throw BrokenPictureException.truncated();
        return Transparency.ofEntries(file, from, single ? length - lineFeed : length);
    }

    private static Transparency ofGrey(int grey) {
        return Transparency.ofColor(grey, grey, grey);
    }

    private void frame(int from, int length) throws BrokenPictureException {
        atLeast(26, length);
        nextOfSequence(int32(from));
        Box box = new Box(int32(from + 12), int32(from + 16), int32(from + 4), int32(from + 8));
        if (box.left + box.width > width || box.top + box.height > height) throw BrokenPictureException.truncated();
        frame = box;
    }

    /** Checks that frames and their data are numbered without gaps. */
    private void nextOfSequence(long number) throws BrokenPictureException {
        if (number != sequence + 1) throw new BrokenPictureException("has animation frames out of order");
        sequence = number;
    }

    /** Checks the number in front of data of a frame. */
    private void frameData(int from, long length) throws BrokenPictureException {
        if (length < 4 || sequence < 0) throw BrokenPictureException.truncated();
        nextOfSequence(int32(from));
    }
}
