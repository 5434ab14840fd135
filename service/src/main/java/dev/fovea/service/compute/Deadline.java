package dev.fovea.service.compute;

import dev.fovea.service.error.HttpFailure;
import java.time.Duration;

/**
 * The moment after which nobody waits for an answer any more.
 *
 * @param nanoTime as {@link System#nanoTime()} counts
 * @param time that there was at the beginning
 */
public record Deadline(long nanoTime, Duration time) {

    /** Starts the time. */
    public static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos(), time);
    }

    /** Returns the nanoseconds that are left; none or fewer when it is over. */
    public long left() {
        return nanoTime - System.nanoTime();
    }

    /** Makes the failure of a request that it was too late for. */
    public HttpFailure missed() {
        return HttpFailure.unavailable(
                "timeout",
                "the request was not done within " + time.toMillis() / 1000.0 + " s; send less at once, or try later");
    }
}
