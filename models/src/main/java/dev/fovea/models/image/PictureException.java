package dev.fovea.models.image;

import dev.fovea.tensor.FoveaException;

/**
 * Reports that a picture cannot be read or used: a file that is missing, damaged, too large or of another format. A
 * service answers it with "bad request".
 */
public class PictureException extends FoveaException {

    /** Makes an exception with its one-line message. */
    public PictureException(String message) {
        super(message);
    }

    /** Makes an exception that keeps its cause. */
    public PictureException(String message, Throwable cause) {
        super(message, cause);
    }
}
