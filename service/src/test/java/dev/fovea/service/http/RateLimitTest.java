package dev.fovea.service.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.service.error.HttpFailure;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitTest {

    private final AtomicLong now = new AtomicLong(-5);

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    @Test
    void aBurstIsTakenAndThenAsManyAsFillUp() {
        RateLimit limit = new RateLimit(6, now::get);
        for (int i = 0; i < 6; i++) {
            limit.count("a");
        }
        HttpFailure refused = assertThrows(HttpFailure.class, () -> limit.count("a"));
        assertEquals(429, refused.status());
        assertEquals("10", refused.headers().get("Retry-After"));
        limit.count("b"); // another caller is not concerned
        pass(Duration.ofMillis(9_900));
        assertEquals(
                "1",
                assertThrows(HttpFailure.class, () -> limit.count("a"))
                        .headers()
                        .get("Retry-After"));
        pass(Duration.ofMillis(200));
        limit.count("a");
        assertThrows(HttpFailure.class, () -> limit.count("a"));
        pass(Duration.ofDays(1));
        for (int i = 0; i < 6; i++) {
            limit.count("a");
        }
        assertThrows(HttpFailure.class, () -> limit.count("a"), "what was not used is not saved up");
    }

    @Test
    void callersBeyondThoseRememberedBeginAnew() {
        RateLimit limit = new RateLimit(1, now::get);
        limit.count("first");
        assertThrows(HttpFailure.class, () -> limit.count("first"));
        for (int i = 0; i < 10_000; i++) {
            limit.count("caller " + i);
        }
        limit.count("first");
        String message =
                assertThrows(HttpFailure.class, () -> limit.count("first")).getMessage();
        assertTrue(
                message.startsWith("more than 1 requests a minute came from this caller; try again in 60 s"), message);
    }

    @Test
    void withoutALimitNothingIsCounted() {
        RateLimit none = new RateLimit(0, now::get);
        for (int i = 0; i < 100; i++) {
            none.count("a");
        }
    }
}
