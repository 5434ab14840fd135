package dev.fovea.app.terminal;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Reports that results could not be written: nobody reads them any more, or the disk is full. */
public final class OutputException extends UncheckedIOException {

    OutputException(IOException cause) {
        super(cause);
    }

    /** Returns whether the reader went away, as {@code | head} does: no failure, and nothing to say. */
    public boolean readerIsGone() {
        String message = getCause().getMessage();
        return message != null && (message.contains("Broken pipe") || message.contains("pipe is being closed"));
    }
}
