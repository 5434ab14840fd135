package dev.fovea.tensor;

/**
 * Says that work was given up because its thread was interrupted. The interrupt flag of the thread stays set; {@link
 * Thread#interrupted()} clears it for whoever wants to continue. What was in use (a model, a backend) stays usable.
 */
public final class CancelledException extends FoveaException {

    /** Makes the exception of a thread whose interrupt flag is set. */
    public CancelledException() {
        this(null);
    }

    /**
     * Makes the exception and sets the interrupt flag of the calling thread.
     *
     * @param cause what told of the interrupt, or null; some of those clear the flag
     */
    public CancelledException(Throwable cause) {
        super("cancelled: the thread was interrupted; clear its interrupt flag and call again to go on", cause);
        Thread.currentThread().interrupt();
    }

    /**
     * Ends work whose thread was interrupted.
     *
     * @throws CancelledException if the interrupt flag of the calling thread is set
     */
    public static void throwIfInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancelledException();
        }
    }
}
