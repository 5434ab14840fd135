package dev.fovea.models.image;

/** Checks sizes of pictures before anything is allocated for them. */
final class PictureSize {
    private PictureSize() {}

    /**
     * Refuses sizes that no ordinary picture has, or that the caller does not accept. Where memory is shared among
     * pictures that are read, waits until there is some for this one. Every decoder calls it before it allocates
     * pixels.
     */
    static void check(long width, long height) throws BrokenPictureException {
        if (width < 1 || height < 1)
            throw new BrokenPictureException("claims a size of " + width + " x " + height + " pixels");
        if (width * height > Picture.MAX_PIXELS || width > Integer.MAX_VALUE || height > Integer.MAX_VALUE) {
            throw new BrokenPictureException("claims " + width + " x " + height + " pixels, more than the "
                    + Picture.MAX_PIXELS + " that are safe to decode (a decompression bomb?); scale it down first");
        }
        DecodingMemory.await(width * height);
    }

    /** Returns the number of bytes of a picture that has passed {@link #check}. */
    static int bytes(int width, int height, int bytesPerPixel) {
        return Math.toIntExact((long) width * height * bytesPerPixel);
    }
}
