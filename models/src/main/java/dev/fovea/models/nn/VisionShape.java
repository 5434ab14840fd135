package dev.fovea.models.nn;

import dev.fovea.tensor.FoveaException;

/**
 * The sizes of a vision transformer.
 *
 * @param transformer sizes of its blocks
 * @param channels of a pixel
 * @param imageSize height and width that its positions were trained for
 * @param patchSize height and width of a patch
 */
public record VisionShape(TransformerShape transformer, int channels, int imageSize, int patchSize) {

    /**
     * Reads {@code num_channels}, {@code image_size} and {@code patch_size}.
     *
     * @param imageSize default
     * @param patchSize default
     */
    public static VisionShape of(ConfigFile config, TransformerShape transformer, int imageSize, int patchSize) {
        VisionShape shape = new VisionShape(
                transformer,
                config.size("num_channels", 3),
                config.size("image_size", imageSize),
                config.size("patch_size", patchSize));
        if (shape.channels != 3) {
            throw config.wrong("num_channels", "3: pictures have red, green and blue");
        }
        if (shape.patchSize > shape.imageSize) {
            throw config.wrong("patch_size", "at most image_size " + shape.imageSize);
        }
        return shape;
    }

    /** Tokens of one picture of the size that the model was trained on: a class token and the patches. */
    public long positions() {
        long side = imageSize / patchSize;
        return 1 + side * side;
    }

    /** Tokens of a picture: a class token and the patches; pixels that fill no patch are left out. */
    public int tokens(int height, int width) {
        return 1 + (height / patchSize) * (width / patchSize);
    }

    /**
     * Refuses pictures that have no patch.
     *
     * @throws FoveaException if height or width is less than a patch's
     */
    public void requirePatches(int height, int width) {
        if (height < patchSize || width < patchSize) {
            throw new FoveaException("pictures of " + width + " x " + height + " pixels are smaller than a patch of "
                    + patchSize + " x " + patchSize + "; expected " + imageSize + " x " + imageSize);
        }
    }
}
