package dev.fovea.models.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferInt;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * Converts Java images to pictures and back. Samples are taken as they are stored, so no colour profile or gamma is
 * applied.
 */
final class Rasters {
    private Rasters() {}

    static Picture picture(BufferedImage image) {
        ColorModel colors = image.getColorModel();
        Raster raster = image.getRaster();
        if (colors instanceof IndexColorModel indexed) return palette(raster, indexed);
        int type = colors.getColorSpace().getType();
        int bands = raster.getNumBands();
        int transfer = raster.getTransferType();
        boolean alpha = colors.hasAlpha();
        if (type == ColorSpace.TYPE_GRAY && bands == (alpha ? 2 : 1)) {
            if (!alpha && transfer == DataBuffer.TYPE_FLOAT) return floats(raster);
            if (!alpha && transfer == DataBuffer.TYPE_INT) return integers(raster);
            if (!alpha && transfer == DataBuffer.TYPE_SHORT) return integers(raster);
            if (!alpha && transfer == DataBuffer.TYPE_USHORT) return grey16(raster);
            int bits = colors.getComponentSize(0);
            if (!alpha && bits == 1) return bytes(raster, PictureMode.BILEVEL, 1);
            if (!colors.isAlphaPremultiplied())
                return bytes(raster, alpha ? PictureMode.GREY_ALPHA : PictureMode.GREY, bits);
        }
        if (type == ColorSpace.TYPE_CMYK && bands == 4 && !alpha) return bytes(raster, PictureMode.CMYK, 8);
        boolean plain = type == ColorSpace.TYPE_RGB
                && bands == (alpha ? 4 : 3)
                && !colors.isAlphaPremultiplied()
                && (transfer == DataBuffer.TYPE_BYTE
                        || transfer == DataBuffer.TYPE_USHORT
                        || transfer == DataBuffer.TYPE_INT);
        if (plain && colors.getComponentSize(0) >= 8 && colors.getComponentSize(0) <= 16) {
            return bytes(raster, alpha ? PictureMode.RGB_ALPHA : PictureMode.RGB, colors.getComponentSize(0));
        }
        return converted(image);
    }

    /** Returns an opaque RGB picture as a Java image. */
    static BufferedImage image(Picture rgb) {
        BufferedImage image = new BufferedImage(rgb.width(), rgb.height(), BufferedImage.TYPE_INT_RGB);
        int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        byte[] bytes = rgb.bytes();
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (bytes[3 * i] & 0xFF) << 16 | (bytes[3 * i + 1] & 0xFF) << 8 | bytes[3 * i + 2] & 0xFF;
        }
        return image;
    }

    private static Picture palette(Raster raster, IndexColorModel colors) {
        byte[] palette = new byte[768];
        byte[] alphas = new byte[Math.min(colors.getMapSize(), 256)];
        for (int i = 0; i < alphas.length; i++) {
            alphas[i] = (byte) colors.getAlpha(i);
            palette[3 * i] = (byte) colors.getRed(i);
            palette[3 * i + 1] = (byte) colors.getGreen(i);
            palette[3 * i + 2] = (byte) colors.getBlue(i);
        }
        int[] row = new int[raster.getWidth()];
        byte[] pixels = new byte[PictureSize.bytes(raster.getWidth(), raster.getHeight(), 1)];
        for (int y = 0, to = 0; y < raster.getHeight(); y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, 0, row);
            for (int index : row) pixels[to++] = (byte) index;
        }
        Transparency transparency = colors.hasAlpha() ? Transparency.ofEntries(alphas, 0, alphas.length) : null;
        return new Picture(raster.getWidth(), raster.getHeight(), PictureMode.PALETTE, pixels, palette, transparency);
    }

    /**
     * Converts samples of {@code bits} bits to 8: wider ones keep their high bits, narrower grey ones are scaled to the
     * full range.
     */
    private static Picture bytes(Raster raster, PictureMode mode, int bits) {
        int width = raster.getWidth();
        int height = raster.getHeight();
        int size = mode.bytesPerPixel();
        byte[] pixels = new byte[PictureSize.bytes(width, height, size)];
        int[] row = new int[width * size];
        for (int y = 0, to = 0; y < height; y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int sample : row) {
                pixels[to++] =
                        (byte) (bits > 8 ? sample >> bits - 8 : bits < 8 ? sample * 255 / ((1 << bits) - 1) : sample);
            }
        }
        return new Picture(width, height, mode, pixels, null);
    }

    private static Picture grey16(Raster raster) {
        int[] row = new int[raster.getWidth()];
        byte[] pixels = new byte[PictureSize.bytes(raster.getWidth(), raster.getHeight(), 2)];
        for (int y = 0, to = 0; y < raster.getHeight(); y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, 0, row);
            for (int sample : row) {
                pixels[to++] = (byte) sample;
                pixels[to++] = (byte) (sample >> 8);
            }
        }
        return new Picture(raster.getWidth(), raster.getHeight(), PictureMode.GREY_16, pixels, null);
    }

    private static Picture integers(Raster raster) {
        int[] row = new int[raster.getWidth()];
        byte[] pixels = new byte[PictureSize.bytes(raster.getWidth(), raster.getHeight(), 4)];
        for (int y = 0, to = 0; y < raster.getHeight(); y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, 0, row);
            for (int sample : row) to = put(pixels, to, sample);
        }
        return new Picture(raster.getWidth(), raster.getHeight(), PictureMode.INTEGER, pixels, null);
    }

    private static Picture floats(Raster raster) {
        float[] row = new float[raster.getWidth()];
        byte[] pixels = new byte[PictureSize.bytes(raster.getWidth(), raster.getHeight(), 4)];
        for (int y = 0, to = 0; y < raster.getHeight(); y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, row.length, 1, 0, row);
            for (float sample : row) to = put(pixels, to, Float.floatToRawIntBits(sample));
        }
        return new Picture(raster.getWidth(), raster.getHeight(), PictureMode.FLOAT, pixels, null);
    }

    private static int put(byte[] pixels, int to, int value) {
        for (int i = 0; i < 4; i++) pixels[to++] = (byte) (value >> 8 * i);
        return to;
    }

    /** Converts any other image by the colours that Java computes for it. */
    private static Picture converted(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] pixels = new byte[PictureSize.bytes(width, height, 3)];
        int[] row = new int[width];
        for (int y = 0, to = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int rgb : row) {
                pixels[to++] = (byte) (rgb >> 16);
                pixels[to++] = (byte) (rgb >> 8);
                pixels[to++] = (byte) rgb;
            }
        }
        return new Picture(width, height, PictureMode.RGB, pixels, null);
    }
}
