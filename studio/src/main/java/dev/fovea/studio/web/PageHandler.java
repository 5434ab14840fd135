package dev.fovea.studio.web;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.fovea.models.image.PictureException;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.http.RequestBody;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Answers the requests of the page: who may ask, then a route or a file. */
public final class PageHandler implements HttpHandler {

    /** Most bytes of a body. */
    public static final int BODY_BYTES = 32 << 20;

    private static final System.Logger LOG = System.getLogger("dev.fovea.studio");

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
                    + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
                    + " require-trusted-types-for 'script'";

    private final PageGate gate;
    private final PageFiles files;
    private final String preloads;
    private final List<PageRoute> routes;
    private final RequestBody bodies = new RequestBody(BODY_BYTES);

    /** Makes a handler of routes; every other path is a file. */
    public PageHandler(PageGate gate, PageFiles files, List<PageRoute> routes) {
        this.gate = gate;
        this.files = files;
        preloads = files.preloads();
        this.routes = routes;
    }

    @Override
    public void handle(HttpExchange exchange) {
        try (exchange) {
            protect(exchange.getResponseHeaders());
            try {
                answer(exchange, new PageCall(exchange, new byte[0]));
            } catch (HttpFailure failure) {
                fail(exchange, failure);
            } catch (UncheckedIOException gone) {
                throw gone.getCause();
            } catch (RuntimeException | Error fault) {
                fail(exchange, failure(fault));
            }
            RequestBody.drain(exchange);
        } catch (IOException | RuntimeException gone) {
            LOG.log(Level.DEBUG, "the page is gone", gone);
        }
    }

    private static void protect(Headers answer) {
        answer.set("Content-Security-Policy", POLICY);
        answer.set("X-Content-Type-Options", "nosniff");
        answer.set("Cross-Origin-Resource-Policy", "same-origin");
        answer.set("Cross-Origin-Opener-Policy", "same-origin");
        answer.set("Referrer-Policy", "no-referrer");
        answer.set("Permissions-Policy", "camera=(self)");
        answer.set("Cache-Control", "no-store");
    }

    /** Tells of a failure, unless the answer has begun: then it ends here, and the page sees that it is not whole. */
    private static void fail(HttpExchange exchange, HttpFailure failure) {
        if (exchange.getResponseCode() == -1) {
            PageCall.failure(exchange, failure);
        }
    }

    private void answer(HttpExchange exchange, PageCall call) throws IOException {
        Headers headers = exchange.getRequestHeaders();
        gate.checkHost(headers);
        String method = exchange.getRequestMethod();
        boolean reads = method.equals("GET") || method.equals("HEAD");
        if (reads && call.path().equals("/") && call.has("token")) {
            enter(call);
            return;
        }
        gate.checkCookie(headers);
        if (!reads) {
            gate.checkPage(headers);
        }
        String wanted = reads ? "GET" : method;
        List<PageRoute> there = routes.stream()
                .filter(route -> route.match(call.path()) != null)
                .toList();
        for (PageRoute route : there) {
            if (route.method().equals(wanted)) {
                run(route, exchange, call);
                return;
            }
        }
        Optional<PageFiles.PageFile> file = there.isEmpty() ? files.find(call.path()) : Optional.empty();
        if (file.isPresent() && reads) {
            if (call.path().equals("/")) {
                call.answerHeader("Link", preloads);
            }
            call.bytes(file.get().type(), file.get().bytes());
            return;
        }
        if (there.isEmpty() && file.isEmpty()) {
            throw HttpFailure.notFound(null, "unknown_url", "there is nothing at this path; the page is at /");
        }
        String allowed = there.isEmpty() ? "GET" : there.getFirst().method();
        throw HttpFailure.refused(405, "wrong_method", "this path takes " + allowed + " only")
                .with("Allow", allowed);
    }

    /** Swaps the token of the address that the user opened for a cookie, so that it stands in no history. */
    private void enter(PageCall call) {
        if (!gate.opens(call.text("token"))) {
            throw HttpFailure.refused(
                    401, "no_token", "this is not the studio's token; open the address that the terminal shows now");
        }
        call.answerHeader("Set-Cookie", gate.cookie());
        call.redirect("/");
    }

    private void run(PageRoute route, HttpExchange exchange, PageCall call) throws IOException {
        List<String> variables = route.match(call.path());
        if (route.type() == null) {
            route.action().accept(call.with(variables));
            return;
        }
        String type = call.header("Content-Type");
        String plain = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!plain.equals(route.type())) {
            throw HttpFailure.refused(
                    415, "wrong_content_type", "the body's type must be " + route.type() + "; send it as Content-Type");
        }
        bodies.read(exchange, body -> route.action().accept(new PageCall(exchange, body).with(variables)));
    }

    /** Finds the answer to what was thrown. The user is at this machine, so messages may name files. */
    public static HttpFailure failure(Throwable fault) {
        return switch (fault) {
            case HttpFailure known -> known;
            case PictureException picture -> HttpFailure.refused(400, "bad_picture", picture.getMessage());
            case CancelledException stopped ->
                HttpFailure.unavailable("stopped", "the run was stopped; start it again");
            case FoveaException wrong -> HttpFailure.badRequest(wrong.getMessage());
            case OutOfMemoryError full ->
                HttpFailure.unavailable(
                        "out_of_memory",
                        "there is too little memory for this; use a smaller picture or model, or --weights int8");
            default -> {
                LOG.log(Level.ERROR, "the studio has a fault: " + fault.getMessage(), fault);
                yield HttpFailure.internal("the studio has a fault, which the terminal tells more of");
            }
        };
    }
}
