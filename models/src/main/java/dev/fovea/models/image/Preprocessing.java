package dev.fovea.models.image;

import dev.fovea.models.check.Arguments;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Turns pictures into the pixels that a model reads: RGB, resized, cropped at the centre, scaled and normalised,
 * exactly as the PIL image processors of Hugging Face transformers do, or that of DINOv3, which is torchvision's. The
 * result has pixels as rows and channels as columns: height, width, channel.
 *
 * @param resize whether to resize at all
 * @param shortestEdge length that the shorter side gets, the other one keeping the aspect ratio; 0 if both sides are
 *     given
 * @param longestEdge with {@code shortestEdge}: bound of the longer side, 0 for none
 * @param resizeWidth width to resize to if {@code shortestEdge} is 0, whatever the aspect ratio
 * @param resizeHeight height to resize to if {@code shortestEdge} is 0
 * @param filter filter for resampling
 * @param centerCrop whether to cut {@code cropWidth} x {@code cropHeight} out of the middle, with black around what is
 *     smaller
 * @param cropWidth pixels
 * @param cropHeight pixels
 * @param rescale whether to multiply by {@code rescaleFactor}
 * @param rescaleFactor usually 1/255
 * @param normalize whether to subtract {@code mean} and divide by {@code std}
 * @param mean one value per channel
 * @param std one value per channel
 * @param draft whether JPEG files that are far larger than the result are decoded at a half, a quarter or an eighth of
 *     their size; see {@link #withDraft}
 * @param patchSize side of the patches that sizes are multiples of if {@code mostPatches} is not 0
 * @param mostPatches if not 0, pictures keep about their aspect ratio and are resized to as many patches as there may
 *     be (NaFlex, Tschannen et al. 2025, section 2.4.2), whatever the other sizes say; see {@link #forPicture}
 * @param floats whether pictures are scaled before they are resized, and nothing is rounded to 8 bits, as the processor
 *     of DINOv3 does; {@code filter} is then bilinear or bicubic
 */
public record Preprocessing(
        boolean resize,
        int shortestEdge,
        int longestEdge,
        int resizeWidth,
        int resizeHeight,
        ResampleFilter filter,
        boolean centerCrop,
        int cropWidth,
        int cropHeight,
        boolean rescale,
        double rescaleFactor,
        boolean normalize,
        float[] mean,
        float[] std,
        boolean draft,
        int patchSize,
        int mostPatches,
        boolean floats) {

    private static final int CHANNELS = 3;
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    /**
     * How many times larger than the resized picture a draft is at least, as Pillow's {@code thumbnail} has it: what is
     * shrunk twice or more hardly shows how it was decoded.
     */
    private static final int DRAFT_GAP = 2;

    /** How near to each other scales are when the search for a number of patches ends. */
    private static final double SCALE_STEP = 1e-5;

    /** Checks that nothing is missing. */
    public Preprocessing {
        Arguments.present(filter, "filter");
        Arguments.present(mean, "mean");
        Arguments.present(std, "std");
    }

    /**
     * Makes steps in 8 bits whose result has one size, whatever the picture's; the parameters are those of the record.
     */
    public Preprocessing(
            boolean resize,
            int shortestEdge,
            int longestEdge,
            int resizeWidth,
            int resizeHeight,
            ResampleFilter filter,
            boolean centerCrop,
            int cropWidth,
            int cropHeight,
            boolean rescale,
            double rescaleFactor,
            boolean normalize,
            float[] mean,
            float[] std,
            boolean draft) {
        this(
                resize,
                shortestEdge,
                longestEdge,
                resizeWidth,
                resizeHeight,
                filter,
                centerCrop,
                cropWidth,
                cropHeight,
                rescale,
                rescaleFactor,
                normalize,
                mean,
                std,
                draft,
                0,
                0,
                false);
    }

    /**
     * Reads {@code processor_config.json} or {@code preprocessor_config.json} of a checkpoint. Absent fields have the
     * defaults of the class that the file names, or CLIP's if it names none.
     *
     * @throws FoveaException if there is no such file, it is broken, or it asks for something that is not supported
     */
    public static Preprocessing load(Path folder) {
        return PreprocessingFiles.load(Arguments.present(folder, "folder"));
    }

    /** Returns CLIP's own preprocessing for square inputs of {@code size} pixels. */
    public static Preprocessing clip(int size) {
        return new Preprocessing(
                true,
                size,
                0,
                0,
                0,
                ResampleFilter.BICUBIC,
                true,
                size,
                size,
                true,
                1 / 255.0,
                true,
                new float[] {0.48145466f, 0.4578275f, 0.40821073f},
                new float[] {0.26862954f, 0.26130258f, 0.27577711f},
                false);
    }

    /**
     * Returns these steps with or without drafts. A draft is a JPEG that is decoded at a half, a quarter or an eighth
     * of its size, as Pillow's {@code Image.draft} does, so that it is still at least twice as large as the resized
     * picture. Much of the time of a large photograph is saved; the pixels that a model reads change by some levels.
     * Only files have drafts, and only where a picture is resized: pictures that are decoded already stay as they are.
     */
    public Preprocessing withDraft(boolean draft) {
        return new Preprocessing(
                resize,
                shortestEdge,
                longestEdge,
                resizeWidth,
                resizeHeight,
                filter,
                centerCrop,
                cropWidth,
                cropHeight,
                rescale,
                rescaleFactor,
                normalize,
                mean,
                std,
                draft,
                patchSize,
                mostPatches,
                floats);
    }

    /**
     * Returns the steps for pictures of one size, whose result has one size, too: these, unless {@link #mostPatches} is
     * given.
     *
     * @param width of the picture, at least 1
     * @param height of the picture, at least 1
     */
    public Preprocessing forPicture(int width, int height) {
        if (mostPatches == 0) {
            return this;
        }
        int[] size = resizedSize(width, height);
        return new Preprocessing(
                true, 0, 0, size[0], size[1], filter, false, 0, 0, rescale, rescaleFactor, normalize, mean, std, draft);
    }

    private Preprocessing forPicture(PictureInput picture) {
        return picture instanceof Picture whole
                ? forPicture(whole.fullWidth(), whole.fullHeight())
                : forPicture(picture.width(), picture.height());
    }

    /**
     * Returns all settings but {@link #draft} as one text, which is the same for equal ones in every run. Embeddings of
     * drafts can be compared with others.
     */
    public String settings() {
        return resize + " " + shortestEdge + " " + longestEdge + " " + resizeWidth + " " + resizeHeight + " " + filter
                + " " + centerCrop + " " + cropWidth + " " + cropHeight + " " + rescale + " " + rescaleFactor + " "
                + normalize + " " + Arrays.toString(mean) + " " + Arrays.toString(std)
                + (mostPatches == 0 ? "" : " " + patchSize + " " + mostPatches) + (floats ? " floats" : "");
    }

    /** Returns the width of the result in pixels; with {@link #mostPatches} that of a square picture. */
    public int width() {
        return mostPatches > 0 ? squareSide() : centerCrop ? cropWidth : resizeWidth;
    }

    /** Returns the height of the result in pixels; with {@link #mostPatches} that of a square picture. */
    public int height() {
        return mostPatches > 0 ? squareSide() : centerCrop ? cropHeight : resizeHeight;
    }

    private int squareSide() {
        return (int) Math.sqrt(mostPatches) * patchSize;
    }

    /**
     * Reads a picture file and keeps only the pixels that a model reads. Any number of threads may do so at a time: a
     * picture for which there is no memory waits until others are done.
     *
     * @throws FoveaException as {@link Picture#read(Path)}, if the picture cannot be resized, or if it is too large for
     *     Java's heap even alone
     */
    public PreparedPicture prepare(Path file) {
        Arguments.present(file, "file");
        return PictureReader.readNamed(file, draft && resize ? this::reduction : DraftReduction.NONE, picture -> {
            PreparedPicture prepared = prepare((PictureInput) picture);
            // Nobody else has seen this picture, and what is kept of it are other arrays.
            PixelArrays.give(picture.bytes());
            return prepared;
        });
    }

    /** Returns how far a JPEG is reduced: the most that leaves it {@link #DRAFT_GAP} times as large as is needed. */
    private int reduction(int width, int height) {
        long[] size = targetSize(width, height);
        long ratio = Math.min(width / (DRAFT_GAP * Math.max(1, size[0])), height / (DRAFT_GAP * Math.max(1, size[1])));
        return (int) Long.highestOneBit(Math.clamp(ratio, 1, 8));
    }

    /**
     * Keeps only the pixels of a picture that a model reads. A picture that is prepared already is returned as it is.
     *
     * @throws IllegalArgumentException if it was prepared with other steps than these
     */
    public PreparedPicture prepare(PictureInput picture) {
        Arguments.present(picture, "picture");
        if (mostPatches > 0) {
            return forPicture(picture).prepare(picture);
        }
        return switch (picture) {
            case Picture whole ->
                floats
                        ? new PreparedPicture(this, null, shares(whole), whole.fullWidth(), whole.fullHeight())
                        : new PreparedPicture(this, pixels(whole), null, whole.fullWidth(), whole.fullHeight());
            case PreparedPicture prepared -> {
                if (prepared.preprocessing() != this
                        && !prepared.preprocessing().equals(this)) {
                    throw new IllegalArgumentException(
                            "the picture was prepared for another model; prepare it with this"
                                    + " model's preprocessing()");
                }
                yield prepared;
            }
        };
    }

    /**
     * Returns the pixels of one picture as a model reads them: height x width x 3 values, rows of pixels, channels red,
     * green, blue.
     */
    public float[] apply(PictureInput picture) {
        return applyAll(List.of(Arguments.present(picture, "picture")));
    }

    /**
     * Returns the pixels of several pictures, one after the other. Pictures are prepared in parallel.
     *
     * @throws IllegalArgumentException if their results differ in size, as they may with {@link #mostPatches}
     */
    public float[] applyAll(List<? extends PictureInput> pictures) {
        Arguments.present(pictures, "pictures");
        if (mostPatches > 0 && !pictures.isEmpty()) {
            Preprocessing steps = forPicture(pictures.getFirst());
            for (PictureInput picture : pictures) {
                Preprocessing others = forPicture(picture);
                if (others.width() != steps.width() || others.height() != steps.height()) {
                    throw new IllegalArgumentException("pictures that become " + steps.width() + " x " + steps.height()
                            + " and " + others.width() + " x " + others.height()
                            + " pixels cannot be laid end to end; prepare pictures of one size at a time");
                }
            }
            return steps.applyAll(pictures);
        }
        long size = (long) height() * width() * CHANNELS;
        if (size > Integer.MAX_VALUE || size * pictures.size() > LARGEST_ARRAY) {
            throw new PictureException(pictures.size() + " pictures of " + width() + " x " + height()
                    + " pixels are more numbers than one array holds; prepare fewer at a time");
        }
        float[] values = new float[(int) (size * pictures.size())];
        Thread caller = Thread.currentThread();
        IntStream.range(0, pictures.size()).parallel().forEach(i -> {
            if (caller.isInterrupted()) {
                return;
            }
            apply(pictures.get(i), values, (int) (i * size));
        });
        CancelledException.throwIfInterrupted();
        return values;
    }

    /**
     * Writes the pixels of one picture into an array, for batches.
     *
     * @param target receives height x width x 3 values from {@code offset} on
     * @throws IndexOutOfBoundsException if they do not fit
     */
    public void apply(PictureInput picture, float[] target, int offset) {
        Arguments.present(picture, "picture");
        Arguments.present(target, "target");
        if (mostPatches > 0) {
            forPicture(picture).apply(picture, target, offset);
            return;
        }
        Objects.checkFromIndexSize(offset, (long) height() * width() * CHANNELS, target.length);
        PreparedPicture prepared = prepare(picture);
        if (floats) {
            normalize(prepared.shares(), target, offset);
        } else {
            normalize(prepared.pixels(), target, offset);
        }
    }

    private void normalize(byte[] pixels, float[] target, int offset) {
        float[] table = table();
        for (int i = 0; i < pixels.length; i += CHANNELS) {
            target[offset + i] = table[pixels[i] & 0xFF];
            target[offset + i + 1] = table[256 + (pixels[i + 1] & 0xFF)];
            target[offset + i + 2] = table[512 + (pixels[i + 2] & 0xFF)];
        }
    }

    private void normalize(float[] shares, float[] target, int offset) {
        for (int i = 0; i < shares.length; i++) {
            int channel = i % CHANNELS;
            target[offset + i] = normalize ? (shares[i] - mean[channel]) / std[channel] : shares[i];
        }
    }

    /**
     * Returns the 8-bit pixels before they are scaled and normalised: height x width x 3 bytes; with {@link #floats}
     * what they would be in 8 bits.
     *
     * @throws FoveaException if the picture cannot be resized to this size, or if that needs more memory than there is
     */
    public byte[] pixels(Picture picture) {
        Arguments.present(picture, "picture");
        return withMemory(
                picture, () -> (byte[]) forPicture((PictureInput) picture).window(picture, PillowResize::window));
    }

    private float[] shares(Picture picture) {
        float[] levels = new float[256];
        for (int value = 0; value < levels.length; value++) levels[value] = scaled(value);
        return withMemory(picture, () -> (float[]) window(
                picture,
                (whole, width, height, by, left, top, columns, rows) ->
                        FloatResize.window(whole, levels, width, height, by, left, top, columns, rows)));
    }

    private static <T> T withMemory(Picture picture, Supplier<T> resizing) {
        try {
            return resizing.get();
        } catch (OutOfMemoryError tooLarge) {
            throw PictureReader.outOfMemory(
                    "resizing a picture of " + picture.width() + " x " + picture.height() + " pixels", tooLarge);
        }
    }

    /** Resizes a picture and returns a part of the result, an array of rows x columns x 3 numbers. */
    private interface Resize {
        Object window(
                Picture in, int width, int height, ResampleFilter filter, int left, int top, int columns, int rows);
    }

    /** Returns the resized and cropped pixels, with zeros around what is smaller: an array as the resizing makes it. */
    private Object window(Picture picture, Resize resizing) {
        int[] size = resizedSize(picture.width(), picture.height());
        int newWidth = size[0];
        int newHeight = size[1];
        int columns = Math.min(width(), newWidth);
        int rows = Math.min(height(), newHeight);
        Object window = resizing.window(
                picture, newWidth, newHeight, filter, (newWidth - columns) / 2, (newHeight - rows) / 2, columns, rows);
        if (columns == width() && rows == height()) return window;
        int length = height() * width() * CHANNELS;
        Object padded = window instanceof byte[] ? new byte[length] : new float[length];
        // Padding is half before and half after; an odd pixel is before, of torchvision after.
        int odd = floats ? 0 : 1;
        int left = (width() - columns + odd) / 2;
        int top = (height() - rows + odd) / 2;
        for (int y = 0; y < rows; y++) {
            System.arraycopy(
                    window,
                    y * columns * CHANNELS,
                    padded,
                    ((top + y) * width() + left) * CHANNELS,
                    columns * CHANNELS);
        }
        return padded;
    }

    /**
     * Returns width and height of a picture after resizing, before the centre is cut out.
     *
     * @param width of the picture, at least 1
     * @param height of the picture, at least 1
     * @throws FoveaException if it is too long and thin to be resized
     */
    public int[] resizedSize(int width, int height) {
        if (!resize) return new int[] {width, height};
        long[] size = targetSize(width, height);
        if (size[0] > Integer.MAX_VALUE || size[1] > Integer.MAX_VALUE || size[0] < 1 || size[1] < 1) {
            throw new PictureException("a picture of " + width + " x " + height
                    + " pixels is too long and thin to resize to " + size[0] + " x " + size[1] + "; crop it first");
        }
        return new int[] {(int) size[0], (int) size[1]};
    }

    /** Returns width and height after resizing; the longer side is cut to whole pixels, not rounded. */
    private long[] targetSize(int width, int height) {
        if (mostPatches > 0) return sizeInPatches(width, height);
        if (shortestEdge == 0) return new long[] {resizeWidth, resizeHeight};
        int shorter = Math.min(width, height);
        int longer = Math.max(width, height);
        long newShorter = shortestEdge;
        double exact = shortestEdge;
        if (longestEdge > 0 && (double) longer / shorter * shortestEdge > longestEdge) {
            exact = (double) longestEdge * shorter / longer;
            newShorter = (long) Math.rint(exact);
        }
        long newLonger = newShorter == shorter && longestEdge > 0
                ? longer
                : (long)
                        (longestEdge > 0
                                ? exact * longer / shorter
                                : (double) ((long) shortestEdge * longer) / shorter);
        return width <= height ? new long[] {newShorter, newLonger} : new long[] {newLonger, newShorter};
    }

    /**
     * Returns the largest size of about this aspect ratio that has no more patches than there may be, found by halving
     * an interval of scales with the reference's steps.
     */
    private long[] sizeInPatches(int width, int height) {
        double least = SCALE_STEP / 10;
        double most = 100;
        while (most - least >= SCALE_STEP) {
            double scale = (least + most) / 2;
            if (patches(width, scale) * patches(height, scale) <= mostPatches) {
                least = scale;
            } else {
                most = scale;
            }
        }
        return new long[] {patchSize * patches(width, least), patchSize * patches(height, least)};
    }

    private long patches(int side, double scale) {
        return Math.max(1, (long) Math.ceil(side * scale / patchSize));
    }

    /** Returns the result for each of the 256 values of each channel, in the reference's mix of double and float. */
    float[] table() {
        float[] table = new float[CHANNELS * 256];
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int value = 0; value < 256; value++) {
                float scaled = scaled(value);
                table[256 * channel + value] = normalize ? (scaled - mean[channel]) / std[channel] : scaled;
            }
        }
        return table;
    }

    private float scaled(int value) {
        return rescale ? (float) (value * rescaleFactor) : value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Preprocessing that
                && resize == that.resize
                && shortestEdge == that.shortestEdge
                && longestEdge == that.longestEdge
                && resizeWidth == that.resizeWidth
                && resizeHeight == that.resizeHeight
                && filter == that.filter
                && centerCrop == that.centerCrop
                && cropWidth == that.cropWidth
                && cropHeight == that.cropHeight
                && draft == that.draft
                && patchSize == that.patchSize
                && mostPatches == that.mostPatches
                && floats == that.floats
                && Arrays.equals(table(), that.table());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(table());
    }
}
