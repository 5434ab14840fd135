package dev.fovea.service;

import static dev.fovea.service.TestService.get;
import static dev.fovea.service.TestService.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.service.TestService.Answer;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may ask: keys, names of the service, pages of others. */
class AccessTest {

    private static final String KEY = "0123456789abcdef0123";

    @TempDir
    Path folder;

    @Test
    void aKeyOfTheFileOpensWhatIsNotOpen() throws IOException {
        Path file = Files.writeString(folder.resolve("keys"), "# team\n\n another-key-of-sixteen \n" + KEY + "\n");
        try (FoveaService service = TestService.start(builder -> builder.keys(file))) {
            assertEquals(200, get(service, "/healthz").status());
            assertEquals(200, get(service, "/readyz").status());
            for (String wrong :
                    new String[] {"", "Bearer", "Bearer ", "Basic " + KEY, "Bearer " + KEY + "4", "Bearer #"}) {
                Answer refused = send(service, "/v1/models", builder -> builder.header("Authorization", wrong));
                assertEquals(401, refused.status(), wrong);
                assertEquals("invalid_api_key", refused.code());
                assertEquals(
                        "Bearer",
                        refused.headers().firstValue("WWW-Authenticate").orElse(""));
            }
            assertEquals(401, get(service, "/v1/models").status());
            assertEquals(401, get(service, "/metrics").status());
            assertEquals(401, get(service, "/nothing").status());
            for (String right : new String[] {"Bearer " + KEY, "bearer  " + KEY, "Bearer another-key-of-sixteen"}) {
                Answer allowed = send(service, "/v1/models", builder -> builder.header("Authorization", right));
                assertEquals(200, allowed.status(), right);
            }
        }
    }

    @Test
    void aFileOfKeysIsChecked() throws IOException {
        assertKeysRefused("# nothing\n", "there is no key in the file");
        assertKeysRefused("short\n", "line 1 is no key; expected at least 16 ASCII characters");
        assertKeysRefused(KEY + "\nwith a space in the key\n", "line 2 is no key");
        FoveaException missing =
                assertThrows(FoveaException.class, () -> FoveaService.builder().keys(folder.resolve("none")));
        assertTrue(missing.getMessage().contains("cannot be read"), missing.getMessage());
    }

    private void assertKeysRefused(String text, String complaint) throws IOException {
        Path file = Files.writeString(folder.resolve("bad"), text);
        FoveaException refused =
                assertThrows(FoveaException.class, () -> FoveaService.builder().keys(file));
        assertTrue(refused.getMessage().contains(complaint), refused.getMessage());
    }

    /** Sends a head as it is, since Java's client sets Host itself. */
    private static String ask(FoveaService service, String head) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", service.address().getPort())) {
            String request = head + "Connection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void namesOfOthersAreRefused() throws IOException {
        try (FoveaService service = TestService.start(builder -> builder.allowHost("Pictures.example"))) {
            for (String host : new String[] {
                "localhost", "LOCALHOST:8080", "127.0.0.1:1", "192.168.1.7", "[::1]:80", "pictures.example:99"
            }) {
                String answer = ask(service, "GET /v1/models HTTP/1.1\r\nHost: " + host + "\r\n");
                assertTrue(answer.startsWith("HTTP/1.1 200 "), host + ": " + answer);
            }
            for (String host :
                    new String[] {"evil.example", "localhost.evil.example", "pictures.example.", "", "1.2.3"}) {
                String answer = ask(service, "GET /v1/models HTTP/1.1\r\nHost: " + host + "\r\n");
                assertTrue(answer.startsWith("HTTP/1.1 403 "), host + ": " + answer);
                assertTrue(answer.contains("\"code\":\"unknown_host\""), answer);
            }
            String twice = ask(service, "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n");
            assertTrue(twice.startsWith("HTTP/1.1 400 ") && twice.contains("Host is there twice"), twice);
            String proxied = ask(service, "GET http://evil.example/v1/models HTTP/1.1\r\nHost: localhost\r\n");
            assertTrue(proxied.startsWith("HTTP/1.1 403 ") && proxied.contains("the request line names"), proxied);
            String own = ask(service, "GET http://localhost:8080/v1/models HTTP/1.1\r\nHost: localhost\r\n");
            assertTrue(own.startsWith("HTTP/1.1 200 "), own);
        }
    }

    @Test
    void pagesOfOthersAreRefusedUnlessTheyAreAllowed() {
        try (FoveaService service = TestService.start(builder -> builder.allowOrigin("https://shop.example"))) {
            Answer own = send(
                    service,
                    "/v1/models",
                    builder -> builder.header("Origin", service.address().toString()));
            assertEquals(200, own.status());
            assertTrue(own.headers().firstValue("Access-Control-Allow-Origin").isEmpty());
            for (String origin :
                    new String[] {"null", "https://evil.example", "https://shop.example.evil", "http://localhost"}) {
                Answer refused = send(service, "/v1/models", builder -> builder.header("Origin", origin));
                assertEquals(403, refused.status(), origin);
                assertEquals("unknown_origin", refused.code());
                assertTrue(refused.headers()
                        .firstValue("Access-Control-Allow-Origin")
                        .isEmpty());
            }
            Answer allowed = send(service, "/v1/models", builder -> builder.header("Origin", "https://shop.example"));
            assertEquals(200, allowed.status());
            assertEquals(
                    "https://shop.example",
                    allowed.headers().firstValue("Access-Control-Allow-Origin").orElse(""));
            Answer preflight = send(
                    service,
                    "/v1/embeddings",
                    builder -> builder.header("Origin", "https://shop.example")
                            .method("OPTIONS", BodyPublishers.noBody()));
            assertEquals(204, preflight.status());
            assertEquals(
                    "POST",
                    preflight
                            .headers()
                            .firstValue("Access-Control-Allow-Methods")
                            .orElse(""));
        }
    }
}
