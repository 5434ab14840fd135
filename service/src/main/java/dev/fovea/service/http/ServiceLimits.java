package dev.fovea.service.http;

import dev.fovea.service.error.HttpFailure;
import java.time.Duration;
import java.util.List;

/**
 * What a request may cost.
 *
 * @param bodyBytes most bytes of a body
 * @param pixels most pixels of a picture
 * @param texts most texts of a request
 * @param characters most characters of all its texts together, which are split into tokens before they are cut
 * @param pictures most pictures of a request
 * @param waiting most requests that wait in each lane of a model
 * @param atOnce most requests that are worked on
 * @param time from the arrival of a request to its answer
 */
public record ServiceLimits(
        int bodyBytes, long pixels, int texts, int characters, int pictures, int waiting, int atOnce, Duration time) {

    /** What is fine for photographs and OpenAI's clients. */
    public static final ServiceLimits DEFAULTS =
            new ServiceLimits(32 << 20, 100_000_000, 2048, 1_000_000, 64, 256, 512, Duration.ofSeconds(60));

    /**
     * Checks how long the texts of a request are.
     *
     * @param param the field that has them
     * @throws HttpFailure if they are longer than is accepted
     */
    public void requireShort(long length, String param) {
        if (length > characters) {
            throw HttpFailure.badRequest(
                    param,
                    param + " has " + length + " characters, at most " + characters + " are read; send shorter texts");
        }
    }

    /**
     * Checks that a text of a request says something, and is not too long.
     *
     * @param param the field that has it
     * @param advice what to send
     * @return the text
     * @throws HttpFailure if it has no word, or is longer than is accepted
     */
    public String requireWords(String text, String param, String advice) {
        requireShort(text.length(), param);
        if (text.isBlank()) {
            throw HttpFailure.badRequest(param, param + " has no word; " + advice);
        }
        return text;
    }

    /** Returns how many characters texts have together. */
    public static long length(List<String> texts) {
        return texts.stream().mapToLong(String::length).sum();
    }
}
