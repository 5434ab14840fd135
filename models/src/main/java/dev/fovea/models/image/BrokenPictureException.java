package dev.fovea.models.image;

import java.io.IOException;

/**
 * Reports a fault in a picture's bytes, in words that follow the file's name; {@link PictureReader} puts the name in
 * front.
 */
final class BrokenPictureException extends IOException {
    BrokenPictureException(String message) {
        super(message);
    }

    static BrokenPictureException truncated() {
        return new BrokenPictureException("is cut short or damaged; fetch it again");
    }
}
