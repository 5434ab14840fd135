package dev.fovea.hub;

import java.io.IOException;

/** Reports a server that may answer another time: it is overloaded, or an address has expired. */
final class TryAgainException extends IOException {

    private final long seconds;

    /**
     * Reports an answer after which to wait.
     *
     * @param seconds how long the server asks to wait, -1 if it does not say
     */
    TryAgainException(String message, long seconds) {
        super(message);
        this.seconds = seconds;
    }

    long seconds() {
        return seconds;
    }
}
