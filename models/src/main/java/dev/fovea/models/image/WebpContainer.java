package dev.fovea.models.image;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads the chunks of a WebP file (RFC 9649, section 2.3 to 2.7): the first frame's data, its position on the canvas,
 * and the metadata. It is as strict as libwebp's demultiplexer, through which Pillow reads all WebP files.
 */
final class WebpContainer {
    static final int EXIF = tag("EXIF");
    static final int XMP = tag("XMP ");

    private static final int LOSSY = tag("VP8 ");
    private static final int LOSSLESS = tag("VP8L");
    private static final int EXTENDED = tag("VP8X");
    private static final int ALPHA = tag("ALPH");
    private static final int ANIMATION = tag("ANIM");
    private static final int FRAME = tag("ANMF");

    private static final int ANIMATION_FLAG = 0x02;
    private static final int XMP_FLAG = 0x04;
    private static final int EXIF_FLAG = 0x08;
    private static final int ALPHA_FLAG = 0x10;
    private static final int KNOWN_FLAGS = 0x3E;

    private static final long MAX_AREA = 1L << 32;

    /**
     * One coded picture.
     *
     * @param lossless whether the picture is lossless
     * @param start index of the first byte of its data
     * @param end index after its data, the byte that makes their length even included, which libwebp passes to its
     *     decoders
     * @param alphaStart index of the first byte of a lossy picture's alpha channel
     * @param alphaEnd index after the alpha channel, 0 if there is none
     */
    record Frame(
            int left,
            int top,
            int width,
            int height,
            boolean lossless,
            int start,
            int end,
            int alphaStart,
            int alphaEnd) {}

    private final byte[] file;
    private int end;
    private int at = 12;
    private int flags;
    private boolean extended;
    private int canvasWidth;
    private int canvasHeight;
    private boolean alphaChunk;
    private Frame first;
    private final Map<Integer, byte[]> metadata = new HashMap<>();

    private WebpContainer(byte[] file) {
        this.file = file;
    }

    /** Reads all chunks of a file that starts with RIFF and WEBP. */
    static WebpContainer parse(byte[] file) throws BrokenPictureException {
        WebpContainer container = new WebpContainer(file);
        container.read();
        return container;
    }

    /** Returns the frame to show. */
    Frame first() {
        return first;
    }

    int canvasWidth() {
        return canvasWidth;
    }

    int canvasHeight() {
        return canvasHeight;
    }

    /** Returns whether pixels have alpha; for an animation only the head of an extended file says so. */
    boolean hasAlpha() {
        if (isAnimation()) return (flags & ALPHA_FLAG) != 0;
        if (first.lossless) return (file[first.start + 4] & 0x10) != 0 || alphaChunk;
        return extended && ((flags & ALPHA_FLAG) != 0 || alphaChunk);
    }

    /** Returns the first chunk of this kind, if the file's head announces it; else null. */
    byte[] metadata(int type) {
        return metadata.get(type);
    }

    private boolean isAnimation() {
        return (flags & ANIMATION_FLAG) != 0;
    }

    private static int tag(String name) {
        return name.charAt(0) | name.charAt(1) << 8 | name.charAt(2) << 16 | name.charAt(3) << 24;
    }

    private int int32(int from) {
        return int24(from) | file[from + 3] << 24;
    }

    private int int24(int from) {
        return file[from] & 0xFF | (file[from + 1] & 0xFF) << 8 | (file[from + 2] & 0xFF) << 16;
    }

    private void read() throws BrokenPictureException {
        if (file.length < 20) throw BrokenPictureException.truncated();
        long size = int32(4) & 0xFFFFFFFFL;
        if (size < 12 || size + 8 > file.length) throw BrokenPictureException.truncated();
        end = (int) size + 8;
        int type = int32(at);
        extended = type == EXTENDED;
        if (extended) {
            readExtended();
        } else if (type == LOSSY || type == LOSSLESS) {
            first = image(0, 0);
            canvasWidth = first.width;
            canvasHeight = first.height;
        }
        if (first == null) throw new BrokenPictureException("holds no pixels");
        PictureSize.check(canvasWidth, canvasHeight);
    }

    /**
     * Checks that the chunk at {@link #at} lies inside, and returns the length of its data with the byte that makes it
     * even.
     */
    private int paddedLength() throws BrokenPictureException {
        if (end - at < 8) throw BrokenPictureException.truncated();
        long length = int32(at + 4) & 0xFFFFFFFFL;
        length += length & 1;
        if (length > end - at - 8) throw BrokenPictureException.truncated();
        return (int) length;
    }

    private void readExtended() throws BrokenPictureException {
        if (paddedLength() != 10 || int32(at + 4) != 10) throw BrokenPictureException.truncated();
        flags = file[at + 8] & 0xFF;
        canvasWidth = 1 + int24(at + 12);
        canvasHeight = 1 + int24(at + 15);
        if ((flags & ~KNOWN_FLAGS) != 0 || (long) canvasWidth * canvasHeight >= MAX_AREA) {
            throw BrokenPictureException.truncated();
        }
        at += 18;
        boolean animationSeen = false;
        do {
            int length = paddedLength();
            int type = int32(at);
            if (type == EXTENDED) throw BrokenPictureException.truncated();
            if (type == ALPHA || type == LOSSY || type == LOSSLESS) {
                if (animationSeen || isAnimation() || first != null) throw BrokenPictureException.truncated();
                first = image(0, 0);
                if (first == null || first.width != canvasWidth || first.height != canvasHeight) {
                    throw BrokenPictureException.truncated();
                }
            } else if (type == FRAME) {
                if (!animationSeen) throw BrokenPictureException.truncated();
                animationFrame(length);
            } else {
                if (type == ANIMATION && length < 6) throw BrokenPictureException.truncated();
                animationSeen |= type == ANIMATION;
                boolean announced = type == EXIF && (flags & EXIF_FLAG) != 0 || type == XMP && (flags & XMP_FLAG) != 0;
                if (announced) {
                    metadata.putIfAbsent(type, Arrays.copyOfRange(file, at + 8, at + 8 + int32(at + 4)));
                }
                at += 8 + length;
            }
        } while (at != end);
    }

    private void animationFrame(int length) throws BrokenPictureException {
        if (length < 16 || end - at < 32) throw BrokenPictureException.truncated();
        int left = 2 * int24(at + 8);
        int top = 2 * int24(at + 11);
        if ((1L + int24(at + 14)) * (1L + int24(at + 17)) >= MAX_AREA) throw BrokenPictureException.truncated();
        int frameEnd = at + 8 + length;
        at += 24;
        Frame frame = image(left, top);
        if (at > frameEnd) throw BrokenPictureException.truncated();
        if (frame == null || !isAnimation()) return;
        if ((long) left + frame.width > canvasWidth || (long) top + frame.height > canvasHeight) {
            throw BrokenPictureException.truncated();
        }
        if (first == null) first = frame;
    }

    /** Reads an alpha channel and the picture that it belongs to, or only a picture; null if there is none. */
    private Frame image(int left, int top) throws BrokenPictureException {
        int alphaStart = 0;
        int alphaEnd = 0;
        boolean alphaSeen = false;
        Frame frame = null;
        while (at != end) {
            int length = paddedLength();
            int type = int32(at);
            int start = at + 8;
            int stop = start + int32(at + 4);
            if (type == LOSSLESS && alphaSeen) throw BrokenPictureException.truncated();
            if (type == ALPHA && !alphaSeen) {
                // After its picture it is in the wrong place, which matters only where alpha is asked for.
                if (frame != null && usesAlpha()) throw BrokenPictureException.truncated();
                alphaSeen = true;
                alphaStart = start;
                alphaEnd = stop;
                alphaChunk |= frame == null;
            } else if (type == LOSSY && frame == null) {
                if (!isLossy(start, stop)) throw BrokenPictureException.truncated();
                frame = new Frame(
                        left,
                        top,
                        (file[start + 6] & 0xFF | (file[start + 7] & 0x3F) << 8),
                        (file[start + 8] & 0xFF | (file[start + 9] & 0x3F) << 8),
                        false,
                        start,
                        start + length,
                        alphaStart,
                        usesAlpha() ? alphaEnd : 0);
            } else if (type == LOSSLESS && frame == null) {
                if (stop - start < 5 || file[start] != 0x2F || (file[start + 4] & 0xE0) != 0) {
                    throw BrokenPictureException.truncated();
                }
                int size = int32(start + 1);
                frame = new Frame(
                        left, top, 1 + (size & 0x3FFF), 1 + (size >> 14 & 0x3FFF), true, start, start + length, 0, 0);
            } else {
                break;
            }
            at = start + length;
        }
        if (frame == null && alphaSeen) throw BrokenPictureException.truncated();
        return frame;
    }

    private boolean usesAlpha() {
        return isAnimation() || (flags & ALPHA_FLAG) != 0;
    }

    /** Returns whether these bytes start a key frame to be shown (RFC 6386, section 9.1). */
    private boolean isLossy(int start, int stop) {
        if (stop - start < 10) return false;
        int bits = int24(start);
        return (bits & 1) == 0
                && (bits >> 1 & 7) <= 3
                && (bits & 0x10) != 0
                && bits >> 5 < stop - start
                && int24(start + 3) == 0x2A019D
                && ((file[start + 6] & 0xFF) | (file[start + 7] & 0x3F)) != 0
                && ((file[start + 8] & 0xFF) | (file[start + 9] & 0x3F)) != 0;
    }
}
