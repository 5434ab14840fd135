package dev.fovea.models.image;

/**
 * Chooses how far a JPEG is reduced while it is decoded, which costs much less than shrinking it afterwards. Pillow and
 * libjpeg know it as draft mode.
 */
@FunctionalInterface
interface DraftReduction {
    /** Keeps all pixels. */
    DraftReduction NONE = (width, height) -> 1;

    /**
     * Returns how many pixels become one, across and down.
     *
     * @param width of the picture in pixels, as the file has it
     * @param height of the picture in pixels, as the file has it
     * @return 1, 2, 4 or 8
     */
    int reduction(int width, int height);
}
