package dev.fovea.service.http;

import com.sun.net.httpserver.Headers;
import dev.fovea.service.error.HttpFailure;
import java.net.URI;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Decides who may ask. The header Host must name this service, since a page of somebody else can make its own name
 * resolve to this machine (DNS rebinding); an address in numbers cannot be rebound. The header Origin, which browsers
 * send for pages, must be that of this service or one that was allowed.
 *
 * @param hosts names that this service goes by, in lower case
 * @param origins pages of others that may ask, such as {@code https://example.com}; they get the headers of CORS
 * @param scheme of this service's own pages, {@code http} or {@code https}
 */
public record AccessRules(Set<String> hosts, Set<String> origins, String scheme, ApiKeys keys, RateLimit rate) {

    private static final Pattern NUMBERS = Pattern.compile("(?:\\d{1,3}\\.){3}\\d{1,3}|\\[[0-9a-f:.]+]");
    private static final Pattern PORT = Pattern.compile(":\\d{1,5}$");

    /**
     * Checks a request.
     *
     * @param target of the request line, which may name a host as well
     * @param open whether the route needs no key
     * @param address of the client, which counts as the caller where there are no keys
     */
    void check(URI target, Headers request, Headers answer, boolean open, String address) {
        String host = request.getFirst("Host");
        if (host == null) {
            throw HttpFailure.badRequest("the header Host is missing; send the name of this service in it");
        }
        if (request.get("Host").size() > 1) {
            throw HttpFailure.badRequest("the header Host is there twice; send it once");
        }
        checkHost(host, "the header Host");
        if (target.getRawAuthority() != null) {
            checkHost(target.getRawAuthority(), "the request line"); // as a proxy is asked
        }
        checkOrigin(request.getFirst("Origin"), host, answer);
        if (!open) {
            String key = keys.check(request.getFirst("Authorization"));
            rate.count(key.isEmpty() ? address : key);
        }
    }

    private void checkHost(String host, String where) {
        String name = PORT.matcher(host.toLowerCase(Locale.ROOT)).replaceFirst("");
        if (!hosts.contains(name) && !NUMBERS.matcher(name).matches()) {
            throw HttpFailure.forbidden(
                    "unknown_host",
                    where + " names another service than this one; use its address, or allow the name when"
                            + " the service is started");
        }
    }

    private void checkOrigin(String origin, String host, Headers answer) {
        if (origin == null || origin.equalsIgnoreCase(scheme + "://" + host)) {
            return;
        }
        answer.add("Vary", "Origin");
        if (!origins.contains(origin)) {
            throw HttpFailure.forbidden(
                    "unknown_origin",
                    "pages of another origin may not use this service; allow the origin when the service is started");
        }
        answer.set("Access-Control-Allow-Origin", origin);
        answer.set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id");
    }

    /** Answers what a browser asks before a page's request. */
    void allowPreflight(Headers answer, String methods) {
        if (answer.containsKey("Access-Control-Allow-Origin")) {
            answer.set("Access-Control-Allow-Methods", methods);
            answer.set("Access-Control-Allow-Headers", "Authorization, Content-Type");
            answer.set("Access-Control-Max-Age", "600");
        }
    }
}
