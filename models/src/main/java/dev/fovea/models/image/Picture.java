package dev.fovea.models.image;

import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;

/**
 * A decoded picture, immutable. Pixels are kept as the file has them (grey, palette, alpha, 16 bits, inks); {@link
 * #toRgb()} converts them as transformers' {@code convert_to_rgb} does: Pillow's colours, colour profiles ignored, on
 * white where transparent.
 */
public final class Picture implements PictureInput {
    /** Largest number of pixels that is accepted, Pillow's own limit: twice a quarter of a gigabyte of RGB. */
    public static final long MAX_PIXELS = 178_956_970;

    private final int width;
    private final int height;
    private final PictureMode mode;
    private final byte[] samples;
    private final byte[] palette;
    private final Transparency transparency;
    /** Position of {@link #samples} on the canvas, or null if they are all of it. */
    private final Placement placement;
    /** Size of the picture of which this is a draft, or its own. */
    private final int fullWidth;

    private final int fullHeight;

    /** Makes a picture without transparency beyond what the mode holds. Takes the arrays over. */
    Picture(int width, int height, PictureMode mode, byte[] samples, byte[] palette) {
        this(width, height, mode, samples, palette, null);
    }

    /**
     * Makes a picture and takes the arrays over. The palette is 256 times red, green, blue, or null where the mode
     * needs none. The transparency is null where nothing is transparent or the mode has alpha.
     */
    Picture(int width, int height, PictureMode mode, byte[] samples, byte[] palette, Transparency transparency) {
        this(width, height, mode, samples, palette, transparency, null, width, height);
    }

    private Picture(
            int width,
            int height,
            PictureMode mode,
            byte[] samples,
            byte[] palette,
            Transparency transparency,
            Placement placement,
            int fullWidth,
            int fullHeight) {
        this.placement = placement;
        this.fullWidth = fullWidth;
        this.fullHeight = fullHeight;
        this.width = width;
        this.height = height;
        this.mode = mode;
        this.samples = samples;
        this.palette = palette;
        this.transparency = transparency;
    }

    /**
     * Reads a picture file: PNG and APNG, JPEG and MPO, WebP, GIF, BMP, TIFF, PNM, ICO. Of several pictures or frames
     * it reads the one that Pillow shows first, of an icon the largest. The orientation that EXIF or XMP states is
     * applied, so the picture is upright. An interrupt of the thread stops the decoding within milliseconds.
     *
     * @throws FoveaException with the file's name if it cannot be read, is no picture, is damaged or cut short, or
     *     claims more than {@link #MAX_PIXELS} pixels
     * @throws CancelledException if the thread is interrupted
     */
    public static Picture read(Path file) {
        return PictureReader.read(
                Objects.requireNonNull(file, "file is null"), DecodingBudget.ofWork(), DraftReduction.NONE);
    }

    /**
     * Reads a picture file, passes the picture to a function, and keeps only the result. Any number of threads may do
     * so at a time: a picture for which there is no memory waits until others are done, and one that runs out of memory
     * is tried again alone.
     *
     * @param use makes something smaller of the picture and does not keep it; may be called twice
     * @throws FoveaException as {@link #read(Path)}, or if the picture is too large for Java's heap even alone
     */
    public static <T> T read(Path file, Function<? super Picture, ? extends T> use) {
        return PictureReader.read(
                Objects.requireNonNull(file, "file is null"),
                DraftReduction.NONE,
                Objects.requireNonNull(use, "use is null"));
    }

    /**
     * Reads a picture from a stream, which is read to its end but not closed. Formats and errors are those of {@link
     * #read(Path)}.
     */
    public static Picture read(InputStream stream) {
        return PictureReader.read(Objects.requireNonNull(stream, "stream is null"), DecodingBudget.ofWork());
    }

    /**
     * Reads a picture file as {@link #read(Path)} does, within a time limit, for services that cannot wait longer. It
     * stops within milliseconds after the limit.
     *
     * @param time how long decoding may take from now on
     * @throws FoveaException as {@link #read(Path)}, and if the time is up before the picture is decoded
     */
    public static Picture read(Path file, Duration time) {
        return PictureReader.read(
                Objects.requireNonNull(file, "file is null"),
                DecodingBudget.ofTime(Objects.requireNonNull(time, "time is null")),
                DraftReduction.NONE);
    }

    /**
     * Reads a picture from a stream as {@link #read(InputStream)} does, within a time limit. Reading the stream itself
     * is not interrupted.
     *
     * @param time how long decoding may take from now on
     * @throws FoveaException as {@link #read(Path)}, and if the time is up before the picture is decoded
     */
    public static Picture read(InputStream stream, Duration time) {
        return PictureReader.read(
                Objects.requireNonNull(stream, "stream is null"),
                DecodingBudget.ofTime(Objects.requireNonNull(time, "time is null")));
    }

    /**
     * Reads a picture that a service was sent, within limits, passes it to a function, and keeps only the result. Any
     * number of threads may do so at a time: a picture for which there is no memory waits until others are done, and
     * one that runs out of memory is tried again alone.
     *
     * @param bytes of the picture's file
     * @param maxPixels most pixels that are accepted; at most {@link #MAX_PIXELS} are in any case
     * @param time how long decoding may take, from when this method starts to read
     * @param use makes something smaller of the picture and does not keep it; may be called twice
     * @throws FoveaException as {@link #read(Path)}, and if a limit is exceeded or the picture is too large for Java's
     *     heap even alone
     */
    public static <T> T read(byte[] bytes, long maxPixels, Duration time, Function<? super Picture, ? extends T> use) {
        return PictureReader.read(
                Objects.requireNonNull(bytes, "bytes is null"),
                maxPixels,
                Objects.requireNonNull(time, "time is null"),
                Objects.requireNonNull(use, "use is null"));
    }

    /** Makes a picture of a Java image, whose pixels are copied. Grey stays grey and no colour profile is applied. */
    public static Picture of(BufferedImage image) {
        return Rasters.picture(Objects.requireNonNull(image, "image is null"));
    }

    /**
     * Copies the pixels into a Java image of the type {@link BufferedImage#TYPE_INT_RGB}, as {@link #toRgb} gives them.
     *
     * @throws PictureException if that needs more memory than there is
     */
    public BufferedImage toImage() {
        try {
            return Rasters.image(toRgb());
        } catch (OutOfMemoryError tooLarge) {
            throw outOfMemory(tooLarge);
        }
    }

    /**
     * Makes a picture of 8-bit red, green, blue, row by row.
     *
     * @param rgb width x height x 3 bytes, copied
     */
    public static Picture ofRgb(int width, int height, byte[] rgb) {
        Objects.requireNonNull(rgb, "rgb is null");
        if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
            throw new PictureException("a picture of " + width + " x " + height + " RGB pixels needs "
                    + 3L * width * height + " bytes and sides of at least 1, but there are " + rgb.length + " bytes");
        }
        return new Picture(width, height, PictureMode.RGB, rgb.clone(), null);
    }

    /** Returns the number of pixels from left to right. */
    @Override
    public int width() {
        return width;
    }

    /** Returns the number of pixels from top to bottom. */
    @Override
    public int height() {
        return height;
    }

    /** Returns the mode: the meaning of a pixel's bytes. */
    public PictureMode mode() {
        return mode;
    }

    /**
     * Copies the bytes of all pixels, row by row: width x height x {@link PictureMode#bytesPerPixel()}.
     *
     * @throws FoveaException if that needs more memory than there is
     */
    public byte[] samples() {
        try {
            if (placement == null) return samples.clone();
            int rowBytes = width * mode.bytesPerPixel();
            byte[] all = new byte[PictureSize.bytes(width, height, mode.bytesPerPixel())];
            byte[] row = new byte[rowBytes];
            for (int y = 0; y < height; y++) {
                placement.copyRow(samples, y, 0, width, row);
                System.arraycopy(row, 0, all, y * rowBytes, rowBytes);
            }
            return all;
        } catch (OutOfMemoryError tooLarge) {
            throw outOfMemory(tooLarge);
        }
    }

    /** Returns the stored bytes themselves, for this package, which does not change them; see {@link #placement()}. */
    byte[] bytes() {
        return samples;
    }

    /** Returns the position of the stored bytes on the canvas, or null if they are all of it. */
    Placement placement() {
        return placement;
    }

    byte[] palette() {
        return palette;
    }

    /** Returns the transparency of a picture whose mode has no alpha, or null. */
    Transparency transparency() {
        return transparency;
    }

    /** Returns the width of the picture of which this is a {@link DraftReduction}, or its own. */
    int fullWidth() {
        return fullWidth;
    }

    /** Returns the height of the picture of which this is a {@link DraftReduction}, or its own. */
    int fullHeight() {
        return fullHeight;
    }

    /** Returns this picture as a draft of a larger one. */
    Picture draftOf(int fullWidth, int fullHeight) {
        return new Picture(width, height, mode, samples, palette, transparency, placement, fullWidth, fullHeight);
    }

    /** Returns this picture without transparency beside an alpha channel. */
    Picture opaque() {
        return new Picture(width, height, mode, samples, palette, null, placement, fullWidth, fullHeight);
    }

    /** Returns this picture as part of a larger canvas; itself if it covers all of it. */
    Picture onCanvas(int canvasWidth, int canvasHeight, int left, int top, byte[] fill) {
        if (width == canvasWidth && height == canvasHeight) return this;
        Placement place = new Placement(left, top, width, height, fill);
        return new Picture(
                canvasWidth, canvasHeight, mode, samples, palette, transparency, place, canvasWidth, canvasHeight);
    }

    private FoveaException outOfMemory(OutOfMemoryError cause) {
        return PictureReader.outOfMemory("a picture of " + width + " x " + height + " pixels", cause);
    }

    /**
     * Returns a part of this picture, in mode {@link PictureMode#RGB}.
     *
     * @param x1 left edge in pixels, included
     * @param y1 upper edge in pixels, included
     * @param x2 right edge in pixels, excluded
     * @param y2 lower edge in pixels, excluded
     * @throws FoveaException if the part is empty or lies outside of the picture in part, or needs more memory than
     *     there is
     */
    public Picture part(int x1, int y1, int x2, int y2) {
        if (x1 < 0 || y1 < 0 || x2 > width || y2 > height || x1 >= x2 || y1 >= y2) {
            throw new PictureException("the region " + x1 + "," + y1 + "," + x2 + "," + y2
                    + " is no part of a picture of "
                    + width + " x " + height + " pixels; give x1,y1,x2,y2 with x1 < x2 <= " + width + " and y1 < y2 <= "
                    + height);
        }
        try {
            byte[] all = toRgb().samples;
            int rowBytes = 3 * (x2 - x1);
            byte[] part = new byte[PictureSize.bytes(x2 - x1, y2 - y1, 3)];
            for (int y = y1; y < y2; y++) {
                System.arraycopy(all, 3 * (y * width + x1), part, (y - y1) * rowBytes, rowBytes);
            }
            return new Picture(x2 - x1, y2 - y1, PictureMode.RGB, part, null);
        } catch (OutOfMemoryError tooLarge) {
            throw outOfMemory(tooLarge);
        }
    }

    /**
     * Returns this picture in mode {@link PictureMode#RGB}, by Pillow's rules, laid on white where it is transparent;
     * itself if it is opaque RGB already.
     *
     * @throws FoveaException if that needs more memory than there is
     */
    public Picture toRgb() {
        if (isPlainRgb()) return this;
        try {
            return new Picture(width, height, PictureMode.RGB, RgbConversion.convert(this), null);
        } catch (OutOfMemoryError tooLarge) {
            throw outOfMemory(tooLarge);
        }
    }

    /** Returns whether {@link #bytes()} are already what {@link #toRgb()} would give. */
    boolean isPlainRgb() {
        return mode == PictureMode.RGB && transparency == null && placement == null;
    }
}
