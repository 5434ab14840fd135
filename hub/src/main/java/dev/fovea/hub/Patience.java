package dev.fovea.hub;

import java.time.Duration;

/**
 * Says how long to wait for servers.
 *
 * @param firstWait before the first repetition; each further wait is twice as long
 * @param longestWait the longest of them, also where a server asks for more
 * @param silence how long an answer may send nothing
 * @param attempts in a row that may fail without a single byte
 */
record Patience(Duration firstWait, Duration longestWait, Duration silence, int attempts) {

    /** The default: waits of 1, 2, 4 and 8 seconds. */
    static final Patience USUAL = new Patience(Duration.ofSeconds(1), Duration.ofMinutes(2), Duration.ofSeconds(30), 5);

    /** Returns the wait after this many failures in a row. */
    Duration wait(int failures, long askedSeconds) {
        Duration wait =
                askedSeconds >= 0 ? Duration.ofSeconds(askedSeconds) : firstWait.multipliedBy(1L << failures - 1);
        return wait.compareTo(longestWait) > 0 ? longestWait : wait;
    }
}
