package dev.fovea.hub;

import static dev.fovea.hub.HubCase.NEEDED;
import static dev.fovea.hub.HubCase.PIECE;
import static dev.fovea.hub.HubCase.assertSays;
import static dev.fovea.hub.HubCase.assertWhole;
import static dev.fovea.hub.HubCase.failure;
import static dev.fovea.hub.HubCase.hub;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import dev.fovea.tensor.CancelledException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers and connections that fail. */
@Timeout(60)
class HubFaultsTest {

    private static final int BYTES = 55_555;

    @TempDir
    Path folder;

    private final Map<String, Integer> asked = new ConcurrentHashMap<>();
    private FakeHub server;

    @BeforeEach
    void start() throws IOException {
        server = FakeHub.withModel(BYTES);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void assertDownloads() throws IOException {
        assertWhole(server, folder, NEEDED, hub(server, folder).download(FakeHub.MODEL));
    }

    private Path incomplete() {
        return hub(server, folder).cache().incomplete(FakeHub.MODEL, server.etag("model.safetensors"));
    }

    /** How many times the same part of a file has been asked for. */
    private int repetitions(HttpExchange exchange) {
        String part =
                exchange.getRequestURI() + " " + exchange.getRequestHeaders().getFirst("Range");
        return asked.merge(part, 1, Integer::sum);
    }

    private void assertNothingVisible() {
        assertEquals(Optional.empty(), hub(server, folder).cache().find(FakeHub.MODEL));
    }

    /** Sends the first so many bytes of what was asked for, and ends the connection. */
    private boolean cut(HttpExchange exchange, byte[] content, int after) throws IOException {
        long[] range = server.range(exchange, content);
        long from = range == null ? 0 : range[0];
        long to = range == null ? content.length : range[1];
        if (to - from <= after) {
            return false;
        }
        if (range != null) {
            exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + content.length);
        }
        exchange.sendResponseHeaders(range == null ? 200 : 206, to - from);
        exchange.getResponseBody().write(content, (int) from, after);
        exchange.getResponseBody().flush();
        return true;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void cutConnectionsGoOn(boolean ranges) throws IOException {
        server.takesRanges = ranges;
        AtomicInteger cuts = new AtomicInteger();
        server.contentFault = (exchange, content) ->
                ranges ? cut(exchange, content, 3_000) : cuts.incrementAndGet() < 4 && cut(exchange, content, 3_000);
        assertDownloads();
        assertTrue(server.gets(true) >= 4);
    }

    @Test
    void aCutDownloadIsTakenUpAgain() throws IOException {
        server.contentFault =
                (exchange, content) -> server.range(exchange, content)[0] >= 2 * PIECE; // no answer at all
        assertSays(failure(hub(server, folder)), "model.safetensors", "5 times in a row", "same command");
        assertNothingVisible();
        long there = Files.size(incomplete());
        assertEquals(2 * PIECE, there);
        byte[] partial = Files.readAllBytes(incomplete());
        assertArrayEquals(Arrays.copyOf(server.files.get("model.safetensors"), partial.length), partial);
        server.contentFault = (exchange, content) -> false;
        server.requests.clear();
        assertDownloads();
        assertTrue(server.requests.stream()
                .filter(request -> request.content() && !request.range().equals("bytes=0-0"))
                .allMatch(request -> Long.parseLong(request.range().replaceAll("bytes=(\\d+)-.*", "$1")) >= there));
    }

    @Test
    void silenceIsACut() throws IOException {
        AtomicInteger count = new AtomicInteger();
        server.contentFault = (exchange, content) -> {
            if (count.incrementAndGet() != 2) {
                return false;
            }
            cut(exchange, content, 1_000);
            try {
                Thread.sleep(3_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return true;
        };
        assertDownloads();
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503, 504})
    void busyServers(int status) throws IOException {
        server.hubFault = (exchange, content) -> {
            if (repetitions(exchange) % 3 == 0) {
                return false;
            }
            exchange.getResponseHeaders().set("Retry-After", "0");
            return HubDownloadTest.refuse(exchange, status, "");
        };
        assertDownloads();
        server.hubFault = (exchange, content) -> HubDownloadTest.refuse(exchange, status, "");
        assertSays(failure(hub(server, folder)), "status " + status, "5 times in a row");
    }

    @Test
    void anExpiredAddressIsAskedForAgain() throws IOException {
        server.contentFault =
                (exchange, content) -> repetitions(exchange) % 2 == 1 && HubDownloadTest.refuse(exchange, 403, "");
        assertDownloads();
    }

    @Test
    void foreignBytesInAPartialFile() throws IOException {
        Files.createDirectories(incomplete().getParent());
        Files.write(incomplete(), FakeHub.random(20_000, 99));
        assertDownloads();
    }

    @Test
    void aPartialFileThatIsTooLong() throws IOException {
        Files.createDirectories(incomplete().getParent());
        Files.write(incomplete(), new byte[BYTES + 1]);
        assertDownloads();
    }

    @Test
    void aPartialFileThatIsWhole() throws IOException {
        Files.createDirectories(incomplete().getParent());
        Files.write(incomplete(), server.files.get("model.safetensors"));
        assertDownloads();
        assertEquals(0, server.gets(true));
    }

    @Test
    void aDamagedCacheIsRepaired() throws IOException {
        Path weights = hub(server, folder).download(FakeHub.MODEL).folder().resolve("model.safetensors");
        Files.write(weights.toRealPath(), new byte[7]);
        Files.delete(weights);
        Files.writeString(weights, "not a link");
        assertDownloads();
    }

    @Test
    void wrongHash() throws IOException {
        server.contentFault = (exchange, content) -> {
            byte[] other = content.clone();
            other[BYTES / 2] ^= 1;
            server.sendRange(exchange, other);
            return true;
        };
        assertSays(failure(hub(server, folder)), "model.safetensors", "by its hash");
        assertNothingVisible();
        assertFalse(Files.exists(incomplete()));
        server.contentFault = (exchange, content) -> false;
        server.hubFault = (exchange, content) -> {
            if (content != server.files.get("config.json")) {
                return false;
            }
            FakeHub.send(exchange, 200, "{\"model_type\": \"blip\"}\n".getBytes());
            return true;
        };
        assertSays(failure(hub(server, folder.resolve("other"))), "config.json", "by its hash");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1, -BYTES + 1})
    void wrongLength(int more) throws IOException {
        server.contentFault = (exchange, content) -> {
            server.sendRange(exchange, Arrays.copyOf(content, content.length + more));
            return true;
        };
        assertSays(failure(hub(server, folder)), "model.safetensors", (BYTES + more) + " bytes", "lists " + BYTES);
        server.takesRanges = false;
        assertSays(failure(hub(server, folder)), "model.safetensors", (BYTES + more) + " bytes", "lists " + BYTES);
        assertNothingVisible();
    }

    @Test
    void lengthsThatAreNotSaid() throws IOException {
        server.takesRanges = false;
        server.contentFault = (exchange, content) -> {
            exchange.sendResponseHeaders(200, 0); // chunked
            exchange.getResponseBody().write(content);
            return true;
        };
        assertDownloads();
        server.contentFault = (exchange, content) -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(Arrays.copyOf(content, content.length + 5));
            return true;
        };
        assertSays(failure(hub(server, folder.resolve("other"))), "more bytes");
    }

    @Test
    void anEtagThatChangesInTheMiddle() throws IOException {
        AtomicInteger count = new AtomicInteger();
        server.hubFault = (exchange, content) -> {
            if (content == null || content.length != BYTES || count.incrementAndGet() < 4) {
                return false;
            }
            exchange.getResponseHeaders().set("ETag", "\"" + "a".repeat(64) + "\"");
            server.sendRange(exchange, content);
            return true;
        };
        assertSays(failure(hub(server, folder)), "model.safetensors", "changed on the hub");
        assertNothingVisible();
        server.hubFault = (exchange, content) -> false;
        assertDownloads();
    }

    @Test
    void redirectsWithoutEnd() {
        server.hubFault = (exchange, content) -> {
            exchange.getResponseHeaders()
                    .set("Location", exchange.getRequestURI().toString());
            FakeHub.send(exchange, 307, new byte[0]);
            return true;
        };
        assertSays(failure(hub(server, folder)), "more than 10 redirects");
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/passwd", "ftp://example.com/x", "", "http://", "//", "http://[::1"})
    void redirectsThatAreNotFollowed(String location) {
        server.hubFault = (exchange, content) -> {
            exchange.getResponseHeaders().set("Location", location);
            FakeHub.send(exchange, 302, new byte[0]);
            return true;
        };
        assertSays(failure(hub(server, folder)), "not safe to follow");
    }

    /** Whoever stops a thread knows why it ends: nothing is wrong with the model. */
    @Test
    void anInterruptIsNoFault() {
        Thread.currentThread().interrupt();
        assertThrows(CancelledException.class, () -> hub(server, folder).download(FakeHub.MODEL));
        assertTrue(Thread.interrupted(), "the flag stays set");
    }
}
