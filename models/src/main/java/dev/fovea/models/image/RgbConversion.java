package dev.fovea.models.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Converts pictures to RGB as transformers' {@code convert_to_rgb} does: Pillow's {@code convert("RGB")}
 * (libImaging/Convert.c), mode by mode, with transparent pictures laid on white as by its {@code alpha_composite}
 * (libImaging/AlphaComposite.c).
 */
final class RgbConversion {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle FLOAT = MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

    private RgbConversion() {}

    /** Converts all pixels: width x height x 3 bytes. */
    static byte[] convert(Picture picture) {
        int rowBytes = 3 * picture.width();
        byte[] out = new byte[PictureSize.bytes(picture.width(), picture.height(), 3)];
        byte[] row = new byte[rowBytes];
        for (int y = 0; y < picture.height(); y++) {
            convertRow(picture, y, 0, picture.width(), row);
            System.arraycopy(row, 0, out, y * rowBytes, rowBytes);
        }
        return out;
    }

    /**
     * Converts part of one row, for callers that read a picture row by row.
     *
     * @param from the first pixel
     * @param count number of pixels
     * @param out receives count x 3 bytes from index 0 on
     */
    static void convertRow(Picture picture, int y, int from, int count, byte[] out) {
        Placement placement = picture.placement();
        if (placement == null) {
            convert(picture, picture.bytes(), y * picture.width() + from, count, out);
        } else {
            byte[] composed = new byte[count * picture.mode().bytesPerPixel()];
            placement.copyRow(picture.bytes(), y, from, count, composed);
            convert(picture, composed, 0, count, out);
        }
    }

    /** Converts pixels of the picture's mode, from index {@code first} on. */
    private static void convert(Picture picture, byte[] in, int first, int count, byte[] out) {
        switch (picture.mode()) {
            case RGB -> System.arraycopy(in, 3 * first, out, 0, 3 * count);
            case BILEVEL, GREY -> {
                for (int i = 0; i < count; i++) grey(out, i, in[first + i]);
            }
            case GREY_ALPHA -> {
                for (int i = 0; i < count; i++) grey(out, i, in[2 * (first + i)]);
            }
            case RGB_ALPHA -> {
                for (int i = 0, from = 4 * first; i < count; i++, from += 4) {
                    out[3 * i] = in[from];
                    out[3 * i + 1] = in[from + 1];
                    out[3 * i + 2] = in[from + 2];
                }
            }
            case PALETTE -> {
                byte[] palette = picture.palette();
                for (int i = 0; i < count; i++) {
                    int entry = 3 * (in[first + i] & 0xFF);
                    out[3 * i] = palette[entry];
                    out[3 * i + 1] = palette[entry + 1];
                    out[3 * i + 2] = palette[entry + 2];
                }
            }
            case CMYK -> {
                for (int i = 0, from = 4 * first; i < count; i++, from += 4) {
                    int white = 255 - (in[from + 3] & 0xFF);
                    for (int c = 0; c < 3; c++) out[3 * i + c] = (byte) (white - product(in[from + c] & 0xFF, white));
                }
            }
            // More than 8 bits are clamped, not scaled: most 16-bit grey pictures become nearly white.
            case GREY_16 -> {
                for (int i = 0; i < count; i++)
                    grey(out, i, (byte) Math.min((short) SHORT.get(in, 2 * (first + i)) & 0xFFFF, 255));
            }
            case INTEGER -> {
                for (int i = 0; i < count; i++)
                    grey(out, i, (byte) Math.clamp((int) INT.get(in, 4 * (first + i)), 0, 255));
            }
            case FLOAT -> {
                for (int i = 0; i < count; i++) {
                    float value = (float) FLOAT.get(in, 4 * (first + i));
                    grey(out, i, (byte) (value <= 0 ? 0 : value >= 255 ? 255 : (int) value));
                }
            }
        }
        layOnWhite(picture, in, first, count, out);
    }

    private static void layOnWhite(Picture picture, byte[] in, int first, int count, byte[] out) {
        Transparency transparency = picture.transparency();
        if (picture.mode() == PictureMode.GREY_ALPHA) {
            for (int i = 0; i < count; i++) layOnWhite(out, i, in[2 * (first + i) + 1] & 0xFF);
        } else if (picture.mode() == PictureMode.RGB_ALPHA) {
            for (int i = 0; i < count; i++) layOnWhite(out, i, in[4 * (first + i) + 3] & 0xFF);
        } else if (transparency != null && transparency.alphas() != null) {
            byte[] alphas = transparency.alphas();
            for (int i = 0; i < count; i++) layOnWhite(out, i, alphas[in[first + i] & 0xFF] & 0xFF);
        } else if (transparency != null) {
            for (int i = 0; i < count; i++) {
                int color = (out[3 * i] & 0xFF) << 16 | (out[3 * i + 1] & 0xFF) << 8 | out[3 * i + 2] & 0xFF;
                if (color == transparency.key()) layOnWhite(out, i, 0);
            }
        }
    }

    private static void layOnWhite(byte[] out, int pixel, int alpha) {
        if (alpha == 255) return;
        for (int c = 3 * pixel; c < 3 * pixel + 3; c++) {
            out[c] = (byte) product(out[c] & 0xFF, alpha, 255 * (255 - alpha));
        }
    }

    private static void grey(byte[] out, int pixel, byte value) {
        out[3 * pixel] = value;
        out[3 * pixel + 1] = value;
        out[3 * pixel + 2] = value;
    }

    /** Computes a b / 255, rounded: Pillow's MULDIV255. */
    private static int product(int a, int b) {
        return product(a, b, 0);
    }

    /** Computes (a b + term) / 255, rounded. */
    private static int product(int a, int b, int term) {
        int t = a * b + term + 128;
        return (t >> 8) + t >> 8;
    }
}
