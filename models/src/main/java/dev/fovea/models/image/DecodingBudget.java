package dev.fovea.models.image;

import dev.fovea.tensor.CancelledException;
import java.time.Duration;

/**
 * Bounds the cost of decoding one picture. A file of some kilobytes can ask for thousands of passes over millions of
 * pixels; ordinary ones need some ten. The bound on work is counted in pixels visited, so it does not depend on the
 * machine; a service may set a bound on time as well. Decoders report their work in advance and check the budget every
 * few milliseconds.
 */
final class DecodingBudget {
    /**
     * Most pixels that all passes together may visit: a hundred passes over 40 megapixels, 24 over the largest picture.
     */
    static final long MAX_PIXEL_VISITS = 1L << 32;

    /** Bytes or pixels after which decoders check the budget: a millisecond or less of work. */
    static final int STEPS = 1 << 16;

    private long visitsLeft = MAX_PIXEL_VISITS;
    private long stepsLeft = STEPS;
    /** The deadline in {@link System#nanoTime()}, if {@link #timed}. */
    private final long deadline;

    private final boolean timed;
    private final Duration time;

    private DecodingBudget(Duration time) {
        this.time = time;
        timed = time != null;
        deadline = timed ? System.nanoTime() + nanoseconds(time) : 0;
    }

    /** Makes a budget that bounds the work, not the time. */
    static DecodingBudget ofWork() {
        return new DecodingBudget(null);
    }

    /**
     * Makes a budget that ends after some time, too.
     *
     * @param time duration from now; null for no bound
     */
    static DecodingBudget ofTime(Duration time) {
        return new DecodingBudget(time);
    }

    private static long nanoseconds(Duration time) {
        // Half the range of nanoTime, some 146 years, keeps the comparison of instants right.
        Duration longest = Duration.ofNanos(Long.MAX_VALUE / 2);
        return time.compareTo(longest) > 0 ? longest.toNanos() : time.toNanos();
    }

    /**
     * Takes the work of one pass from the budget.
     *
     * @throws BrokenPictureException if less is left
     */
    void spend(long pixels) throws BrokenPictureException {
        visitsLeft -= pixels;
        if (visitsLeft < 0) {
            throw new BrokenPictureException(
                    "asks for more decoding work than any honest picture, passes times pixels beyond "
                            + MAX_PIXEL_VISITS + " (a decompression bomb?); save it again as plain JPEG or PNG");
        }
    }

    /**
     * Counts steps that were done, or are done next, such as bytes read or pixels written, and {@linkplain #check()
     * checks} after many. Cheap enough for every row or code; a loop over pixels is faster with {@link #checkAt}.
     *
     * @throws BrokenPictureException if the time is up
     */
    void advance(long steps) throws BrokenPictureException {
        stepsLeft -= steps;
        if (stepsLeft < 0) {
            stepsLeft = STEPS;
            check();
        }
    }

    /**
     * {@linkplain #check() Checks} where a loop's index is a multiple of {@link #STEPS}.
     *
     * @throws BrokenPictureException if the time is up
     */
    void checkAt(int index) throws BrokenPictureException {
        if ((index & STEPS - 1) == 0) check();
    }

    /**
     * Stops decoding where the time is up or the thread is interrupted.
     *
     * @throws BrokenPictureException if the time is up
     * @throws CancelledException if the thread is interrupted; the interrupt flag stays set
     */
    void check() throws BrokenPictureException {
        CancelledException.throwIfInterrupted();
        if (timed && System.nanoTime() - deadline > 0) {
            throw new BrokenPictureException("takes longer to decode than the " + time.toMillis()
                    + " ms it was given; give it more or scale it down");
        }
    }
}
