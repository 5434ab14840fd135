package dev.fovea.models.image;

import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageReader;

/**
 * JPEG to RGB, grey or CMYK, bit for bit as libjpeg gives them to Pillow. The JDK's decoder, which is libjpeg 6b, gets the file
 * without its metadata and delivers the raw components; the colour conversion is ours. So no colour profile is applied, inks are
 * handled as Pillow does, and odd metadata cannot fail.
 */
final class JpegDecoder {
    private final byte[] file;
    /** The file without application segments and comments. */
    private final ByteArrayOutputStream plain;

    private int width;
    private int height;
    private int components;
    private final int[] componentIds = new int[4];
    private boolean jfif;
    /** The transform of Adobe's APP14 segment: 0 none, 1 YCbCr, 2 YCCK; -1 without such a segment. */
    private int adobeTransform = -1;

    private JpegDecoder(byte[] file) {
        this.file = file;
        plain = new ByteArrayOutputStream(file.length);
    }

    static Picture decode(byte[] file) throws IOException {
        JpegDecoder decoder = new JpegDecoder(file);
        decoder.readHeader();
        return decoder.readPixels();
    }

    private int int8(int at) throws BrokenPictureException {
        if (at >= file.length) throw BrokenPictureException.truncated();
        return file[at] & 0xFF;
    }

    private int int16(int at) throws BrokenPictureException {
        return int8(at) << 8 | int8(at + 1);
    }

    /** Reads the segments before the first scan and copies to {@link #plain} those that pixels need, then all that follows. */
    private void readHeader() throws BrokenPictureException {
        plain.write(0xFF);
        plain.write(0xD8);
        int at = 2;
        while (true) {
            while (int8(at) != 0xFF) at++;
            while (int8(at) == 0xFF) at++;
            int marker = int8(at++);
            if (marker <= 1 || marker >= 0xD0 && marker <= 0xD8) continue;
            if (marker == 0xD9) throw new BrokenPictureException("holds no pixels");
            int length = int16(at);
            if (length < 2 || at + length > file.length) throw BrokenPictureException.truncated();
            boolean frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
            if (frame && components == 0) frameHeader(marker, at, length);
            if (marker == 0xE0 && length >= 7 && is(at + 2, "JFIF")) jfif = true;
            if (marker == 0xEE && length >= 14 && is(at + 2, "Adobe")) adobeTransform = int8(at + 13);
            boolean scan = marker == 0xDA;
            if (marker < 0xE0) plain.write(file, at - 2, scan ? file.length - at + 2 : 2 + length);
            if (scan) break;
            at += length;
        }
        if (components == 0) throw new BrokenPictureException("has no frame header; fetch it again");
    }

    private boolean is(int at, String text) throws BrokenPictureException {
        for (int i = 0; i < text.length(); i++) {
            if (int8(at + i) != text.charAt(i)) return false;
        }
        return true;
    }

    private void frameHeader(int marker, int at, int length) throws BrokenPictureException {
        if (marker > 0xC2) {
            throw new BrokenPictureException(
                    "is a lossless, hierarchical or arithmetic-coded JPEG, which we cannot decode; save it as plain JPEG or PNG");
        }
        if (int8(at + 2) != 8)
            throw new BrokenPictureException(
                    "has samples of " + int8(at + 2) + " bits, expected 8; save it as plain JPEG or PNG");
        height = int16(at + 3);
        width = int16(at + 5);
        components = int8(at + 7);
        if (length < 8 + 3 * components) throw BrokenPictureException.truncated();
        BrokenPictureException.checkSize(width, height);
        if (components != 1 && components != 3 && components != 4) {
            throw new BrokenPictureException(
                    "has " + components + " colour components, expected 1, 3 or 4; save it as plain JPEG or PNG");
        }
        for (int i = 0; i < components; i++) componentIds[i] = int8(at + 8 + 3 * i);
    }

    private Picture readPixels() throws IOException {
        ImageReader reader = ImageIoDecoder.reader("JPEG");
        var stream = new ImageIoDecoder.BytesInputStream(plain.toByteArray());
        byte[] raw;
        try {
            reader.setInput(stream, true, true);
            Raster raster = reader.readRaster(0, null);
            if (stream.endWasMissed()) throw BrokenPictureException.truncated();
            raw = interleaved(raster);
        } finally {
            reader.dispose();
        }
        if (components == 1) return new Picture(width, height, PictureMode.GREY, raw, null);
        if (components == 3) {
            if (isYcc()) yccToRgb(raw, 3);
            return new Picture(width, height, PictureMode.RGB, raw, null);
        }
        if (adobeTransform == 2) {
            // YCCK: what YCbCr gives is the complement of the inks.
            yccToRgb(raw, 4);
            for (int i = 0; i < raw.length; i++) if ((i & 3) != 3) raw[i] = (byte) ~raw[i];
        }
        // Pillow takes all four-component files to be stored inverted, as Adobe does.
        for (int i = 0; i < raw.length; i++) raw[i] = (byte) ~raw[i];
        return new Picture(width, height, PictureMode.CMYK, raw, null);
    }

    /** libjpeg's guess (jdapimin.c, default_decompress_parms). */
    private boolean isYcc() {
        if (jfif) return true;
        if (adobeTransform >= 0) return adobeTransform != 0;
        return !(componentIds[0] == 'R' && componentIds[1] == 'G' && componentIds[2] == 'B');
    }

    private byte[] interleaved(Raster raster) throws BrokenPictureException {
        if (raster.getWidth() != width || raster.getHeight() != height || raster.getNumBands() != components) {
            throw BrokenPictureException.truncated();
        }
        int length = BrokenPictureException.arraySize(width, height, components);
        if (raster.getDataBuffer() instanceof DataBufferByte buffer
                && buffer.getNumBanks() == 1
                && buffer.getData().length == length) {
            return buffer.getData();
        }
        int[] row = new int[width * components];
        byte[] bytes = new byte[length];
        for (int y = 0, to = 0; y < height; y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int sample : row) bytes[to++] = (byte) sample;
        }
        return bytes;
    }

    /** libjpeg's YCbCr to RGB in 16-bit fixed point (jdcolor.c), in place; a fourth component is left alone. */
    private static void yccToRgb(byte[] pixels, int size) {
        int[] redOfCr = new int[256];
        int[] blueOfCb = new int[256];
        int[] greenOfCr = new int[256];
        int[] greenOfCb = new int[256];
        int half = 1 << 15;
        for (int i = 0; i < 256; i++) {
            int x = i - 128;
            redOfCr[i] = fixed(1.40200) * x + half >> 16;
            blueOfCb[i] = fixed(1.77200) * x + half >> 16;
            greenOfCr[i] = -fixed(0.71414) * x;
            greenOfCb[i] = -fixed(0.34414) * x + half;
        }
        for (int i = 0; i < pixels.length; i += size) {
            int y = pixels[i] & 0xFF;
            int cb = pixels[i + 1] & 0xFF;
            int cr = pixels[i + 2] & 0xFF;
            pixels[i] = clamp(y + redOfCr[cr]);
            pixels[i + 1] = clamp(y + (greenOfCb[cb] + greenOfCr[cr] >> 16));
            pixels[i + 2] = clamp(y + blueOfCb[cb]);
        }
    }

    private static int fixed(double value) {
        return (int) (value * 65536 + 0.5);
    }

    private static byte clamp(int value) {
        return (byte) Math.max(0, Math.min(255, value));
    }
}
