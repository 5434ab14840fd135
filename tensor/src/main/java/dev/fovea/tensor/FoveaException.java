package dev.fovea.tensor;

/**
 * Something a user can cause and mend: a broken file, a wrong kind of model, an impossible request. The message is one line for
 * people: what was wrong, what was expected and what to do; the command line prints it as it is.
 */
public class FoveaException extends RuntimeException {

    /** An error with its one-line message. */
    public FoveaException(String message) {
        super(message);
    }

    /** The same, keeping what it was caused by for whoever debugs. */
    public FoveaException(String message, Throwable cause) {
        super(message, cause);
    }
}
