package dev.fovea.service.error;

import java.util.Map;

/** Ends a request with a status and one line that says what was wrong and what to do. */
public final class HttpFailure extends RuntimeException {

    private static final String INVALID = "invalid_request_error";

    private final int status;
    private final transient ErrorAnswer.Detail detail;
    private final transient Map<String, String> headers;

    private HttpFailure(int status, ErrorAnswer.Detail detail, Map<String, String> headers) {
        super(detail.message());
        this.status = status;
        this.detail = detail;
        this.headers = headers;
    }

    private static HttpFailure of(int status, String type, String param, String code, String message) {
        return new HttpFailure(status, new ErrorAnswer.Detail(message, type, param, code), Map.of());
    }

    /** Refuses a request that is wrong as a whole. */
    public static HttpFailure badRequest(String message) {
        return badRequest(null, message);
    }

    /**
     * Refuses a request because of a field.
     *
     * @param param its path, such as {@code messages[0].content}, or null
     */
    public static HttpFailure badRequest(String param, String message) {
        return of(400, INVALID, param, null, message);
    }

    /** Refuses a request for something that is not there. */
    public static HttpFailure notFound(String param, String code, String message) {
        return of(404, INVALID, param, code, message);
    }

    /** Refuses a request without a valid key. */
    public static HttpFailure unauthorized(String message) {
        return of(401, INVALID, null, "invalid_api_key", message).with("WWW-Authenticate", "Bearer");
    }

    /** Refuses a request from or to somebody that is not allowed. */
    public static HttpFailure forbidden(String code, String message) {
        return of(403, "permission_error", null, code, message);
    }

    /** Refuses a request for another reason that the client can mend. */
    public static HttpFailure refused(int status, String code, String message) {
        return of(status, INVALID, null, code, message);
    }

    /** Refuses a request because there is too much to do. */
    public static HttpFailure busy(int seconds, String message) {
        return of(429, "rate_limit_error", null, "busy", message).with("Retry-After", Integer.toString(seconds));
    }

    /** Gives a request up that cannot be answered now. */
    public static HttpFailure unavailable(String code, String message) {
        return of(503, "server_error", null, code, message).with("Retry-After", "1");
    }

    /** Tells of a fault of the service. */
    public static HttpFailure internal(String message) {
        return of(500, "server_error", null, "internal_error", message);
    }

    /** Returns this failure with a header of its answer. */
    public HttpFailure with(String header, String value) {
        return new HttpFailure(status, detail, Map.of(header, value));
    }

    /** Returns the status of the answer. */
    public int status() {
        return status;
    }

    /** Returns the headers of the answer. */
    public Map<String, String> headers() {
        return headers;
    }

    /** Returns the answer. */
    public ErrorAnswer answer() {
        return new ErrorAnswer(detail);
    }
}
