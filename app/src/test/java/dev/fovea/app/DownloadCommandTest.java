package dev.fovea.app;

import static dev.fovea.app.ErrorsTest.assertOneLine;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.fovea.app.terminal.TransferBar;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code download}, and models by the names that they have on a hub; what can go wrong on the way is tested where it is
 * done.
 */
class DownloadCommandTest {

    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final String CACHE = "fovea.hub.cache";

    @TempDir
    Path directory;

    private HttpServer server;
    private String address;
    private Path model;
    private Path picture;

    @BeforeEach
    void start() throws IOException {
        System.setProperty(CACHE, directory.resolve("cache").toString());
        model = TinyClip.write(directory.resolve("published"));
        picture = ClassifyCommandTest.picture(directory.resolve("picture.png"), 0x112233);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/models/tiny/clip/revision/main", this::list);
        server.createContext("/tiny/clip/resolve/" + COMMIT + "/", this::file);
        server.createContext("/", exchange -> answer(exchange, 404, new byte[0]));
        server.start();
        address = "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @AfterEach
    void stop() {
        System.clearProperty(CACHE);
        server.stop(0);
    }

    /** Only names, as some hubs do: the rest is asked for with HEAD. */
    private void list(HttpExchange exchange) throws IOException {
        try (Stream<Path> files = Files.list(model)) {
            String siblings = files.map(file -> "{\"rfilename\":\"" + file.getFileName() + "\"}")
                    .sorted()
                    .collect(Collectors.joining(","));
            String list = "{\"sha\":\"" + COMMIT + "\",\"siblings\":[" + siblings + "]}";
            answer(exchange, 200, list.getBytes(StandardCharsets.UTF_8));
        }
    }

    private void file(HttpExchange exchange) throws IOException {
        String name = Path.of(exchange.getRequestURI().getPath()).getFileName().toString();
        exchange.getResponseHeaders().set("ETag", "\"of-" + name + "\"");
        answer(exchange, 200, Files.readAllBytes(model.resolve(name)));
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        try (exchange) {
            boolean head = exchange.getRequestMethod().equals("HEAD");
            if (head) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
            }
            exchange.sendResponseHeaders(status, head || body.length == 0 ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    private Ran download(Object... more) {
        return Ran.fovea(Stream.concat(Stream.of("download", "--hub", address), Stream.of(more))
                .toArray());
    }

    @Test
    void downloadsAndRuns() throws IOException {
        Ran classify = Ran.fovea("classify", "--model", "tiny/clip", picture, "a", "b", "--json");
        assertOneLine(classify, "tiny/clip: no such model", "fovea download tiny/clip");
        JsonNode first = download("tiny/clip", "--json").json();
        assertEquals("tiny/clip", first.get("model").asText());
        assertEquals("main", first.get("revision").asText());
        assertEquals(COMMIT, first.get("commit").asText());
        long bytes = 0;
        for (JsonNode file : first.get("files")) {
            assertTrue(file.get("fetched").asBoolean());
            Path there = Path.of(first.get("folder").asText(), file.get("name").asText());
            assertEquals(-1, Files.mismatch(model.resolve(file.get("name").asText()), there));
            bytes += file.get("bytes").asLong();
        }
        assertEquals(bytes, first.get("bytes").asLong());
        for (JsonNode file : download("tiny/clip", "--json", "--all").json().get("files")) {
            assertFalse(file.get("fetched").asBoolean());
        }
        String offline = Ran.fovea("download", "--offline", "tiny/clip").out();
        assertTrue(offline.startsWith("tiny/clip  ") && offline.contains("--model tiny/clip"), offline);
        JsonNode named = Ran.fovea("classify", "--model", "tiny/clip", picture, "a", "b", "--json")
                .json();
        JsonNode folder = Ran.fovea("classify", "--model", model, picture, "a", "b", "--json")
                .json();
        assertEquals("tiny/clip", named.get("model").asText());
        assertEquals(folder.get("results"), named.get("results"));
        Ran converted = Ran.fovea("convert", "tiny/clip", directory.resolve("converted"), "--json");
        assertEquals(0, converted.exit(), converted.err());
    }

    @Test
    void refusals() {
        Ran usage = Ran.fovea("download", "clip");
        assertEquals(2, usage.exit());
        assertTrue(usage.err().startsWith("fovea: NAME must be as owner/name"), usage.err());
        assertOneLine(download("tiny/other"), "tiny/other: not found");
        assertOneLine(download("--offline", "tiny/other"), "tiny/other: not in");
        assertOneLine(Ran.fovea("download", "tiny/clip", "--hub", "nonsense"), "--hub is no hub's address");
    }

    @Test
    void timesAsPeopleSayThem() {
        assertEquals("59 s", TransferBar.remaining(59));
        assertEquals("1 min 0 s", TransferBar.remaining(60));
        assertEquals("2 h 5 min", TransferBar.remaining(7_525));
    }
}
