package dev.fovea.hub;

import java.net.http.HttpHeaders;

/**
 * What the hub said about a file, before it redirected to where the bytes are. A server of another name may say nothing
 * about it: its own ETags mean something else.
 *
 * @param etag what the content is called, without quotes, or an empty text
 * @param size of the whole file, -1 if not said
 */
record HubHeaders(String etag, long size) {

    /** Nothing said yet. */
    static final HubHeaders NONE = new HubHeaders("", -1);

    /**
     * With what the hub says in one more answer.
     *
     * @param redirect whether that leads elsewhere; then its own length and ETag are not the file's
     */
    HubHeaders with(HttpHeaders headers, boolean redirect) {
        String own = redirect ? "" : headers.firstValue("ETag").orElse("");
        String said = unquoted(headers.firstValue("X-Linked-Etag").orElse(own));
        long linked = number(headers.firstValue("X-Linked-Size").orElse(""));
        return new HubHeaders(etag.isEmpty() ? said : etag, size < 0 ? linked : size);
    }

    private static String unquoted(String etag) {
        return etag.replaceFirst("^W/", "").replace("\"", "");
    }

    /** A number of bytes, -1 if it is none. */
    static long number(String text) {
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
    }
}
