package dev.fovea.models.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Pillow's {@code convert("RGB")} (libImaging/Convert.c), mode by mode, and what is transparent laid on white as by its {@code
 * alpha_composite} (libImaging/AlphaComposite.c): transformers' {@code convert_to_rgb}.
 */
final class RgbConversion {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle FLOAT = MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

    private RgbConversion() {}

    /** Width x height x 3 bytes. */
    static byte[] convert(Picture picture) {
        byte[] in = picture.bytes();
        int pixels = picture.width() * picture.height();
        byte[] out = new byte[pixels * 3];
        switch (picture.mode()) {
            case RGB -> System.arraycopy(in, 0, out, 0, out.length);
            case BILEVEL, GREY -> {
                for (int i = 0; i < pixels; i++) grey(out, i, in[i]);
            }
            case GREY_ALPHA -> {
                for (int i = 0; i < pixels; i++) grey(out, i, in[2 * i]);
            }
            case RGB_ALPHA -> {
                for (int i = 0; i < pixels; i++) {
                    out[3 * i] = in[4 * i];
                    out[3 * i + 1] = in[4 * i + 1];
                    out[3 * i + 2] = in[4 * i + 2];
                }
            }
            case PALETTE -> {
                byte[] palette = picture.palette();
                for (int i = 0; i < pixels; i++) {
                    int entry = 3 * (in[i] & 0xFF);
                    out[3 * i] = palette[entry];
                    out[3 * i + 1] = palette[entry + 1];
                    out[3 * i + 2] = palette[entry + 2];
                }
            }
            case CMYK -> {
                for (int i = 0; i < pixels; i++) {
                    int white = 255 - (in[4 * i + 3] & 0xFF);
                    for (int c = 0; c < 3; c++) out[3 * i + c] = (byte) (white - product(in[4 * i + c] & 0xFF, white));
                }
            }
            // More than 8 bits are clamped, not scaled: most 16-bit grey pictures come out nearly white.
            case GREY_16 -> {
                for (int i = 0; i < pixels; i++)
                    grey(out, i, (byte) Math.min((short) SHORT.get(in, 2 * i) & 0xFFFF, 255));
            }
            case INTEGER -> {
                for (int i = 0; i < pixels; i++) grey(out, i, (byte) Math.clamp((int) INT.get(in, 4 * i), 0, 255));
            }
            case FLOAT -> {
                for (int i = 0; i < pixels; i++) {
                    float value = (float) FLOAT.get(in, 4 * i);
                    grey(out, i, (byte) (value <= 0 ? 0 : value >= 255 ? 255 : (int) value));
                }
            }
        }
        layOnWhite(picture, out);
        return out;
    }

    private static void layOnWhite(Picture picture, byte[] out) {
        byte[] in = picture.bytes();
        Transparency transparency = picture.transparency();
        int pixels = picture.width() * picture.height();
        if (picture.mode() == PictureMode.GREY_ALPHA) {
            for (int i = 0; i < pixels; i++) layOnWhite(out, i, in[2 * i + 1] & 0xFF);
        } else if (picture.mode() == PictureMode.RGB_ALPHA) {
            for (int i = 0; i < pixels; i++) layOnWhite(out, i, in[4 * i + 3] & 0xFF);
        } else if (transparency != null && transparency.alphas() != null) {
            for (int i = 0; i < pixels; i++) layOnWhite(out, i, transparency.alphas()[in[i] & 0xFF] & 0xFF);
        } else if (transparency != null) {
            for (int i = 0; i < pixels; i++) {
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

    /** Pillow's MULDIV255: a b / 255, rounded. */
    private static int product(int a, int b) {
        return product(a, b, 0);
    }

    /** (a b + term) / 255, rounded. */
    private static int product(int a, int b, int term) {
        int t = a * b + term + 128;
        return (t >> 8) + t >> 8;
    }
}
