package dev.fovea.models.image;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells when and where a photograph was taken, by its EXIF (EXIF 2.32). Damaged metadata count as absent.
 *
 * @param taken the time by the camera's clock: that of the exposure, of digitising or of the last change, whichever
 *     stands first
 * @param latitude degrees, north positive; present together with the longitude
 * @param longitude degrees, east positive
 */
public record PictureMetadata(Optional<LocalDateTime> taken, OptionalDouble latitude, OptionalDouble longitude) {

    /** Describes a picture of which nothing is known. */
    public static final PictureMetadata NONE =
            new PictureMetadata(Optional.empty(), OptionalDouble.empty(), OptionalDouble.empty());

    private static final int EXIF_DIRECTORY = 0x8769;
    private static final int GPS_DIRECTORY = 0x8825;
    private static final int DATE_TIME = 0x0132;
    private static final int DATE_TIME_ORIGINAL = 0x9003;
    private static final int DATE_TIME_DIGITIZED = 0x9004;
    private static final int LATITUDE_REFERENCE = 1;
    private static final int LATITUDE = 2;
    private static final int LONGITUDE_REFERENCE = 3;
    private static final int LONGITUDE = 4;

    private static final Pattern DATE =
            Pattern.compile("(\\d{4})[:/-](\\d\\d)[:/-](\\d\\d)[ T](\\d\\d):(\\d\\d):(\\d\\d).*", Pattern.DOTALL);

    /** Checks that nothing is null. */
    public PictureMetadata {
        Objects.requireNonNull(taken, "taken is null");
        Objects.requireNonNull(latitude, "latitude is null");
        Objects.requireNonNull(longitude, "longitude is null");
    }

    /**
     * Reads the metadata of JPEG, PNG, WebP and TIFF files.
     *
     * @param file the file's bytes; of a JPEG file those before the pixels are enough
     * @return {@link #NONE} for other formats
     */
    public static PictureMetadata of(byte[] file) {
        PictureFormat format = PictureFormat.of(Objects.requireNonNull(file, "file is null"));
        byte[] exif = format == null ? null : EmbeddedMetadata.of(format, file).exif();
        return exif == null ? NONE : of(EmbeddedMetadata.directory(exif));
    }

    /** Returns whether the metadata of a file that begins so may lie behind its pixels. */
    public static boolean mayFollowPixels(byte[] start) {
        PictureFormat format = PictureFormat.of(Objects.requireNonNull(start, "start is null"));
        return format == PictureFormat.PNG || format == PictureFormat.WEBP || format == PictureFormat.TIFF;
    }

    private static PictureMetadata of(ExifDirectory first) {
        ExifDirectory photo = first.below(EXIF_DIRECTORY);
        Optional<LocalDateTime> taken = date(photo.text(DATE_TIME_ORIGINAL))
                .or(() -> date(photo.text(DATE_TIME_DIGITIZED)))
                .or(() -> date(first.text(DATE_TIME)));
        ExifDirectory gps = first.below(GPS_DIRECTORY);
        OptionalDouble latitude = degrees(gps, LATITUDE, LATITUDE_REFERENCE, 'S', 90);
        OptionalDouble longitude = degrees(gps, LONGITUDE, LONGITUDE_REFERENCE, 'W', 180);
        boolean both = latitude.isPresent() && longitude.isPresent();
        return both
                ? new PictureMetadata(taken, latitude, longitude)
                : new PictureMetadata(taken, OptionalDouble.empty(), OptionalDouble.empty());
    }

    private static Optional<LocalDateTime> date(String text) {
        Matcher date = DATE.matcher(text);
        if (!date.matches()) return Optional.empty();
        int[] parts = new int[6];
        for (int i = 0; i < parts.length; i++) parts[i] = Integer.parseInt(date.group(i + 1));
        try {
            return Optional.of(LocalDateTime.of(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]));
        } catch (DateTimeException noDate) { // cameras without a clock write 0000:00:00
            return Optional.empty();
        }
    }

    private static OptionalDouble degrees(ExifDirectory gps, int tag, int reference, char negative, int most) {
        double[] parts = gps.fractions(tag);
        if (parts.length == 0) return OptionalDouble.empty();
        double degrees = 0;
        double unit = 1;
        for (double part : parts) {
            degrees += Double.isNaN(part) ? 0 : part / unit; // 0/0 stands for a part that is not known
            unit *= 60;
        }
        if (!(degrees <= most) || Double.isNaN(parts[0])) return OptionalDouble.empty();
        return OptionalDouble.of(gps.text(reference).startsWith(String.valueOf(negative)) ? -degrees : degrees);
    }
}
