package dev.fovea.service.http;

import java.time.Duration;

/**
 * What a request may cost.
 *
 * @param bodyBytes most bytes of a body
 * @param pixels most pixels of a picture
 * @param texts most texts of a request
 * @param pictures most pictures of a request
 * @param waiting most requests that wait for a model
 * @param atOnce most requests that are worked on
 * @param time from the arrival of a request to its answer
 */
public record ServiceLimits(
        int bodyBytes, long pixels, int texts, int pictures, int waiting, int atOnce, Duration time) {

    /** What is fine for photographs and OpenAI's clients. */
    public static final ServiceLimits DEFAULTS =
            new ServiceLimits(32 << 20, 100_000_000, 2048, 64, 256, 512, Duration.ofSeconds(60));
}
