package dev.fovea.models.image;

/** Rows of components to rows of pixels. */
final class JpegColors {
    private static final int HALF = 1 << 15;
    /** 1.402, 1.772, 0.71414 and 0.34414 (JFIF 1.02) times 2^16. */
    private static final int RED_OF_CR = 91881;

    private static final int BLUE_OF_CB = 116130;
    private static final int GREEN_OF_CR = 46802;
    private static final int GREEN_OF_CB = 22554;

    private JpegColors() {}

    /** libjpeg's YCbCr to RGB in 16-bit fixed point (jdcolor.c). Pixels are {@code size} bytes apart, of which three are written. */
    static void yccToRgb(
            byte[] y, int yAt, byte[] cb, int cbAt, byte[] cr, int crAt, int width, byte[] out, int at, int size) {
        for (int x = 0; x < width; x++) {
            int luminance = y[yAt + x] & 0xFF;
            int blue = (cb[cbAt + x] & 0xFF) - 128;
            int red = (cr[crAt + x] & 0xFF) - 128;
            out[at] = clamped(luminance + (RED_OF_CR * red + HALF >> 16));
            out[at + 1] = clamped(luminance + (HALF - GREEN_OF_CB * blue - GREEN_OF_CR * red >> 16));
            out[at + 2] = clamped(luminance + (BLUE_OF_CB * blue + HALF >> 16));
            at += size;
        }
    }

    /** Puts the samples of one component where they belong in the pixels. */
    static void interleave(byte[] in, int from, int width, byte[] out, int at, int size) {
        for (int x = 0; x < width; x++) {
            out[at] = in[from + x];
            at += size;
        }
    }

    /** Puts the complements of the samples of one component where they belong in the pixels. */
    static void interleaveInverted(byte[] in, int from, int width, byte[] out, int at, int size) {
        for (int x = 0; x < width; x++) {
            out[at] = (byte) ~in[from + x];
            at += size;
        }
    }

    private static byte clamped(int value) {
        return (byte) Math.max(0, Math.min(255, value));
    }
}
