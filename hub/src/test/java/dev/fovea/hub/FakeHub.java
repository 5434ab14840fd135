package dev.fovea.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A hub with one repository, {@code owner/name}, and a second server for large files as the real one has, on 127.0.0.1.
 * It speaks the part of the protocol that matters and can be made to misbehave.
 */
final class FakeHub implements AutoCloseable {

    static final ModelName MODEL = ModelName.of("owner/name");
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /** What a server does instead of answering a request for a file as it should. */
    @FunctionalInterface
    interface Fault {
        /** Returns whether it has answered. */
        boolean answer(HttpExchange exchange, byte[] content) throws IOException;
    }

    /**
     * What somebody asked.
     *
     * @param content whether the server of large files was asked
     */
    record Request(boolean content, String method, String path, String range, String authorization) {}

    final Map<String, byte[]> files = new TreeMap<>();
    final List<Request> requests = new CopyOnWriteArrayList<>();
    volatile Fault hubFault = (exchange, content) -> false;
    volatile Fault contentFault = (exchange, content) -> false;
    volatile boolean listsHashes = true;
    volatile boolean takesRanges = true;
    volatile String listing;

    /** More entries of the list of files, each with a comma in front. */
    volatile String more = "";

    volatile String commit = COMMIT;

    private final Map<byte[], String> hashes = Collections.synchronizedMap(new IdentityHashMap<>());
    private final HttpServer hub = server();
    private final HttpServer content = server();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    FakeHub() throws IOException {
        hub.createContext("/api/models/owner/name/revision/", exchange -> run(exchange, false, this::list));
        hub.createContext("/owner/name/resolve/", exchange -> run(exchange, false, this::resolve));
        hub.createContext("/", exchange -> run(exchange, false, other -> send(other, 404, new byte[0])));
        content.createContext("/", exchange -> run(exchange, true, this::content));
        for (HttpServer server : List.of(hub, content)) {
            server.setExecutor(threads);
            server.start();
        }
    }

    private static HttpServer server() throws IOException {
        return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    /** A repository as Fovea wants it, with weights of so many bytes. */
    static FakeHub withModel(int weightBytes) throws IOException {
        FakeHub hub = new FakeHub();
        hub.files.put("config.json", "{\"model_type\": \"clip\"}\n".getBytes(StandardCharsets.UTF_8));
        hub.files.put("tokenizer.json", "{}".getBytes(StandardCharsets.UTF_8));
        hub.files.put("README.md", "# A model".getBytes(StandardCharsets.UTF_8));
        hub.files.put("model.safetensors", random(weightBytes, 1));
        hub.files.put("pytorch_model.bin", random(1000, 2));
        hub.files.put("onnx/model.onnx", random(1000, 3));
        return hub;
    }

    static byte[] random(int count, long seed) {
        byte[] bytes = new byte[count];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    String address() {
        return "http://127.0.0.1:" + hub.getAddress().getPort();
    }

    int port() {
        return hub.getAddress().getPort();
    }

    /** How many times a path of the server of large files, or of the hub, was asked for with GET. */
    long gets(boolean content) {
        return requests.stream()
                .filter(request -> request.content == content && request.method.equals("GET"))
                .count();
    }

    @FunctionalInterface
    private interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    private void run(HttpExchange exchange, boolean large, Handler handler) throws IOException {
        try (exchange) {
            requests.add(new Request(
                    large,
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getRawPath(),
                    exchange.getRequestHeaders().getFirst("Range"),
                    exchange.getRequestHeaders().getFirst("Authorization")));
            handler.handle(exchange);
        }
    }

    private void list(HttpExchange exchange) throws IOException {
        if (hubFault.answer(exchange, null)) {
            return;
        }
        StringBuilder json = new StringBuilder("{\"sha\": \"" + commit + "\", \"siblings\": [");
        files.forEach((path, bytes) -> {
            json.append(json.charAt(json.length() - 1) == '[' ? "" : ",").append("{\"rfilename\": \"" + path + "\"");
            if (listsHashes) {
                json.append(", \"size\": ").append(bytes.length);
                json.append(", \"blobId\": \"").append(gitHash(bytes)).append('"');
                if (isLarge(path)) {
                    json.append(", \"lfs\": {\"size\": " + bytes.length + ", \"sha256\": \"" + etag(path) + "\"}");
                }
            }
            json.append('}');
        });
        String text = listing == null ? json + more + "]}" : listing;
        send(exchange, 200, text.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isLarge(String path) {
        return path.matches(".*\\.(safetensors|bin|onnx)");
    }

    /** What the cache calls a file. */
    String etag(String path) {
        byte[] bytes = files.get(path);
        return hashes.computeIfAbsent(bytes, content -> isLarge(path) ? hash("SHA-256", content) : gitHash(content));
    }

    private static String gitHash(byte[] bytes) {
        return hash("SHA-1", ("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII), bytes);
    }

    private static String hash(String algorithm, byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            for (byte[] part : parts) {
                digest.update(part);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void resolve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath().replaceFirst("/owner/name/resolve/[^/]*/", "");
        byte[] bytes = files.get(path);
        if (hubFault.answer(exchange, bytes)) {
            return;
        }
        if (bytes == null) {
            exchange.getResponseHeaders().set("X-Error-Code", "EntryNotFound");
            send(exchange, 404, new byte[0]);
            return;
        }
        exchange.getResponseHeaders().set("X-Repo-Commit", commit);
        if (isLarge(path)) {
            exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + etag(path) + "\"");
            exchange.getResponseHeaders().set("X-Linked-Size", Integer.toString(bytes.length));
            int port = content.getAddress().getPort();
            exchange.getResponseHeaders().set("Location", "http://127.0.0.1:" + port + "/" + path + "?signed=a|b");
            send(exchange, 302, new byte[0]);
        } else {
            exchange.getResponseHeaders().set("ETag", "W/\"" + etag(path) + "\"");
            sendRange(exchange, bytes);
        }
    }

    private void content(HttpExchange exchange) throws IOException {
        byte[] bytes = files.get(exchange.getRequestURI().getPath().substring(1));
        exchange.getResponseHeaders().set("ETag", "\"another-meaning\"");
        if (!contentFault.answer(exchange, bytes)) {
            sendRange(exchange, bytes);
        }
    }

    void sendRange(HttpExchange exchange, byte[] bytes) throws IOException {
        long[] range = range(exchange, bytes);
        if (range == null) {
            send(exchange, 200, bytes);
            return;
        }
        exchange.getResponseHeaders()
                .set("Content-Range", "bytes " + range[0] + "-" + (range[1] - 1) + "/" + bytes.length);
        send(exchange, 206, Arrays.copyOfRange(bytes, (int) range[0], (int) range[1]));
    }

    /** First byte and the one after the last, or null if everything is to be sent. */
    long[] range(HttpExchange exchange, byte[] bytes) {
        String range = exchange.getRequestHeaders().getFirst("Range");
        if (range == null || !takesRanges) {
            return null;
        }
        String[] parts = range.substring("bytes=".length()).split("-");
        return new long[] {Long.parseLong(parts[0]), Math.min(bytes.length, Long.parseLong(parts[1]) + 1)};
    }

    static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (head) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
        }
        exchange.sendResponseHeaders(status, head || body.length == 0 ? -1 : body.length);
        if (!head) {
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        hub.stop(0);
        content.stop(0);
        threads.shutdownNow();
    }
}
