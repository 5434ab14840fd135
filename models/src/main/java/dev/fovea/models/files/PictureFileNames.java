package dev.fovea.models.files;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Guesses from a file's name whether it is a picture and whether {@link dev.fovea.models.image.Picture#read} knows its
 * format, for programs that list folders. Only the ending counts here, in upper or lower case; reading a file goes by
 * its content instead.
 */
public final class PictureFileNames {
    private static final Set<String> READABLE = Set.of(
            "jpg", "jpeg", "jpe", "jfif", "mpo", "png", "apng", "gif", "webp", "bmp", "dib", "tif", "tiff", "pnm",
            "pbm", "pgm", "ppm", "ico");

    private static final Map<String, String> UNREADABLE = unreadable();

    private PictureFileNames() {}

    /** Lists the endings of the formats that {@code Picture.read} reads, lower case and without a dot. */
    public static Set<String> readableEndings() {
        return READABLE;
    }

    /** Returns whether a file of this name is a picture in a format that {@code Picture.read} reads. */
    public static boolean isReadable(String fileName) {
        return READABLE.contains(ending(fileName));
    }

    /**
     * Returns the picture format, such as {@code "HEIC"}, that a file of this name has and that {@code Picture.read}
     * does not read. Empty for the readable formats and for names that are no picture's.
     */
    public static Optional<String> unreadableFormat(String fileName) {
        return Optional.ofNullable(UNREADABLE.get(ending(fileName)));
    }

    private static String ending(String fileName) {
        int dot = fileName.lastIndexOf('.');
        return dot < 0 ? "" : fileName.substring(dot + 1).toLowerCase(Locale.ROOT);
    }

    private static Map<String, String> unreadable() {
        Map<String, String> formats = new TreeMap<>();
        add(formats, "HEIC", "heic heics heif heifs hif");
        add(formats, "AVIF", "avif avifs");
        add(formats, "JPEG XL", "jxl");
        add(formats, "JPEG 2000", "jp2 j2k j2c jpc jpf jpx jpm");
        add(formats, "JPEG XR", "jxr wdp hdp");
        add(
                formats,
                "camera raw",
                "3fr arw cr2 cr3 crw dcr dng erf fff gpr iiq k25 kdc mef mos mrw nef nrw orf pef raf rw2");
        add(formats, "camera raw", "rwl sr2 srf srw x3f");
        add(formats, "SVG", "svg svgz");
        add(formats, "Photoshop", "psd psb");
        add(formats, "GIMP", "xcf");
        add(formats, "PostScript", "eps epsf epsi");
        add(formats, "Windows metafile", "emf wmf");
        add(formats, "OpenEXR", "exr");
        add(formats, "Radiance HDR", "hdr");
        add(formats, "Targa", "tga");
        add(formats, "DirectDraw", "dds");
        add(formats, "QOI", "qoi");
        add(formats, "PCX", "pcx");
        add(formats, "SGI", "sgi");
        add(formats, "Apple icon", "icns");
        add(formats, "Windows cursor", "cur");
        add(formats, "X bitmap", "xbm xpm");
        add(formats, "PAM", "pam pfm");
        add(formats, "DjVu", "djvu djv");
        add(formats, "DICOM", "dcm dicom");
        add(formats, "FITS", "fits");
        return formats;
    }

    private static void add(Map<String, String> formats, String name, String endings) {
        for (String ending : endings.split(" ")) formats.put(ending, name);
    }
}
