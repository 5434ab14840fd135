package dev.fovea.app.terminal;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Results could not be written: nobody reads them any more, or there is no room. */
public final class OutputException extends UncheckedIOException {

    OutputException(IOException cause) {
        super(cause);
    }

    /** Whether the reader went away, as {@code | head} does: no failure, and nothing to say. */
    public boolean readerIsGone() {
        String message = getCause().getMessage();
        return message != null && (message.contains("Broken pipe") || message.contains("pipe is being closed"));
    }
}
