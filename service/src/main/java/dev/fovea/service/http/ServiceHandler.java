package dev.fovea.service.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.fovea.models.image.PictureException;
import dev.fovea.service.compute.Deadline;
import dev.fovea.service.compute.ModelUse;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import dev.fovea.service.metrics.ServiceMetrics;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.DeviceException;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/** Takes every request: checks who asks, reads the body, finds the route, and turns whatever goes wrong into a line. */
public final class ServiceHandler implements HttpHandler {

    /** The logger of requests, a line each at level INFO. */
    public static final String ACCESS = "dev.fovea.service.access";

    private static final System.Logger ACCESS_LOG = System.getLogger(ACCESS);
    private static final System.Logger LOG = System.getLogger("dev.fovea.service");
    private static final int CLIENT_GONE = 499;

    private final List<Route> routes;
    private final AccessRules access;
    private final ServiceLimits limits;
    private final ServiceMetrics metrics;
    private final RequestBody bodies;
    private final Semaphore places;
    private final AtomicBoolean draining;
    private final ClientWatch clients;

    /**
     * Makes a handler of some routes.
     *
     * @param draining is set when the service is being stopped
     * @param clients interrupts requests whose clients have hung up
     */
    public ServiceHandler(
            List<Route> routes,
            AccessRules access,
            ServiceLimits limits,
            ServiceMetrics metrics,
            AtomicBoolean draining,
            ClientWatch clients) {
        this.routes = List.copyOf(routes);
        this.access = access;
        this.limits = limits;
        this.metrics = metrics;
        this.draining = draining;
        this.clients = clients;
        bodies = new RequestBody(limits.bodyBytes());
        places = new Semaphore(limits.atOnce());
    }

    /** Refuses new requests from now on, and waits for those that are being answered, but not longer than some time. */
    public boolean drain(long nanoseconds) throws InterruptedException {
        draining.set(true);
        boolean idle = places.tryAcquire(limits.atOnce(), nanoseconds, TimeUnit.NANOSECONDS);
        if (idle) {
            places.release(limits.atOnce());
        }
        return idle;
    }

    @Override
    public void handle(HttpExchange exchange) {
        long start = System.nanoTime();
        metrics.begin();
        String id = String.format("%016x", ThreadLocalRandom.current().nextLong());
        Call call = new Call(exchange, Deadline.in(limits.time()), id);
        Route route = null;
        int status = CLIENT_GONE;
        try (exchange) {
            call.answerHeaders().set("X-Request-Id", id);
            call.answerHeaders().set("X-Content-Type-Options", "nosniff");
            call.answerHeaders().set("Cache-Control", "no-store");
            try {
                route = find(exchange, call);
                if (route != null) {
                    readAndAnswer(route, exchange, call);
                }
            } catch (HttpFailure failure) {
                fail(call, failure);
            } catch (UncheckedIOException gone) {
                throw gone.getCause();
            } catch (RuntimeException | Error fault) {
                fail(call, failure(fault, id));
            }
            RequestBody.drain(exchange);
            status = call.status();
        } catch (IOException | RuntimeException gone) {
            LOG.log(Level.DEBUG, "the client of request " + id + " is gone", gone);
        } finally {
            double seconds = (System.nanoTime() - start) / 1e9;
            metrics.end(
                    route == null ? "other" : exchange.getRequestMethod(),
                    route == null ? "other" : route.path(),
                    status,
                    seconds);
            log(exchange, call, status, seconds);
        }
    }

    /** Tells of a failure, unless the answer has begun: then it ends here, and the client sees that it is not whole. */
    private static void fail(Call call, HttpFailure failure) {
        if (call.status() == 0) {
            call.failure(failure);
        }
    }

    private static void log(HttpExchange exchange, Call call, int status, double seconds) {
        if (ACCESS_LOG.isLoggable(Level.INFO)) {
            ACCESS_LOG.log(
                    Level.INFO,
                    String.format(
                            Locale.ROOT,
                            "id=%s client=%s method=%s path=%s status=%d in=%d out=%d ms=%.1f",
                            call.id(),
                            exchange.getRemoteAddress().getAddress().getHostAddress(),
                            printable(exchange.getRequestMethod()),
                            printable(exchange.getRequestURI().getRawPath()),
                            status,
                            call.body().length,
                            call.sent(),
                            seconds * 1000));
        }
    }

    /** Replaces what a terminal would obey. */
    private static String printable(String sent) {
        return sent.replaceAll("[^!-~]", "?");
    }

    /** Finds the route of a request that may be made; null if it was answered already. */
    private Route find(HttpExchange exchange, Call call) {
        String path = exchange.getRequestURI().getPath();
        String method = exchange.getRequestMethod();
        List<Route> there = routes.stream().filter(route -> route.matches(path)).toList();
        boolean preflight = method.equals("OPTIONS");
        boolean open = preflight || !there.isEmpty() && there.stream().allMatch(Route::open);
        String client = exchange.getRemoteAddress().getAddress().getHostAddress();
        access.check(exchange.getRequestURI(), exchange.getRequestHeaders(), call.answerHeaders(), open, client);
        if (there.isEmpty()) {
            throw HttpFailure.notFound(
                    null, "unknown_url", "there is nothing at this path; GET /openapi.json lists what there is");
        }
        String wanted = method.equals("HEAD") ? "GET" : method;
        for (Route route : there) {
            if (route.method().equals(wanted)) {
                return route;
            }
        }
        String methods = there.stream()
                .map(route -> route.method().equals("GET") ? "GET, HEAD" : route.method())
                .distinct()
                .collect(Collectors.joining(", "));
        if (preflight) {
            call.answerHeaders().set("Allow", methods + ", OPTIONS");
            access.allowPreflight(call.answerHeaders(), methods);
            call.empty(204);
            return null;
        }
        throw HttpFailure.refused(405, "wrong_method", "this path does not take " + shown(method) + "; use " + methods)
                .with("Allow", methods + ", OPTIONS");
    }

    private static String shown(String method) {
        return method.length() > 20 ? method.substring(0, 20) + "..." : method;
    }

    /** Reads the body first: a client that sends it slowly takes no place from others. */
    private void readAndAnswer(Route route, HttpExchange exchange, Call call) throws IOException {
        if (route.open()) {
            answer(route, call); // also while everything else is busy
        } else {
            bodies.read(exchange, body -> {
                call.body(body);
                try (ClientWatch.Watched watched = clients.watch(exchange)) {
                    answerInPlace(route, call);
                }
            });
        }
    }

    private void answerInPlace(Route route, Call call) {
        if (!places.tryAcquire()) {
            throw HttpFailure.busy(1, "the service works on " + limits.atOnce() + " requests already; try again");
        }
        try {
            if (draining.get()) {
                call.answerHeaders().set("Connection", "close");
                throw HttpFailure.unavailable("stopping", "the service stops; try again when it runs");
            }
            answer(route, call);
        } finally {
            places.release();
        }
    }

    private void answer(Route route, Call call) {
        Object request = route.request() == null ? null : request(route, call);
        Object answer;
        try (ModelUse use = ModelUse.begin()) {
            answer = route.action().answer(request, call);
        }
        if (answer != null) {
            call.json(200, answer);
        }
    }

    private Object request(Route route, Call call) {
        String type = call.requestHeaders().getFirst("Content-Type");
        String plain = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (plain.equals("application/json")) {
            return RecordJson.read(call.body(), route.request());
        }
        if (route.form() && plain.equals("multipart/form-data")) {
            return MultipartForm.read(type, call.body(), route.request());
        }
        throw HttpFailure.refused(
                415,
                "wrong_content_type",
                "the body's type is " + (type == null ? "not given" : RecordJson.shown(type))
                        + "; send Content-Type: application/json"
                        + (route.form() ? " or multipart/form-data" : ""));
    }

    /** Finds the answer to what was thrown. What names files and tensors is logged, not shown. */
    private static HttpFailure failure(Throwable fault, String id) {
        return switch (fault) {
            case PictureException picture -> HttpFailure.badRequest("image", picture.getMessage());
            case CancelledException late -> HttpFailure.unavailable("timeout", "the request was given up; try later");
            case ModelException model -> logged(model, "the model cannot answer", id);
            case DeviceException device -> logged(device, "what computes has failed", id);
            case FoveaException wrong -> HttpFailure.badRequest(wrong.getMessage());
            case OutOfMemoryError full -> {
                logged(full, "out of memory", id);
                yield HttpFailure.unavailable("out_of_memory", "there is too little memory for this now; try later");
            }
            default -> logged(fault, "internal error", id);
        };
    }

    private static HttpFailure logged(Throwable fault, String what, String id) {
        LOG.log(Level.ERROR, "request " + id + ": " + fault.getMessage(), fault);
        return HttpFailure.internal(what + "; the service's log says more, at request " + id);
    }
}
