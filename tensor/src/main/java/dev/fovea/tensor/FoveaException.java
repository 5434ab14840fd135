package dev.fovea.tensor;

/**
 * Reports something that a user can cause and mend: a broken file, a wrong kind of model, an impossible request. The
 * message is one line for people: what was wrong, what was expected and what to do. The command line prints it as it
 * is.
 */
public class FoveaException extends RuntimeException {

    /** Creates an error with its one-line message. */
    public FoveaException(String message) {
        super(message);
    }

    /** Creates an error with its one-line message and its cause, for whoever debugs. */
    public FoveaException(String message, Throwable cause) {
        super(message, cause);
    }
}
