package dev.fovea.models.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Holds the metadata that a picture file carries beside its pixels.
 *
 * @param exif a TIFF structure, with or without JPEG's six bytes in front; null if there is none
 * @param xmp an XMP packet, each byte a character; null if there is none
 */
record EmbeddedMetadata(byte[] exif, String xmp) {
    private static final EmbeddedMetadata NONE = new EmbeddedMetadata(null, null);
    private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};
    private static final byte[] XMP = "http://ns.adobe.com/xap/1.0/\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] PNG_EXIF = {'e', 'X', 'I', 'f'};

    /** Finds the metadata of a file; damaged ones are ignored. */
    static EmbeddedMetadata of(PictureFormat format, byte[] file) {
        return switch (format) {
            case JPEG -> ofJpeg(file);
            case WEBP -> ofWebp(file);
            case PNG -> ofPng(file);
            case TIFF -> new EmbeddedMetadata(file, null);
            default -> NONE;
        };
    }

    /** Returns the first directory of a TIFF structure that may have JPEG's six bytes in front. */
    static ExifDirectory directory(byte[] exif) {
        int start = 0;
        while (startsWith(exif, start, EXIF)) start += EXIF.length;
        return new ExifDirectory(exif, start);
    }

    private static boolean startsWith(byte[] bytes, int at, byte[] prefix) {
        return at + prefix.length <= bytes.length
                && Arrays.equals(bytes, at, at + prefix.length, prefix, 0, prefix.length);
    }

    /** Reads APP1 segments before the first scan: those of EXIF are joined, of XMP the last one counts. */
    private static EmbeddedMetadata ofJpeg(byte[] file) {
        ByteArrayOutputStream exif = null;
        String xmp = null;
        int at = 3;
        while (at + 3 <= file.length) {
            int marker = file[at++] & 0xFF;
            if (marker == 0xFF) continue;
            if (marker > 0 && marker < 0xC0) break;
            boolean alone = marker == 0 || marker == 0xC8 || marker >= 0xD0 && marker <= 0xD9;
            if (!alone && (marker < 0xF0 || marker == 0xFE)) {
                int length = Math.max(2, (file[at] & 0xFF) << 8 | file[at + 1] & 0xFF);
                int end = at + length;
                if (marker == 0xDA || end > file.length) break;
                if (marker == 0xE1 && startsWith(file, at + 2, EXIF) && end >= at + 2 + EXIF.length) {
                    if (exif == null) exif = new ByteArrayOutputStream();
                    exif.write(file, at + 2 + EXIF.length, end - at - 2 - EXIF.length);
                } else if (marker == 0xE1 && startsWith(file, at + 2, XMP) && end >= at + 2 + XMP.length) {
                    xmp = latin(Arrays.copyOfRange(file, at + 2 + XMP.length, end));
                }
                at = end;
            }
            while (at < file.length && file[at] != (byte) 0xFF) at++;
            at++;
        }
        return new EmbeddedMetadata(exif == null ? null : exif.toByteArray(), xmp);
    }

    private static EmbeddedMetadata ofWebp(byte[] file) {
        try {
            WebpContainer container = WebpContainer.parse(file);
            return new EmbeddedMetadata(
                    container.metadata(WebpContainer.EXIF), latin(container.metadata(WebpContainer.XMP)));
        } catch (BrokenPictureException damaged) {
            return NONE;
        }
    }

    /** Reads the first eXIf chunk, wherever it lies. */
    private static EmbeddedMetadata ofPng(byte[] file) {
        long at = 8;
        while (at + 12 <= file.length) {
            int start = (int) at;
            long length = (file[start] & 0xFFL) << 24
                    | (file[start + 1] & 0xFF) << 16
                    | (file[start + 2] & 0xFF) << 8
                    | file[start + 3] & 0xFF;
            if (startsWith(file, start + 4, PNG_EXIF) && at + 8 + length <= file.length) {
                return new EmbeddedMetadata(Arrays.copyOfRange(file, start + 8, (int) (start + 8 + length)), null);
            }
            at += 12 + length;
        }
        return NONE;
    }

    /** Returns bytes as characters, null for null. */
    static String latin(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
