package dev.fovea.models.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * WebP, bit for bit as libwebp: a lossy or lossless picture, or the first frame of an animation. Our own because the plug-in for
 * ImageIO leaves out the loop filter of lossy pictures and hangs on damaged lossless ones.
 */
final class WebpDecoder {
    private static final int LOSSY = 'V' | 'P' << 8 | '8' << 16 | ' ' << 24;
    private static final int LOSSLESS = 'V' | 'P' << 8 | '8' << 16 | 'L' << 24;
    private static final int EXTENDED = 'V' | 'P' << 8 | '8' << 16 | 'X' << 24;
    private static final int ALPHA = 'A' | 'L' << 8 | 'P' << 16 | 'H' << 24;
    private static final int FRAME = 'A' | 'N' << 8 | 'M' << 16 | 'F' << 24;

    /** Flag of an extended file that has an alpha channel somewhere. */
    private static final int TRANSPARENT = 0x10;

    private WebpDecoder() {}

    static Picture decode(byte[] file) throws BrokenPictureException {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int at = 12;
        int canvasWidth = 0;
        int canvasHeight = 0;
        int left = 0;
        int top = 0;
        boolean transparent = false;
        int alphaStart = 0;
        int alphaEnd = 0;
        while (at + 8 <= file.length) {
            int type = bytes.getInt(at);
            long length = bytes.getInt(at + 4) & 0xFFFFFFFFL;
            int start = at + 8;
            if (length > file.length - start) throw BrokenPictureException.truncated();
            if (type == LOSSY || type == LOSSLESS) {
                int end = start + (int) length;
                Picture frame =
                        type == LOSSY ? Vp8Decoder.decode(file, start, end) : Vp8lDecoder.decode(file, start, end);
                if (type == LOSSY && alphaEnd > 0) frame = WebpAlpha.add(frame, file, alphaStart, alphaEnd);
                return onCanvas(frame, left, top, canvasWidth, canvasHeight, transparent);
            }
            if (type == ALPHA) {
                alphaStart = start;
                alphaEnd = start + (int) length;
            }
            if (type == EXTENDED && length >= 10) {
                transparent = (file[start] & TRANSPARENT) != 0;
                canvasWidth = 1 + int24(bytes, start + 4);
                canvasHeight = 1 + int24(bytes, start + 7);
                BrokenPictureException.checkSize(canvasWidth, canvasHeight);
            }
            if (type == FRAME && length >= 16) {
                // The chunks of the frame follow its header.
                left = 2 * int24(bytes, start);
                top = 2 * int24(bytes, start + 3);
                at = start + 16;
                continue;
            }
            at = start + (int) Math.min(length + (length & 1), file.length - start);
        }
        throw new BrokenPictureException("holds no pixels");
    }

    private static int int24(ByteBuffer bytes, int at) {
        return bytes.getInt(at) & 0xFFFFFF;
    }

    /** An animation's frame may be smaller than the animation, whose rest is transparent, or black in one without alpha. */
    private static Picture onCanvas(Picture frame, int left, int top, int width, int height, boolean transparent)
            throws BrokenPictureException {
        if (width == 0 || width == frame.width() && height == frame.height()) return frame;
        if (left + frame.width() > width || top + frame.height() > height) throw BrokenPictureException.truncated();
        int from = frame.mode().bytesPerPixel();
        PictureMode mode = transparent ? PictureMode.RGB_ALPHA : frame.mode();
        int to = mode.bytesPerPixel();
        byte[] canvas = new byte[BrokenPictureException.arraySize(width, height, to)];
        for (int y = 0; y < frame.height(); y++) {
            for (int x = 0; x < frame.width(); x++) {
                int pixel = ((top + y) * width + left + x) * to;
                if (to > from) canvas[pixel + 3] = (byte) 255;
                System.arraycopy(frame.bytes(), (y * frame.width() + x) * from, canvas, pixel, from);
            }
        }
        return new Picture(width, height, mode, canvas, null);
    }
}
