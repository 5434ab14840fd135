package dev.fovea.hub;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * Sends requests to a hub. Redirects are followed by hand: only the answers before them carry the hub's own headers,
 * and the token goes to the hub's own server only. The protocol is that of huggingface_hub's {@code file_download.py}.
 */
final class HubClient implements AutoCloseable {

    private static final int MOST_REDIRECTS = 10;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final Duration CONNECT = Duration.ofSeconds(15);

    /** The notice that a token was kept back, with the reason. */
    static final String WITHHELD =
            "the token is not sent, since the hub's address begins with http: and everybody on the way"
                    + " could read it; use an address with https:";

    private final URI endpoint;
    private final String token;
    private final boolean withholdsToken;
    private final Patience patience;
    private final EnvironmentProxies proxies;
    private final HttpClient http;
    private volatile boolean answered;

    /**
     * Makes a client; it sends nothing yet.
     *
     * @param token to show to the hub, or null; it is kept back where it would travel in clear over a network
     * @param variables of the environment, for proxies
     */
    HubClient(URI endpoint, String token, Patience patience, Map<String, String> variables) {
        this.endpoint = endpoint;
        withholdsToken =
                token != null && "http".equalsIgnoreCase(endpoint.getScheme()) && !HubAddress.isThisMachine(endpoint);
        this.token = withholdsToken ? null : token;
        this.patience = patience;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1) // ranges side by side then have connections of their own
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT);
        proxies = new EnvironmentProxies(variables);
        proxies.apply(builder);
        http = builder.build();
    }

    URI endpoint() {
        return endpoint;
    }

    Patience patience() {
        return patience;
    }

    boolean hasToken() {
        return token != null;
    }

    /** Returns whether there is a token that is not shown to this hub. */
    boolean withholdsToken() {
        return withholdsToken;
    }

    /** Returns the variable that names the proxy on the way to the hub, or null if there is none. */
    String proxyVariable() {
        return proxies.variable(endpoint);
    }

    /** Returns whether any server has answered anything, so that a failing connection is worth another attempt. */
    boolean hasAnswered() {
        return answered;
    }

    /**
     * Sends one request.
     *
     * @param method GET or HEAD
     * @param range the header Range, or null
     * @param refusal makes an error of a status that is no success
     * @return an answer of status 200 or 206, to be closed; to HEAD also a redirect elsewhere, if the hub has told
     *     everything
     * @throws IOException if there is no answer, or a later attempt may succeed
     * @throws FoveaException if it is refused
     */
    Answer open(String method, URI address, String range, Refusal refusal) throws IOException {
        URI at = address;
        HubHeaders said = HubHeaders.NONE;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            boolean own = HubAddress.sameServer(at, endpoint);
            HttpResponse<InputStream> response = send(method, at, range, own);
            boolean redirect = REDIRECTS.contains(response.statusCode());
            if (own) {
                said = said.with(response.headers(), redirect);
            }
            if (!redirect) {
                return succeeded(response, said, own, refusal);
            }
            URI next = target(at, response, refusal);
            boolean told = method.equals("HEAD") && !said.etag().isEmpty() && said.size() >= 0;
            if (told && !HubAddress.sameServer(next, endpoint)) {
                return new Answer(response, said, patience.silence()); // addresses signed for GET refuse HEAD
            }
            response.body().close();
            at = next;
        }
        throw new ModelException(refusal.what() + ": more than " + MOST_REDIRECTS + " redirects, the last to "
                + at.getHost() + "; check the hub's address, or try again later");
    }

    private static URI target(URI from, HttpResponse<?> response, Refusal refusal) {
        String location = response.headers().firstValue("Location").orElse("");
        URI target = location.isEmpty() ? null : HubAddress.redirect(from, location);
        if (target == null) {
            throw new ModelException(refusal.what() + ": " + from.getHost()
                    + " redirects to an address that is not safe to follow; check the hub's address");
        }
        return target;
    }

    private HttpResponse<InputStream> send(String method, URI at, String range, boolean own) throws IOException {
        proxies.select(at); // here rather than in the client's threads, where its complaint would be wrapped
        HttpRequest.Builder request = HttpRequest.newBuilder(at)
                .method(method, BodyPublishers.noBody())
                .timeout(patience.silence())
                .header("User-Agent", "fovea; java/" + Runtime.version().feature())
                .header("Accept-Encoding", "identity");
        if (range != null) {
            request.header("Range", range);
        }
        if (own && token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        try {
            HttpResponse<InputStream> response = http.send(request.build(), BodyHandlers.ofInputStream());
            answered = true;
            return response;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("stopped", e);
        }
    }

    private Answer succeeded(HttpResponse<InputStream> response, HubHeaders said, boolean own, Refusal refusal)
            throws IOException {
        int status = response.statusCode();
        if (status == 200 || status == 206) {
            return new Answer(response, said, patience.silence());
        }
        response.body().close();
        boolean expired = !own && Set.of(401, 403, 410).contains(status); // signed addresses hold for minutes
        if (expired || status == 408 || status == 429 || status >= 500) {
            long asked = HubHeaders.number(
                    response.headers().firstValue("Retry-After").orElse(""));
            throw new TryAgainException(response.uri().getHost() + " answers with status " + status, asked);
        }
        throw refusal.of(status, response.headers().firstValue("X-Error-Code").orElse(""), this);
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
