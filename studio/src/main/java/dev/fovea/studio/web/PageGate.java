package dev.fovea.studio.web;

import com.sun.net.httpserver.Headers;
import dev.fovea.service.error.HttpFailure;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Decides who may ask: this machine's browser, showing the studio's own page, opened with the token that the terminal
 * printed. Pages of others cannot pass. They can make their own name resolve to this machine (DNS rebinding), so Host
 * must be equal to a name of this server. They can post to it, so a POST must come from the page itself by all that a
 * browser tells. Other users of the machine can connect, too, so every request needs the token.
 */
public final class PageGate {

    private static final int TOKEN_BYTES = 16;

    private final String token;
    private final String cookieName;
    private final Set<String> hosts;
    private final AtomicReference<String> oneUse = new AtomicReference<>();

    /**
     * Makes a gate with a new token.
     *
     * @param port that the server listens on
     */
    public PageGate(int port) {
        token = newToken();
        cookieName = "fovea-" + port; // cookies do not tell ports apart
        hosts = Set.of("127.0.0.1:" + port, "localhost:" + port, "[::1]:" + port);
    }

    private static String newToken() {
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    /** Returns the token: 32 hexadecimal digits. */
    public String token() {
        return token;
    }

    /** Returns another token that opens the page once; the one of the last call opens it no more. */
    public String tokenOfOneUse() {
        String once = newToken();
        oneUse.set(once);
        return once;
    }

    /** Returns whether an address with this token opens the page; one of one use is used up. */
    boolean opens(String given) {
        String once = oneUse.get();
        return isEqual(token, given) || once != null && isEqual(once, given) && oneUse.compareAndSet(once, null);
    }

    /** Compares in a time that does not tell how much is right. */
    private static boolean isEqual(String secret, String given) {
        return MessageDigest.isEqual(secret.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the cookie that holds the token from now on; scripts cannot read it, pages of others do not send it. */
    String cookie() {
        return cookieName + "=" + token + "; HttpOnly; SameSite=Strict; Path=/";
    }

    /**
     * Checks that a request names this server, once.
     *
     * @throws HttpFailure if it does not
     */
    void checkHost(Headers request) {
        List<String> names = request.getOrDefault("Host", List.of());
        if (names.size() != 1 || !hosts.contains(names.getFirst())) {
            throw HttpFailure.forbidden(
                    "unknown_host", "the header Host must name the studio once; open the address that it printed");
        }
    }

    /**
     * Checks that a request has the token in its cookie.
     *
     * @throws HttpFailure if it does not
     */
    void checkCookie(Headers request) {
        for (String line : request.getOrDefault("Cookie", List.of())) {
            for (String cookie : line.split(";")) {
                String[] pair = cookie.strip().split("=", 2);
                if (pair.length == 2 && pair[0].equals(cookieName) && isEqual(token, pair[1])) {
                    return;
                }
            }
        }
        throw HttpFailure.refused(
                401, "no_token", "this needs the studio's token; open the whole address that the terminal shows");
    }

    /**
     * Checks that a request that changes or computes something comes from the studio's own page.
     *
     * @throws HttpFailure if it may come from elsewhere
     */
    void checkPage(Headers request) {
        List<String> origins = request.getOrDefault("Origin", List.of());
        String host = request.getFirst("Host");
        boolean own = origins.size() == 1 && origins.getFirst().equals("http://" + host);
        List<String> site = request.getOrDefault("Sec-Fetch-Site", List.of("same-origin"));
        if (!own || !site.equals(List.of("same-origin")) || !"1".equals(request.getFirst("X-Fovea"))) {
            throw HttpFailure.forbidden(
                    "not_from_page",
                    "only the studio's own page may post; send Origin: http://" + host + " and X-Fovea: 1");
        }
    }
}
