package dev.fovea.tensor;

/**
 * Says that what computes is not there or has failed: no such device, no driver, not enough memory outside of Java's
 * heap, access that the JVM was not given. A service answers it with "internal error" or "unavailable".
 */
public class DeviceException extends FoveaException {

    /** Makes an exception with its one-line message. */
    public DeviceException(String message) {
        super(message);
    }

    /** Makes an exception that keeps what it was caused by. */
    public DeviceException(String message, Throwable cause) {
        super(message, cause);
    }
}
