package dev.fovea.hub;

import java.net.http.HttpHeaders;

/**
 * Holds what the hub said about a file, before it redirected to where the bytes are. Headers of a server of another
 * name are ignored: its own ETags mean something else.
 *
 * @param etag what the content is called, without quotes, or an empty text
 * @param size of the whole file, -1 if not said
 */
record HubHeaders(String etag, long size) {

    /** The headers before any answer. */
    static final HubHeaders NONE = new HubHeaders("", -1);

    /**
     * Returns these headers, completed by what the hub says in one more answer.
     *
     * @param redirect whether that answer leads elsewhere; then its own length and ETag are not the file's
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

    /** Parses a number of bytes; returns -1 if the text is not one. */
    static long number(String text) {
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
    }
}
