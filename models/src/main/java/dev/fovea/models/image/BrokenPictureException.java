package dev.fovea.models.image;

import java.io.IOException;

/** What is wrong with a picture's bytes, in words that follow the file's name; {@link PictureReader} puts the name in front. */
final class BrokenPictureException extends IOException {
    BrokenPictureException(String message) {
        super(message);
    }

    static BrokenPictureException truncated() {
        return new BrokenPictureException("is cut short or damaged; fetch it again");
    }

    /** Refuses sizes that no honest picture has, before anything is allocated for them, and waits for memory where that is shared. */
    static void checkSize(long width, long height) throws BrokenPictureException {
        if (width < 1 || height < 1)
            throw new BrokenPictureException("claims a size of " + width + " x " + height + " pixels");
        if (width * height > Picture.MAX_PIXELS || width > Integer.MAX_VALUE || height > Integer.MAX_VALUE) {
            throw new BrokenPictureException("claims " + width + " x " + height + " pixels, more than the "
                    + Picture.MAX_PIXELS + " that are safe to decode (a decompression bomb?); scale it down first");
        }
        DecodingMemory.await(width * height);
    }

    /** Bytes of a picture that has passed {@link #checkSize}. */
    static int arraySize(int width, int height, int bytesPerPixel) {
        return Math.toIntExact((long) width * height * bytesPerPixel);
    }
}
