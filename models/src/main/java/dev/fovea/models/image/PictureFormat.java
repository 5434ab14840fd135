package dev.fovea.models.image;

import java.io.IOException;

/** The file formats that are read, recognised by their first bytes. */
enum PictureFormat {
    PNG("PNG"),
    JPEG("JPEG"),
    WEBP("WebP"),
    GIF("GIF"),
    BMP("BMP"),
    TIFF("TIFF"),
    PNM("PNM"),
    ICO("ICO");

    private final String title;

    PictureFormat(String title) {
        this.title = title;
    }

    /** Returns the format of a file that starts with these bytes, or null. */
    static PictureFormat of(byte[] start) {
        if (starts(start, 0, "\u0089PNG\r\n\u001A\n")) return PNG;
        if (starts(start, 0, "\u00FF\u00D8\u00FF")) return JPEG;
        if (starts(start, 0, "RIFF") && starts(start, 8, "WEBP")) return WEBP;
        if (starts(start, 0, "GIF87a") || starts(start, 0, "GIF89a")) return GIF;
        if (starts(start, 0, "BM")) return BMP;
        if (starts(start, 0, "II*\0") || starts(start, 0, "MM\0*")) return TIFF;
        if (starts(start, 0, "II+\0") || starts(start, 0, "MM\0+")) return TIFF;
        if (PnmDecoder.isPnm(start)) return PNM;
        if (starts(start, 0, "\0\0\1\0")) return ICO;
        return null;
    }

    private static boolean starts(byte[] bytes, int at, String magic) {
        if (bytes.length < at + magic.length()) return false;
        for (int i = 0; i < magic.length(); i++) {
            if ((bytes[at + i] & 0xFF) != magic.charAt(i)) return false;
        }
        return true;
    }

    /** Decodes a file of this format; only JPEG has drafts. */
    Picture decode(byte[] file, DecodingBudget budget, DraftReduction draft) throws IOException {
        return switch (this) {
            case PNG -> PngDecoder.decode(file, budget);
            case JPEG -> JpegDecoder.decode(file, budget, draft);
            case GIF -> GifDecoder.decode(file, budget);
            case WEBP -> WebpDecoder.decode(file, budget);
            case PNM -> PnmDecoder.decode(file, budget);
            case ICO -> IcoDecoder.decode(file, budget);
            case BMP -> BmpDecoder.decode(file, budget);
            case TIFF -> {
                OtherFormats.refuseCameraRaw(file);
                yield TiffDecoder.decode(file, budget);
            }
        };
    }

    @Override
    public String toString() {
        return title;
    }
}
