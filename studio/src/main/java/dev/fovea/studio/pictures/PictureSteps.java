package dev.fovea.studio.pictures;

import dev.fovea.models.image.Picture;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.models.image.ResampleFilter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Shows the steps from a picture to the pixels that a model reads: resized, cropped, normalised. */
public final class PictureSteps {

    private static final int PREVIEW = 1024;
    private static final float[] NONE = {0, 0, 0};
    private static final float[] ONE = {1, 1, 1};

    private PictureSteps() {}

    /** Width and height in pixels. */
    public record Size(int width, int height) {}

    /** Width and height in pixels, and how they were reached. */
    public record ResizedSize(int width, int height, String filter) {}

    /** A rectangle in pixels: left, upper edge, width, height. */
    public record Rectangle(double x, double y, double width, double height) {}

    /**
     * What becomes of a picture.
     *
     * @param original size of the picture
     * @param resized size after the first step
     * @param crop what is kept, in pixels of the resized picture; partly outside of it where black is added
     * @param seen what is kept, in pixels of the original
     * @param mean subtracted from each channel
     * @param std that each channel is divided by
     * @param rescale that levels of 0 to 255 are multiplied by before
     */
    public record Geometry(
            Size original,
            ResizedSize resized,
            Rectangle crop,
            Rectangle seen,
            float[] mean,
            float[] std,
            double rescale) {}

    /** Returns what becomes of a picture of some size. */
    public static Geometry geometry(Preprocessing anySize, int width, int height) {
        Preprocessing steps = anySize.forPicture(width, height);
        int[] size = steps.resizedSize(width, height);
        // As Preprocessing cuts: half before and half after, of what is too large the odd pixel after.
        int odd = steps.floats() ? 0 : 1;
        int x = size[0] >= steps.width() ? (size[0] - steps.width()) / 2 : -((steps.width() - size[0] + odd) / 2);
        int y = size[1] >= steps.height() ? (size[1] - steps.height()) / 2 : -((steps.height() - size[1] + odd) / 2);
        double across = (double) width / size[0];
        double down = (double) height / size[1];
        return new Geometry(
                new Size(width, height),
                new ResizedSize(size[0], size[1], steps.filter().name().toLowerCase(Locale.ROOT)),
                new Rectangle(x, y, steps.width(), steps.height()),
                new Rectangle(x * across, y * down, steps.width() * across, steps.height() * down),
                steps.normalize() ? steps.mean() : NONE,
                steps.normalize() ? steps.std() : ONE,
                steps.rescale() ? steps.rescaleFactor() : 1);
    }

    /** Returns a picture as PNG, at most 1024 pixels on the longer side unless all pixels are wanted. */
    public static byte[] png(Picture picture, boolean full) {
        int longer = Math.max(picture.width(), picture.height());
        if (full || longer <= PREVIEW) {
            return png(picture.toRgb());
        }
        int width = Math.max(1, (int) ((long) picture.width() * PREVIEW / longer));
        int height = Math.max(1, (int) ((long) picture.height() * PREVIEW / longer));
        return png(resized(picture, width, height, ResampleFilter.BICUBIC));
    }

    /** Returns a picture after the first step, as PNG. */
    public static byte[] resizedPng(Picture picture, Preprocessing steps) {
        int[] size = steps.resizedSize(picture.width(), picture.height());
        return png(resized(picture, size[0], size[1], steps.filter()));
    }

    private static Picture resized(Picture picture, int width, int height, ResampleFilter filter) {
        Preprocessing resize = new Preprocessing(
                true, 0, 0, width, height, filter, false, width, height, false, 1, false, NONE, ONE, false);
        return Picture.ofRgb(width, height, resize.pixels(picture));
    }

    /** Returns exactly the pixels that a model reads, before they are normalised, as PNG. */
    public static byte[] croppedPng(Picture picture, Preprocessing anySize) {
        Preprocessing steps = anySize.forPicture(picture.width(), picture.height());
        return png(Picture.ofRgb(steps.width(), steps.height(), steps.pixels(picture)));
    }

    /**
     * Returns the normalised pixels as PNG: in each channel the smallest value is black and the largest one white,
     * since a screen shows no negative light.
     */
    public static byte[] normalizedPng(Picture picture, Preprocessing anySize) {
        Preprocessing steps = anySize.forPicture(picture.width(), picture.height());
        float[] values = steps.apply(picture);
        byte[] rgb = new byte[values.length];
        for (int channel = 0; channel < 3; channel++) {
            float least = Float.POSITIVE_INFINITY;
            float most = Float.NEGATIVE_INFINITY;
            for (int i = channel; i < values.length; i += 3) {
                least = Math.min(least, values[i]);
                most = Math.max(most, values[i]);
            }
            float range = most > least ? most - least : 1;
            for (int i = channel; i < values.length; i += 3) {
                rgb[i] = (byte) Math.round(255 * (values[i] - least) / range);
            }
        }
        return png(Picture.ofRgb(steps.width(), steps.height(), rgb));
    }

    private static byte[] png(Picture picture) {
        BufferedImage image = picture.toImage();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            if (!ImageIO.write(image, "png", out)) {
                throw new IllegalStateException("this Java cannot write PNG");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
