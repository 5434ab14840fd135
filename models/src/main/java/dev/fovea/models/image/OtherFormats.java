package dev.fovea.models.image;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** Describes files that cannot be read as pictures, by their first bytes, and gives advice on what to do. */
final class OtherFormats {
    private static final int MAKE = 271;
    private static final int REDUCED = 254;
    private static final int SUB_DIRECTORIES = 330;
    private static final int DNG_VERSION = 50706;

    private static final String ANY = "magick IN OUT.png";
    private static final String RAW = "darktable-cli IN OUT.jpg";
    private static final String HEIC = picture("HEIC", "heif-convert IN.heic OUT.jpg");
    private static final String AVIF = picture("AVIF", "avifdec IN.avif OUT.png");
    private static final String VIDEO =
            "is a video, not a picture; take pictures out of it, for example with: ffmpeg -i IN -vf fps=1 OUT-%04d.png";
    private static final String ARCHIVE = "is an archive, not a picture; unpack it";
    private static final String SOUND = "is a sound file, not a picture";

    private record Magic(int at, String bytes, String words) {
        boolean matches(String start) {
            return start.startsWith(bytes, at);
        }
    }

    private static final List<Magic> MAGICS = List.of(
            new Magic(0, "\0\0\0\fJXL \r\n\u0087\n", picture("JPEG XL", "djxl IN.jxl OUT.png")),
            new Magic(0, "\u00FF\n", picture("JPEG XL", "djxl IN.jxl OUT.png")),
            new Magic(0, "\0\0\0\fjP  \r\n\u0087\n", picture("JPEG 2000", "opj_decompress -i IN.jp2 -o OUT.png")),
            new Magic(0, "\u00FFO\u00FFQ", picture("JPEG 2000", "opj_decompress -i IN.j2k -o OUT.png")),
            new Magic(0, "II\u00BC", picture("JPEG XR", "JxrDecApp -i IN.jxr -o OUT.bmp")),
            new Magic(0, "FUJIFILMCCD-RAW", raw("RAF")),
            new Magic(0, "IIRO", raw("ORF")),
            new Magic(0, "IIRS", raw("ORF")),
            new Magic(0, "MMOR", raw("ORF")),
            new Magic(0, "IIU\0", raw("RW2")),
            new Magic(0, "II\u001A\0\0\0HEAPCCDR", raw("CRW")),
            new Magic(0, "FOVb", raw("X3F")),
            new Magic(0, "\0MRM", raw("MRW")),
            new Magic(4, "ftypcrx ", raw("CR3")),
            new Magic(0, "8BPS", picture("Photoshop", ANY)),
            new Magic(0, "gimp xcf", picture("GIMP", ANY)),
            new Magic(
                    0,
                    "%PDF-",
                    "is a PDF document, not a picture; take pages out of it, for example with: pdftoppm -png IN.pdf"
                            + " OUT"),
            new Magic(0, "%!PS", picture("PostScript", ANY)),
            new Magic(0, "\u00C5\u00D0\u00D3\u00C6", picture("PostScript", ANY)),
            new Magic(0, "II+\0", picture("BigTIFF", "tiffcp IN.tif OUT.tif")),
            new Magic(0, "MM\0+", picture("BigTIFF", "tiffcp IN.tif OUT.tif")),
            new Magic(0, "v/1\u0001", picture("OpenEXR", ANY)),
            new Magic(0, "#?R", picture("Radiance HDR", ANY)),
            new Magic(0, "DDS ", picture("DirectDraw", ANY)),
            new Magic(0, "qoif", picture("QOI", ANY)),
            new Magic(0, "icns", picture("Apple icon", "icns2png -x IN.icns")),
            new Magic(0, "\0\0\2\0\1\0", picture("Windows cursor", ANY)),
            new Magic(0, "\0\0\2\0\0\0\0\0", picture("Targa", ANY)),
            new Magic(0, "\0\0\n\0\0\0\0\0", picture("Targa", ANY)),
            new Magic(0, "P7\n", picture("PAM", "pamtopnm IN.pam > OUT.ppm")),
            new Magic(0, "PF\n", picture("PFM", ANY)),
            new Magic(0, "Pf\n", picture("PFM", ANY)),
            new Magic(0, "BPG\u00FB", picture("BPG", "bpgdec -o OUT.png IN.bpg")),
            new Magic(0, "AT&TFORM", picture("DjVu", "ddjvu -format=tiff IN.djvu OUT.tif")),
            new Magic(128, "DICM", picture("DICOM", "dcmj2pnm IN.dcm OUT.pnm")),
            new Magic(0, "SIMPLE  =", picture("FITS", ANY)),
            new Magic(0, "\u00D7\u00CD\u00C6\u009A", picture("Windows metafile", ANY)),
            new Magic(40, " EMF", picture("Windows metafile", ANY)),
            new Magic(4, "moov", VIDEO),
            new Magic(4, "mdat", VIDEO),
            new Magic(4, "wide", VIDEO),
            new Magic(0, "\u001AE\u00DF\u00A3", VIDEO),
            new Magic(8, "AVI ", VIDEO),
            new Magic(0, "OggS", VIDEO),
            new Magic(0, "\0\0\1\u00BA", VIDEO),
            new Magic(8, "WAVE", SOUND),
            new Magic(0, "ID3", SOUND),
            new Magic(0, "fLaC", SOUND),
            new Magic(0, "PK\3\4", ARCHIVE),
            new Magic(0, "\u001F\u008B", ARCHIVE),
            new Magic(0, "7z\u00BC\u00AF", ARCHIVE),
            new Magic(0, "Rar!", ARCHIVE),
            new Magic(257, "ustar", ARCHIVE),
            new Magic(
                    0,
                    "version https://git-lfs",
                    "is only a Git LFS pointer to the picture; fetch the file itself with: git lfs pull"));

    private OtherFormats() {}

    private static String picture(String name, String command) {
        return "is in " + name + " format, which Fovea cannot read; convert it, for example with: " + command;
    }

    private static String raw(String name) {
        return "is in the camera raw format " + name + ", which Fovea cannot read; develop it, for example with: "
                + RAW;
    }

    /** Returns words that follow the name of a file that starts with these bytes and is of no format that is read. */
    static String describe(byte[] start) {
        String text = new String(start, StandardCharsets.ISO_8859_1);
        for (Magic magic : MAGICS) if (magic.matches(text)) return magic.words;
        if (text.startsWith("ftyp", 4)) return media(text);
        if (text.chars().allMatch(c -> c == 0))
            return "holds nothing but zeros where a picture should be; fetch it again";
        String markup = markup(text);
        if (markup != null) return markup;
        return "is not a picture that we can read; PNG, JPEG, WebP, GIF, BMP, TIFF, PNM and ICO are";
    }

    /**
     * Describes the container of HEIC, AVIF and MP4, whose first box lists the brands of content by which it may be
     * read.
     */
    private static String media(String text) {
        long length = (long) text.charAt(0) << 24 | text.charAt(1) << 16 | text.charAt(2) << 8 | text.charAt(3);
        String brands = text.substring(8, (int) Math.clamp(length, 8, Math.min(text.length(), 512)));
        if (brands.contains("avif") || brands.contains("avis")) return AVIF;
        for (String brand : List.of("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1")) {
            if (brands.contains(brand)) return HEIC;
        }
        return VIDEO;
    }

    private static String markup(String text) {
        String start = text.startsWith("\u00EF\u00BB\u00BF") ? text.substring(3) : text;
        start = start.stripLeading().toLowerCase(Locale.ROOT);
        if (start.startsWith("<svg") || start.startsWith("<?xml") && start.contains("<svg")) {
            return picture("SVG", "rsvg-convert IN.svg -o OUT.png");
        }
        if (start.startsWith("<!doctype html") || start.startsWith("<html") || start.startsWith("<head")) {
            return "is a web page, not a picture; the download gave a page (often an error or a login) in its place";
        }
        return null;
    }

    /** Refuses camera raw files that are built like a TIFF, whose first picture is only a preview. */
    static void refuseCameraRaw(byte[] tiff) throws BrokenPictureException {
        if (tiff.length > 10 && tiff[8] == 'C' && tiff[9] == 'R' && tiff[10] == 2)
            throw new BrokenPictureException(raw("CR2"));
        ExifDirectory directory = new ExifDirectory(tiff, 0);
        if (directory.integer(DNG_VERSION) >= 0) throw new BrokenPictureException(raw("DNG"));
        boolean preview = directory.integer(REDUCED) == 1 && directory.integer(SUB_DIRECTORIES) >= 0;
        String maker = preview ? directory.text(MAKE) : "";
        if (maker.startsWith("NIKON")) throw new BrokenPictureException(raw("NEF"));
        if (maker.startsWith("SONY")) throw new BrokenPictureException(raw("ARW"));
    }
}
