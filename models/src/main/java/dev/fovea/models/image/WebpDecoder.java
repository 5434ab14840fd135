package dev.fovea.models.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * WebP: a lossy picture, or the first frame of an animation if that is lossy, by our own decoder, bit for bit as libwebp; lossless
 * ones through the ImageIO plug-in, which is exact for them. Alpha is not read where the picture is lossy: RGB does not need it.
 */
final class WebpDecoder {
    private static final int LOSSY = 'V' | 'P' << 8 | '8' << 16 | ' ' << 24;
    private static final int EXTENDED = 'V' | 'P' << 8 | '8' << 16 | 'X' << 24;
    private static final int FRAME = 'A' | 'N' << 8 | 'M' << 16 | 'F' << 24;

    private WebpDecoder() {}

    static Picture decode(byte[] file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int at = 12;
        int canvasWidth = 0;
        int canvasHeight = 0;
        int left = 0;
        int top = 0;
        while (at + 8 <= file.length) {
            int type = bytes.getInt(at);
            long length = bytes.getInt(at + 4) & 0xFFFFFFFFL;
            int start = at + 8;
            if (length > file.length - start) throw BrokenPictureException.truncated();
            if (type == LOSSY) {
                Picture frame = Vp8Decoder.decode(file, start, start + (int) length);
                return onCanvas(frame, left, top, canvasWidth, canvasHeight);
            }
            if (type == EXTENDED && length >= 10) {
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
        return ImageIoDecoder.decode(PictureFormat.WEBP, file);
    }

    private static int int24(ByteBuffer bytes, int at) {
        return bytes.getInt(at) & 0xFFFFFF;
    }

    /** An animation's frame may be smaller than the animation, whose rest is black. */
    private static Picture onCanvas(Picture frame, int left, int top, int width, int height)
            throws BrokenPictureException {
        if (width == 0 || width == frame.width() && height == frame.height()) return frame;
        if (left + frame.width() > width || top + frame.height() > height) throw BrokenPictureException.truncated();
        byte[] canvas = new byte[BrokenPictureException.arraySize(width, height, 3)];
        for (int y = 0; y < frame.height(); y++) {
            int from = y * frame.width() * 3;
            System.arraycopy(frame.bytes(), from, canvas, ((top + y) * width + left) * 3, frame.width() * 3);
        }
        return new Picture(width, height, PictureMode.RGB, canvas, null);
    }
}
