package dev.fovea.models.nn;

import dev.fovea.models.image.PictureException;
import dev.fovea.tensor.FoveaException;

/**
 * The sizes of a vision transformer.
 *
 * @param transformer sizes of its blocks
 * @param channels of a pixel
 * @param imageHeight height that its positions were trained for
 * @param imageWidth width that its positions were trained for
 * @param patchHeight height of a patch
 * @param patchWidth width of a patch
 * @param classTokens number of learned tokens before the patches that are read: 1, or 0 for a tower without
 * @param registers number of learned tokens after the class token that nobody reads: room for what the blocks would
 *     else keep in patches of the background (Darcet et al. 2024)
 */
public record VisionShape(
        TransformerShape transformer,
        int channels,
        int imageHeight,
        int imageWidth,
        int patchHeight,
        int patchWidth,
        int classTokens,
        int registers) {

    /** Makes the sizes of a transformer with a class token and square pictures in square patches. */
    public VisionShape(TransformerShape transformer, int channels, int imageSize, int patchSize) {
        this(transformer, channels, imageSize, imageSize, patchSize, patchSize, 1, 0);
    }

    /**
     * Reads {@code num_channels}, {@code image_size} and {@code patch_size}, the latter two as a number or as {@code
     * [height, width]}.
     *
     * @param imageSize default
     * @param patchSize default
     */
    public static VisionShape of(ConfigFile config, TransformerShape transformer, int imageSize, int patchSize) {
        int[] image = config.sides("image_size", imageSize);
        int[] patch = config.sides("patch_size", patchSize);
        int channels = config.size("num_channels", 3);
        if (channels != 3) {
            throw config.wrong("num_channels", "3: pictures have red, green and blue");
        }
        if (patch[0] > image[0] || patch[1] > image[1]) {
            throw config.wrong(
                    "patch_size",
                    "at most image_size " + (image[0] == image[1] ? image[0] : image[0] + " x " + image[1]));
        }
        return new VisionShape(transformer, channels, image[0], image[1], patch[0], patch[1], 1, 0);
    }

    /** Returns these sizes for a tower without a class token. */
    public VisionShape withoutClassToken() {
        return new VisionShape(transformer, channels, imageHeight, imageWidth, patchHeight, patchWidth, 0, 0);
    }

    /** Returns these sizes for a tower with registers. */
    public VisionShape withRegisters(int number) {
        return new VisionShape(
                transformer, channels, imageHeight, imageWidth, patchHeight, patchWidth, classTokens, number);
    }

    /** Returns the number of rows of patches of a picture of the size that the model was trained on. */
    public int patchRows() {
        return imageHeight / patchHeight;
    }

    /** Returns the number of patches in a row of a picture of the size that the model was trained on. */
    public int patchColumns() {
        return imageWidth / patchWidth;
    }

    /**
     * Returns the number of tokens with a position of one picture of the size that the model was trained on: the class
     * token, if there is one, and the patches.
     */
    public long positions() {
        return classTokens + (long) patchRows() * patchColumns();
    }

    /** Returns the number of learned tokens before the patches. */
    public int tokensBefore() {
        return classTokens + registers;
    }

    /**
     * Returns the number of tokens of a picture: the class token and the registers, if there are any, and the patches;
     * pixels that fill no patch are left out.
     */
    public int tokens(int height, int width) {
        return tokensBefore() + (height / patchHeight) * (width / patchWidth);
    }

    /** Describes the sizes for people. */
    public String inWords() {
        return transformer.inWords() + ", pictures of " + imageWidth + " x " + imageHeight + " in patches of "
                + patchWidth + " x " + patchHeight;
    }

    /**
     * Refuses pictures that have no patch.
     *
     * @throws FoveaException if height or width is less than a patch's
     */
    public void requirePatches(int height, int width) {
        if (height < patchHeight || width < patchWidth) {
            throw new PictureException("pictures of " + width + " x " + height + " pixels are smaller than a patch of "
                    + patchWidth + " x " + patchHeight + "; expected " + imageWidth + " x " + imageHeight);
        }
    }
}
