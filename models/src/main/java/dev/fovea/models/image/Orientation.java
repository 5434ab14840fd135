package dev.fovea.models.image;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns pictures upright by the orientation of the camera: 1 upright, 2 mirrored, 3 upside down, 4 mirrored top to
 * bottom, 5 to 8 on its side (EXIF 2.32, tag 0x0112). It turns what Pillow's {@code ImageOps.exif_transpose} turns: by
 * EXIF, and by XMP where EXIF is silent. Damaged metadata are ignored.
 */
final class Orientation {
    private static final int TAG = 0x0112;
    private static final Pattern IN_XMP = Pattern.compile("tiff:Orientation(?:=\"|>)([0-9])");

    private Orientation() {}

    /**
     * Returns the orientation that a file asks for, or 1. Decoders of formats that are not named here turn pictures
     * themselves.
     */
    static int of(PictureFormat format, byte[] file) {
        return switch (format) {
            case JPEG, WEBP -> of(EmbeddedMetadata.of(format, file));
            case TIFF -> ofTiff(file);
            default -> 1;
        };
    }

    private static int of(EmbeddedMetadata metadata) {
        return of(metadata.exif(), metadata.xmp());
    }

    /**
     * Returns the orientation by two sources.
     *
     * @param exif a TIFF structure, with or without JPEG's six bytes in front; or null
     * @param xmp an XMP packet, each byte a character; or null
     */
    static int of(byte[] exif, String xmp) {
        int stated = exif == null ? -1 : EmbeddedMetadata.directory(exif).integer(TAG);
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

    private static int ofTiff(byte[] file) {
        try {
            TiffTags tags = new TiffTags(file);
            long stated = tags.number(TiffTags.ORIENTATION, -1);
            if (stated >= 0) return valid((int) Math.min(stated, Integer.MAX_VALUE));
            return tags.has(TiffTags.XMP) ? ofXmp(EmbeddedMetadata.latin(tags.bytes(TiffTags.XMP))) : 1;
        } catch (BrokenPictureException withoutTags) {
            return 1;
        }
    }

    /** Returns whether the picture lies on its side. */
    static boolean turns(int orientation) {
        return orientation >= 5;
    }

    /** Returns the picture turned upright. */
    static Picture apply(Picture picture, int orientation, DecodingBudget budget) throws BrokenPictureException {
        if (orientation == 1) return picture;
        Placement placement = picture.placement();
        int width = placement == null ? picture.width() : placement.width();
        int height = placement == null ? picture.height() : placement.height();
        boolean turned = turns(orientation);
        byte[] out = turned(picture.bytes(), width, height, picture.mode().bytesPerPixel(), orientation, budget);
        Picture stored = new Picture(
                turned ? height : width,
                turned ? width : height,
                picture.mode(),
                out,
                picture.palette(),
                picture.transparency());
        if (placement == null) {
            return turned
                    ? stored.draftOf(picture.fullHeight(), picture.fullWidth())
                    : stored.draftOf(picture.fullWidth(), picture.fullHeight());
        }
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
