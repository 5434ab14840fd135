package dev.fovea.models.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Converts rows of components to rows of pixels, by libjpeg's YCbCr to RGB in 16-bit fixed point (jdcolor.c). */
final class JpegColors {
    static final int HALF = 1 << 15;
    /** 1.402, 1.772, 0.71414 and 0.34414 (JFIF 1.02) times 2^16. */
    static final int RED_OF_CR = 91881;

    static final int BLUE_OF_CB = 116130;
    static final int GREEN_OF_CR = 46802;
    static final int GREEN_OF_CB = 22554;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private JpegColors() {}

    /**
     * Widens samples as they are stored, with a sign that has no meaning: only this form of the loop is compiled to
     * vector instructions.
     */
    static void widen(byte[] in, int at, int width, int[] out) {
        for (int x = 0; x < width; x++) out[x] = in[at + x];
    }

    /** Converts samples, of which the low 8 bits count; red is the lowest byte of a pixel, then green, then blue. */
    static void yccToRgb(int[] y, int[] cb, int[] cr, int width, int[] pixels) {
        for (int x = 0; x < width; x++) {
            int luminance = y[x] & 0xFF;
            int blueness = (cb[x] & 0xFF) - 128;
            int redness = (cr[x] & 0xFF) - 128;
            int red = clamped(luminance + (RED_OF_CR * redness + HALF >> 16));
            int green = clamped(luminance + (HALF - GREEN_OF_CB * blueness - GREEN_OF_CR * redness >> 16));
            int blue = clamped(luminance + (BLUE_OF_CB * blueness + HALF >> 16));
            pixels[x] = red | green << 8 | blue << 16;
        }
    }

    /** Converts pixels {@code from} to {@code width} of a row, one by one. */
    static void yccToRgb(
            byte[] y, int yAt, byte[] cb, int cbAt, byte[] cr, int crAt, int from, int width, byte[] out, int to) {
        for (int x = from; x < width; x++) {
            int pixel = pixel(y[yAt + x], cb[cbAt + x], cr[crAt + x]);
            for (int c = 0; c < 3; c++) out[to + 3 * x + c] = (byte) (pixel >> 8 * c);
        }
    }

    private static int pixel(int y, int cb, int cr) {
        int luminance = y & 0xFF;
        int blueness = (cb & 0xFF) - 128;
        int redness = (cr & 0xFF) - 128;
        int red = clamped(luminance + (RED_OF_CR * redness + HALF >> 16));
        int green = clamped(luminance + (HALF - GREEN_OF_CB * blueness - GREEN_OF_CR * redness >> 16));
        int blue = clamped(luminance + (BLUE_OF_CB * blueness + HALF >> 16));
        return red | green << 8 | blue << 16;
    }

    private static int clamped(int value) {
        return Math.max(0, Math.min(255, value));
    }

    /**
     * Writes pixels of three bytes, two at a time. Up to two bytes after them are overwritten, too, if there are any.
     */
    static void pack(int[] pixels, int width, byte[] out, int at) {
        int x = 0;
        for (int end = Math.min(width - 1, (out.length - at - 8) / 3); x < end; x += 2) {
            LONG.set(out, at + 3 * x, pixels[x] | (long) pixels[x + 1] << 24);
        }
        for (; x < width; x++) {
            for (int c = 0; c < 3; c++) out[at + 3 * x + c] = (byte) (pixels[x] >> 8 * c);
        }
    }

    /** Widens pixels of three bytes to four, the last one the complement of a sample. */
    static void addLast(byte[] pixels, byte[] last, int from, int width, byte[] out, int at) {
        for (int x = 0; x < width; x++) {
            for (int c = 0; c < 3; c++) out[at + 4 * x + c] = pixels[3 * x + c];
            out[at + 4 * x + 3] = (byte) ~last[from + x];
        }
    }

    /** Writes the samples of one component to their places in the pixels. */
    static void interleave(byte[] in, int from, int width, byte[] out, int at, int size) {
        for (int x = 0; x < width; x++) {
            out[at] = in[from + x];
            at += size;
        }
    }

    /** Writes the complements of the samples of one component to their places in the pixels. */
    static void interleaveInverted(byte[] in, int from, int width, byte[] out, int at, int size) {
        for (int x = 0; x < width; x++) {
            out[at] = (byte) ~in[from + x];
            at += size;
        }
    }
}
