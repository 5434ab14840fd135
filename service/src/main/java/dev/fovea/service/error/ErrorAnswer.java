package dev.fovea.service.error;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * The answer to a request that failed, in OpenAI's form.
 *
 * @param error what was wrong
 */
public record ErrorAnswer(Detail error) {

    /**
     * What was wrong.
     *
     * @param message one line: what was wrong, what was expected, what to do
     * @param type the kind of error, such as {@code invalid_request_error}
     * @param param the field that is wrong, or null
     * @param code a word for programs, such as {@code model_not_found}, or null
     */
    public record Detail(
            String message,
            String type,
            @JsonInclude(JsonInclude.Include.ALWAYS) String param,
            @JsonInclude(JsonInclude.Include.ALWAYS) String code) {}
}
