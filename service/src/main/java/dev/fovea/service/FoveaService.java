package dev.fovea.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.service.http.AccessRules;
import dev.fovea.service.http.ApiKeys;
import dev.fovea.service.http.ClientWatch;
import dev.fovea.service.http.HttpServers;
import dev.fovea.service.http.RateLimit;
import dev.fovea.service.http.RemotePictures;
import dev.fovea.service.http.Route;
import dev.fovea.service.http.ServiceHandler;
import dev.fovea.service.http.ServiceKeyStore;
import dev.fovea.service.http.ServiceLimits;
import dev.fovea.service.metrics.ServiceMetrics;
import dev.fovea.service.openapi.OpenApiDocument;
import dev.fovea.service.routes.ChatRoute;
import dev.fovea.service.routes.DocumentRoutes;
import dev.fovea.service.routes.EmbeddingsRoute;
import dev.fovea.service.routes.PictureRoutes;
import dev.fovea.service.routes.SearchRoute;
import dev.fovea.service.routes.StateRoutes;
import dev.fovea.service.served.PictureSource;
import dev.fovea.service.served.ServedIndexes;
import dev.fovea.service.served.ServedModel;
import dev.fovea.service.served.ServedModels;
import dev.fovea.tensor.FoveaException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

/**
 * Serves models over HTTP, on virtual threads: OpenAI's embeddings and chat completions, and plain routes, which {@code
 * docs/http.md} describes. Requests that wait for a model are computed together, with the same bits as alone.
 *
 * <pre>{@code
 * try (FoveaService service = FoveaService.builder().model("clip", "clip-mini").start()) {
 *     System.out.println(service.address()); // http://127.0.0.1:8080
 *     Thread.currentThread().join();
 * }
 * }</pre>
 *
 * <p>It listens on the loopback address unless told otherwise. Requests are logged to the {@link System.Logger} {@code
 * dev.fovea.service.access} at level INFO, faults to {@code dev.fovea.service}.
 */
public final class FoveaService implements AutoCloseable {

    /** Longer than it takes to write the answers of requests that are given up. */
    private static final Duration TO_REFUSE = Duration.ofSeconds(2);

    private final HttpServer server;
    private final ServiceHandler handler;
    private final ServedModels models;
    private final ExecutorService threads;
    private final List<AutoCloseable> resources;
    private final Duration drain;
    private final String host;
    private final String scheme;
    private boolean closed;

    private FoveaService(
            HttpServer server,
            ServiceHandler handler,
            ServedModels models,
            ExecutorService threads,
            List<AutoCloseable> resources,
            Builder settings) {
        this.server = server;
        this.handler = handler;
        this.models = models;
        this.threads = threads;
        this.resources = resources;
        drain = settings.drain;
        host = settings.host;
        scheme = settings.scheme();
    }

    /** Starts with no model and the usual settings. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the address of the service, such as {@code http://127.0.0.1:8080}. */
    public URI address() {
        String name = host.contains(":") ? "[" + host + "]" : host;
        return URI.create(scheme + "://" + name + ":" + server.getAddress().getPort());
    }

    /**
     * Stops the service: refuses new requests, waits until those that are being answered are done, but not longer than
     * the time that the builder was given; what is not done then is answered with the status 503. Closes the models.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        boolean interrupted = false;
        try {
            if (!handler.drain(drain.toNanos())) {
                models.stop();
                handler.drain(TO_REFUSE.toNanos());
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        server.stop(1); // those that are being refused are answered, which takes no second
        threads.shutdownNow();
        for (AutoCloseable resource : resources.reversed()) {
            try {
                resource.close();
            } catch (Exception e) {
                throw new IllegalStateException("a part of the service cannot be closed", e);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Settings of a service that is to be started. Not safe to use from several threads. */
    public static final class Builder {

        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/:@-]{0,199}");
        private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]");
        private static final Pattern ORIGIN =
                Pattern.compile("null|[A-Za-z][A-Za-z0-9+.-]*://(?:" + HOST.pattern() + ")(?::\\d{1,5})?");

        private record Wanted(Path folder, LoadOptions options, boolean now) {}

        private String host = "127.0.0.1";
        private int port = 8080;
        private final Map<String, Wanted> models = new LinkedHashMap<>();
        private final Map<String, Wanted> indexes = new LinkedHashMap<>();
        private final Set<String> names = new HashSet<>(Set.of("localhost"));
        private final Set<String> origins = new HashSet<>();
        private final Set<String> pictureHosts = new HashSet<>();
        private ApiKeys keys = ApiKeys.NONE;
        private ServiceLimits limits = ServiceLimits.DEFAULTS;
        private Duration drain = Duration.ofSeconds(30);
        private Optional<HttpsConfigurator> tls = Optional.empty();
        private RateLimit rate = new RateLimit(0);
        private Optional<Duration> idle = Optional.empty();

        private Builder() {}

        /**
         * Listens on an address of this machine; {@code 127.0.0.1} unless this is called.
         *
         * @param host a name or an address; {@code 0.0.0.0} for all addresses
         */
        public Builder host(String host) {
            this.host = Objects.requireNonNull(host, "host is null");
            return this;
        }

        /**
         * Listens on a port; 8080 unless this is called.
         *
         * @param port 0 for any that is free, see {@link FoveaService#address()}
         */
        public Builder port(int port) {
            if (port < 0 || port > 65_535) {
                throw new IllegalArgumentException("port is " + port + "; expected 0 to 65535");
            }
            this.port = port;
            return this;
        }

        /**
         * Serves a model, which is loaded when the service starts.
         *
         * @param name in requests
         * @param model an embedded model, a folder, or {@code owner/name} on a hub ({@link Models})
         * @throws FoveaException if there is no such model, or the name is taken or odd
         */
        public Builder model(String name, String model) {
            Objects.requireNonNull(name, "name is null");
            Objects.requireNonNull(model, "model is null");
            return model(name, Models.folder(model, LoadOptions.DEFAULTS), LoadOptions.DEFAULTS);
        }

        /**
         * Serves a checkpoint, which is loaded when the service starts, computing where and how finely the options say.
         *
         * @param name in requests
         * @throws FoveaException if the name is taken or odd
         */
        public Builder model(String name, Path folder, LoadOptions options) {
            return add(name, folder, options, true);
        }

        /**
         * Serves a checkpoint, which is loaded when it is first asked for.
         *
         * @param name in requests
         * @throws FoveaException if the name is taken or odd
         */
        public Builder modelOnDemand(String name, Path folder, LoadOptions options) {
            return add(name, folder, options, false);
        }

        /**
         * Serves an index of pictures for searches, with the model that made it.
         *
         * @param name in requests
         * @param index its folder
         * @param options how the model is loaded if it is not served already
         * @throws FoveaException if the name is taken or odd
         */
        public Builder index(String name, Path index, LoadOptions options) {
            put(indexes, "an index", name, Objects.requireNonNull(index, "index is null"), options, true);
            return this;
        }

        private Builder add(String name, Path folder, LoadOptions options, boolean now) {
            put(models, "a model", name, folder, options, now);
            return this;
        }

        private static void put(
                Map<String, Wanted> all, String what, String name, Path folder, LoadOptions options, boolean now) {
            Objects.requireNonNull(name, "name is null");
            Objects.requireNonNull(folder, "folder is null");
            Objects.requireNonNull(options, "options is null");
            if (!NAME.matcher(name).matches()) {
                throw new FoveaException("\"" + name + "\" cannot be the name of " + what + " in requests; expected"
                        + " letters, digits and any of . _ / : @ -");
            }
            if (all.putIfAbsent(name, new Wanted(folder, options, now)) != null) {
                throw new FoveaException(
                        what + " of the name " + name + " is there already; give each a name of its own");
            }
        }

        /** Asks for one of the keys in a file, a key on each line, with {@code Authorization: Bearer KEY}. */
        public Builder keys(Path file) {
            keys = ApiKeys.read(Objects.requireNonNull(file, "file is null"));
            return this;
        }

        /**
         * Takes requests to another name of this machine, beside its addresses and {@code localhost}. Requests to
         * other names are refused, since a web page can make its own name lead here.
         *
         * @param name without scheme, port and path, such as {@code photos.example.com}
         * @throws FoveaException if it has one of these
         */
        public Builder allowHost(String name) {
            names.add(hostName(Objects.requireNonNull(name, "name is null")));
            return this;
        }

        /**
         * Takes requests of web pages of another origin (CORS).
         *
         * @param origin as browsers send it: scheme, host and, unless it is the usual one, port, such as {@code
         *     https://example.com}; or {@code null} in letters, which pages in files send
         * @throws FoveaException if it is none
         */
        public Builder allowOrigin(String origin) {
            Objects.requireNonNull(origin, "origin is null");
            if (!ORIGIN.matcher(origin).matches()) {
                throw new FoveaException("\"" + origin + "\" is no origin; expected scheme, host and port alone, such"
                        + " as https://example.com");
            }
            origins.add(origin.toLowerCase(Locale.ROOT));
            return this;
        }

        /**
         * Fetches pictures whose address a request gives from a host; nothing is fetched unless this is called.
         *
         * @param host without scheme, port and path, such as {@code example.com}
         * @throws FoveaException if it has one of these
         */
        public Builder allowPicturesFrom(String host) {
            pictureHosts.add(hostName(Objects.requireNonNull(host, "host is null")));
            return this;
        }

        private static String hostName(String name) {
            if (!HOST.matcher(name).matches()) {
                throw new FoveaException("\"" + name + "\" is no name of a host; expected one without scheme, port and"
                        + " path, such as example.com");
            }
            return name.toLowerCase(Locale.ROOT);
        }

        /**
         * Speaks HTTPS with the key and the certificates of a key store; without this it speaks HTTP.
         *
         * @param keyStore a file of PKCS#12 or JKS
         * @param passwordFile a file whose first line is the password of the store and of its key
         * @throws FoveaException if it cannot be opened, or there is no key in it
         */
        public Builder tls(Path keyStore, Path passwordFile) {
            Objects.requireNonNull(keyStore, "keyStore is null");
            Objects.requireNonNull(passwordFile, "passwordFile is null");
            tls = Optional.of(ServiceKeyStore.read(keyStore, passwordFile));
            return this;
        }

        /**
         * Limits how often each key may ask, or each address of a client where there are no keys. Requests beyond it
         * are refused with the status 429. Any number is taken unless this is called.
         *
         * @param perMinute requests a minute, 1 or more, also in one burst
         */
        public Builder rateLimit(int perMinute) {
            if (perMinute < 1) {
                throw new IllegalArgumentException("perMinute is " + perMinute + "; expected 1 or more");
            }
            rate = new RateLimit(perMinute);
            return this;
        }

        /**
         * Unloads models that no request has used for some time; the next request loads them again. Models of indexes
         * stay. All stay unless this is called.
         *
         * @param time longer than zero
         */
        public Builder unloadAfter(Duration time) {
            if (!Objects.requireNonNull(time, "time is null").isPositive()) {
                throw new IllegalArgumentException("time is " + time + "; expected longer than zero");
            }
            idle = Optional.of(time);
            return this;
        }

        private String scheme() {
            return tls.isPresent() ? "https" : "http";
        }

        /** Waits no longer than this for requests that are being answered when the service is closed; 30 s. */
        public Builder drainTime(Duration time) {
            drain = Objects.requireNonNull(time, "time is null");
            return this;
        }

        /** Limits what a request may cost; for tests. */
        Builder limits(ServiceLimits limits) {
            this.limits = limits;
            return this;
        }

        /**
         * Loads the models and starts to listen.
         *
         * @throws FoveaException if a model cannot be loaded, or nothing can listen there
         */
        public FoveaService start() {
            List<AutoCloseable> resources = new ArrayList<>();
            try {
                return start(resources);
            } catch (RuntimeException | Error failed) {
                for (AutoCloseable resource : resources.reversed()) {
                    try {
                        resource.close();
                    } catch (Exception also) {
                        failed.addSuppressed(also);
                    }
                }
                throw failed;
            }
        }

        private FoveaService start(List<AutoCloseable> resources) {
            HttpServer server = HttpServers.bind(host, port, tls);
            resources.add(() -> server.stop(0));
            ServiceMetrics metrics = new ServiceMetrics();
            ServedModels served = new ServedModels(limits.waiting(), metrics);
            resources.add(served);
            models.forEach((name, wanted) -> {
                ServedModel model = served.add(name, wanted.folder(), wanted.options());
                if (wanted.now()) {
                    served.load(model);
                }
            });
            ServedIndexes photos = new ServedIndexes();
            resources.add(photos);
            indexes.forEach((name, wanted) -> photos.add(name, wanted.folder(), wanted.options(), served));
            idle.ifPresent(served::unloadAfter);
            PictureSource pictures = new PictureSource(limits, new RemotePictures(pictureHosts, limits.bodyBytes()));
            resources.add(pictures);
            names.add(host.toLowerCase(Locale.ROOT));
            AtomicBoolean draining = new AtomicBoolean();
            List<Route> routes = new ArrayList<>();
            routes.addAll(new EmbeddingsRoute(served, pictures, limits).routes());
            routes.addAll(new ChatRoute(served, pictures, limits).routes());
            routes.addAll(new PictureRoutes(served, pictures, limits).routes());
            routes.addAll(new SearchRoute(photos, pictures, limits).routes());
            routes.addAll(new StateRoutes(served, metrics, () -> !draining.get()).routes());
            ObjectNode document = OpenApiDocument.of(routes, keys.areRequired());
            routes.addAll(new DocumentRoutes(document).routes());
            AccessRules access = new AccessRules(names, origins, scheme(), keys, rate);
            ClientWatch clients = new ClientWatch();
            resources.add(clients);
            ServiceHandler handler = new ServiceHandler(routes, access, limits, metrics, draining, clients);
            ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
            server.setExecutor(threads);
            server.createContext("/", handler);
            server.start();
            return new FoveaService(server, handler, served, threads, resources, this);
        }
    }
}
