package dev.fovea.service.http;

import dev.fovea.service.error.HttpFailure;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Limits how often each caller may ask: a bucket of as many requests as there are in a minute, which fills up again
 * evenly (token bucket). Safe to use from many threads.
 */
public final class RateLimit {

    private static final double MINUTE = 60e9;

    /** Callers that are remembered; of more those that asked longest ago begin anew. */
    private static final int MOST_CALLERS = 10_000;

    private record Bucket(double tokens, long time) {}

    private final int perMinute;
    private final LongSupplier clock;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > MOST_CALLERS;
        }
    };

    /**
     * Makes a limit.
     *
     * @param perMinute requests of each caller, 0 for any number
     */
    public RateLimit(int perMinute) {
        this(perMinute, System::nanoTime);
    }

    /** Makes a limit with a clock of nanoseconds. */
    RateLimit(int perMinute, LongSupplier clock) {
        this.perMinute = perMinute;
        this.clock = clock;
    }

    /**
     * Counts a request.
     *
     * @throws HttpFailure if there were too many
     */
    synchronized void count(String caller) {
        if (perMinute == 0) {
            return;
        }
        long now = clock.getAsLong();
        Bucket last = buckets.getOrDefault(caller, new Bucket(perMinute, now));
        double tokens = Math.min(perMinute, last.tokens + (now - last.time) / MINUTE * perMinute);
        boolean allowed = tokens >= 1;
        buckets.put(caller, new Bucket(allowed ? tokens - 1 : tokens, now));
        if (!allowed) {
            int seconds = (int) Math.ceil((1 - tokens) * 60 / perMinute);
            throw HttpFailure.busy(
                    Math.max(1, seconds),
                    "more than " + perMinute + " requests a minute came from this caller; try again in "
                            + Math.max(1, seconds) + " s");
        }
    }
}
