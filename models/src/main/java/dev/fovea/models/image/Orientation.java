package dev.fovea.models.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns pictures upright by the orientation of the camera: 1 upright, 2 mirrored, 3 upside down, 4 mirrored top to
 * bottom, 5 to 8 on its side (EXIF 2.32, tag 0x0112). It turns what Pillow's {@code ImageOps.exif_transpose} turns: by
 * EXIF, and by XMP where EXIF is silent. Damaged metadata are ignored.
 */
final class Orientation {
    private static final int TAG = 0x0112;
    private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};
    private static final byte[] XMP = "http://ns.adobe.com/xap/1.0/\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final Pattern IN_XMP = Pattern.compile("tiff:Orientation(?:=\"|>)([0-9])");

    private Orientation() {}

    /**
     * Returns the orientation that a file asks for, or 1. Decoders of formats that are not named here turn pictures
     * themselves.
     */
    static int of(PictureFormat format, byte[] file) {
        return switch (format) {
            case JPEG -> ofJpeg(file);
            case WEBP -> ofWebp(file);
            case TIFF -> ofTiff(file);
            default -> 1;
        };
    }

    /**
     * Returns the orientation by two sources.
     *
     * @param exif a TIFF structure, with or without JPEG's six bytes in front; or null
     * @param xmp an XMP packet, each byte a character; or null
     */
    static int of(byte[] exif, String xmp) {
        int start = 0;
        while (exif != null && startsWith(exif, start, EXIF)) start += EXIF.length;
        int stated = exif == null ? -1 : new ExifDirectory(exif, start).integer(TAG);
        return stated >= 0 ? valid(stated) : ofXmp(xmp);
    }

    /** Returns the orientation of an XMP packet; only the first mention counts, whatever it says. */
    private static int ofXmp(String xmp) {
        if (xmp == null) return 1;
        Matcher found = IN_XMP.matcher(xmp);
        return found.find() ? valid(found.group(1).charAt(0) - '0') : 1;
    }

    private static int valid(int value) {
        return value >= 1 && value <= 8 ? value : 1;
    }

    private static boolean startsWith(byte[] bytes, int at, byte[] prefix) {
        return at + prefix.length <= bytes.length
                && Arrays.equals(bytes, at, at + prefix.length, prefix, 0, prefix.length);
    }

    /**
     * Returns the orientation by APP1 segments before the first scan: those of EXIF are joined, of XMP the last one
     * counts.
     */
    private static int ofJpeg(byte[] file) {
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
                    xmp = latin(file, at + 2 + XMP.length, end);
                }
                at = end;
            }
            while (at < file.length && file[at] != (byte) 0xFF) at++;
            at++;
        }
        return of(exif == null ? null : exif.toByteArray(), xmp);
    }

    private static int ofWebp(byte[] file) {
        try {
            WebpContainer container = WebpContainer.parse(file);
            return of(container.metadata(WebpContainer.EXIF), latin(container.metadata(WebpContainer.XMP)));
        } catch (BrokenPictureException damaged) {
            return 1;
        }
    }

    private static int ofTiff(byte[] file) {
        try {
            TiffTags tags = new TiffTags(file);
            long stated = tags.number(TiffTags.ORIENTATION, -1);
            if (stated >= 0) return valid((int) Math.min(stated, Integer.MAX_VALUE));
            return tags.has(TiffTags.XMP) ? ofXmp(latin(tags.bytes(TiffTags.XMP))) : 1;
        } catch (BrokenPictureException withoutTags) {
            return 1;
        }
    }

    private static String latin(byte[] bytes) {
        return bytes == null ? null : latin(bytes, 0, bytes.length);
    }

    private static String latin(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** Returns the picture turned upright. */
    static Picture apply(Picture picture, int orientation, DecodingBudget budget) throws BrokenPictureException {
        if (orientation == 1) return picture;
        Placement placement = picture.placement();
        int width = placement == null ? picture.width() : placement.width();
        int height = placement == null ? picture.height() : placement.height();
        boolean turned = orientation >= 5;
        byte[] out = turned(picture.bytes(), width, height, picture.mode().bytesPerPixel(), orientation, budget);
        Picture stored = new Picture(
                turned ? height : width,
                turned ? width : height,
                picture.mode(),
                out,
                picture.palette(),
                picture.transparency());
        if (placement == null) return stored;
        Placement place = placement.turned(orientation, picture.width(), picture.height());
        return stored.onCanvas(
                turned ? picture.height() : picture.width(),
                turned ? picture.width() : picture.height(),
                place.left(),
                place.top(),
                place.fill());
    }

    /** Turns pixels of {@code size} bytes, width x height of them. */
    private static byte[] turned(byte[] in, int width, int height, int size, int orientation, DecodingBudget budget)
            throws BrokenPictureException {
        byte[] out = new byte[in.length];
        boolean turned = orientation >= 5;
        int newWidth = turned ? height : width;
        int newHeight = turned ? width : height;
        for (int y = 0, to = 0; y < newHeight; y++) {
            budget.advance(newWidth);
            for (int x = 0; x < newWidth; x++) {
                int fromX = switch (orientation) {
                    case 2, 3 -> width - 1 - x;
                    case 4 -> x;
                    case 5, 6 -> y;
                    default -> width - 1 - y;
                };
                int fromY = switch (orientation) {
                    case 2 -> y;
                    case 3, 4 -> height - 1 - y;
                    case 5, 8 -> x;
                    default -> height - 1 - x;
                };
                int from = (fromY * width + fromX) * size;
                for (int c = 0; c < size; c++) out[to++] = in[from + c];
            }
        }
        return out;
    }
}
