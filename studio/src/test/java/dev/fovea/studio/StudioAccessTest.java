package dev.fovea.studio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.studio.RawHttp.Raw;
import dev.fovea.tensor.FoveaException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What went wrong with other local pages, tried on this one over raw sockets. */
@Timeout(60)
class StudioAccessTest {

    private static FoveaStudio studio;
    private static RawHttp http;

    @BeforeAll
    static void start() {
        studio = FoveaStudio.builder().port(0).start();
        http = new RawHttp(studio);
    }

    @AfterAll
    static void stop() {
        studio.close();
    }

    private static Raw get(String... headers) throws IOException {
        return http.send("GET /api/state HTTP/1.1", List.of(headers), new byte[0]);
    }

    private static void assertRefused(int status, String code, Raw answer) {
        assertEquals(status, answer.status(), answer.text());
        assertTrue(answer.text().contains("\"code\":\"" + code + "\""), answer.text());
    }

    // ---- rebinding ----

    @Test
    void thePageNamesAllThatItNeedsAtOnce() throws IOException {
        String link = http.get("/").header("Link");
        assertTrue(link.startsWith("</studio.css>; rel=preload; as=style, "), link);
        for (String part : link.split(", ")) {
            String path = part.substring(1, part.indexOf('>'));
            assertEquals(200, http.get(path).status(), path);
        }
        assertNull(http.get("/app.js").header("Link"));
    }

    @Test
    void hostMustNameTheStudioExactlyAndOnce() throws IOException {
        int port = http.port();
        for (String name : List.of("127.0.0.1:", "localhost:", "[::1]:")) {
            assertEquals(200, get("Host: " + name + port, http.cookie()).status(), name);
        }
        for (String other : List.of(
                "evil.example",
                "127.0.0.1",
                "localhost",
                "127.0.0.1:" + (port + 1),
                "127.0.0.1:" + port + ".evil.example",
                "127.0.0.1:" + port + "@evil.example",
                "localhost.evil.example:" + port,
                "127.0.0.2:" + port,
                "0.0.0.0:" + port,
                "LOCALHOST:" + port)) {
            assertRefused(403, "unknown_host", get("Host: " + other, http.cookie()));
        }
        assertRefused(403, "unknown_host", get(http.host(), http.host(), http.cookie()));
        assertRefused(403, "unknown_host", get(http.host(), "Host: evil.example", http.cookie()));
        assertNotEquals(
                200,
                http.send("GET /api/state HTTP/1.0", List.of(http.cookie()), new byte[0])
                        .status());
    }

    @Test
    void hostIsCheckedOnEveryPath() throws IOException {
        for (String path : List.of("/", "/index.html", "/nothing", "/?token=" + http.token(), "/api/runs")) {
            Raw answer =
                    http.send("GET " + path + " HTTP/1.1", List.of("Host: evil.example", http.cookie()), new byte[0]);
            assertRefused(403, "unknown_host", answer);
            assertNull(answer.header("Set-Cookie"));
        }
    }

    @Test
    void nothingListensBeyondThisMachine() throws IOException {
        for (NetworkInterface network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            for (InetAddress address : Collections.list(network.getInetAddresses())) {
                if (!address.isLoopbackAddress()) {
                    assertThrows(IOException.class, () -> new Socket(address, http.port()).close());
                }
            }
        }
    }

    // ---- other users of the machine ----

    @Test
    void everythingNeedsTheToken() throws IOException {
        for (String path : List.of("/", "/index.html", "/api/state", "/api/pictures", "/nothing", "/?token=")) {
            Raw answer = http.send("GET " + path + " HTTP/1.1", List.of(http.host()), new byte[0]);
            assertRefused(401, "no_token", answer);
        }
        for (String wrong : List.of(
                "Cookie: fovea-" + http.port() + "=",
                "Cookie: fovea-" + http.port() + "=" + http.token().substring(1),
                "Cookie: fovea-" + (http.port() + 1) + "=" + http.token(),
                "Cookie: token=" + http.token(),
                "Authorization: Bearer " + http.token())) {
            assertRefused(401, "no_token", get(http.host(), wrong));
        }
    }

    @Test
    void theTokenOfTheAddressBecomesACookie() throws IOException {
        assertEquals(32, http.token().length());
        Raw opened = http.send("GET /?token=" + http.token() + " HTTP/1.1", List.of(http.host()), new byte[0]);
        assertEquals(303, opened.status());
        assertEquals("/", opened.header("Location"));
        assertEquals(
                "fovea-" + http.port() + "=" + http.token() + "; HttpOnly; SameSite=Strict; Path=/",
                opened.header("Set-Cookie"));
        Raw wrong = http.send("GET /?token=" + "0".repeat(32) + " HTTP/1.1", List.of(http.host()), new byte[0]);
        assertRefused(401, "no_token", wrong);
        assertNull(wrong.header("Set-Cookie"));
    }

    @Test
    void anAddressForABrowserWorksOnce() throws IOException {
        String query = studio.addressOfOneUse().getRawQuery();
        assertFalse(query.contains(http.token()));
        assertEquals(
                303,
                http.send("GET /?" + query + " HTTP/1.1", List.of(http.host()), new byte[0])
                        .status());
        assertEquals(
                401,
                http.send("GET /?" + query + " HTTP/1.1", List.of(http.host()), new byte[0])
                        .status());
    }

    // ---- pages of others that post ----

    private static Raw post(String... headers) throws IOException {
        List<String> all = new ArrayList<>(List.of(headers));
        byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
        all.add("Content-Length: " + body.length);
        return http.send("POST /api/runs HTTP/1.1", all, body);
    }

    @Test
    void onlyThePageItselfPosts() throws IOException {
        String json = "Content-Type: application/json";
        String mark = "X-Fovea: 1";
        String own = http.origin();
        assertEquals(400, post(http.host(), http.cookie(), own, mark, json).status()); // let in: {} is no run
        assertEquals(
                400,
                post(http.host(), http.cookie(), own, mark, json, "Sec-Fetch-Site: same-origin")
                        .status());
        assertRefused(401, "no_token", post(http.host(), own, mark, json));
        assertRefused(403, "not_from_page", post(http.host(), http.cookie(), mark, json));
        assertRefused(403, "not_from_page", post(http.host(), http.cookie(), own, json));
        for (String foreign : List.of(
                "null",
                "http://evil.example",
                "http://127.0.0.1:" + (http.port() + 1),
                "http://localhost:" + http.port(),
                "https://127.0.0.1:" + http.port(),
                "http://127.0.0.1:" + http.port() + ".evil.example")) {
            assertRefused(403, "not_from_page", post(http.host(), http.cookie(), "Origin: " + foreign, mark, json));
        }
        assertRefused(
                403, "not_from_page", post(http.host(), http.cookie(), own, "Origin: http://evil.example", mark, json));
        for (String site : List.of("same-site", "cross-site", "none")) {
            assertRefused(
                    403, "not_from_page", post(http.host(), http.cookie(), own, mark, json, "Sec-Fetch-Site: " + site));
        }
    }

    @Test
    void typesThatAFormCanSendAreRefused() throws IOException {
        for (String type :
                List.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")) {
            assertRefused(
                    415,
                    "wrong_content_type",
                    post(http.host(), http.cookie(), http.origin(), "X-Fovea: 1", "Content-Type: " + type));
        }
        assertRefused(415, "wrong_content_type", post(http.host(), http.cookie(), http.origin(), "X-Fovea: 1"));
    }

    @Test
    void otherMethodsChangeNothing() throws IOException {
        for (String method : List.of("PUT", "DELETE", "PATCH", "OPTIONS")) {
            Raw answer = http.send(
                    method + " /api/runs HTTP/1.1",
                    List.of(http.host(), http.cookie(), http.origin(), "X-Fovea: 1"),
                    new byte[0]);
            assertEquals(405, answer.status(), method);
            assertNull(answer.header("Access-Control-Allow-Origin"));
        }
        Raw read = http.send("GET /api/runs HTTP/1.1", List.of(http.host(), http.cookie()), new byte[0]);
        assertEquals(405, read.status());
        assertEquals("POST", read.header("Allow"));
    }

    @Test
    void everyAnswerHasTheHeaders() throws IOException {
        for (Raw answer :
                List.of(http.get("/"), http.get("/api/state"), http.get("/nothing"), get("Host: evil.example"))) {
            assertTrue(answer.header("Content-Security-Policy").startsWith("default-src 'none'; script-src 'self';"));
            assertTrue(answer.header("Content-Security-Policy").contains("frame-ancestors 'none'"));
            assertEquals("nosniff", answer.header("X-Content-Type-Options"));
            assertEquals("same-origin", answer.header("Cross-Origin-Resource-Policy"));
            assertEquals("same-origin", answer.header("Cross-Origin-Opener-Policy"));
            assertEquals("no-referrer", answer.header("Referrer-Policy"));
            assertEquals("camera=(self)", answer.header("Permissions-Policy"));
            assertEquals("no-store", answer.header("Cache-Control"));
            assertNull(answer.header("Access-Control-Allow-Origin"));
        }
    }

    // ---- paths ----

    @Test
    void pathsLeadNowhere() throws IOException {
        for (String path : List.of(
                "/../pom.xml",
                "/%2e%2e/pom.xml",
                "/..%2fpom.xml",
                "/..%5cpom.xml",
                "/index.txt",
                "/%00index.html",
                "//index.html",
                "/./index.html",
                "/page/index.html",
                "/file:/etc/passwd.txt",
                "/C:/windows/win.json",
                "/api/pictures/..%2f..%2fcat.png",
                "/api/pictures/%2e%2e/steps?model=clip-mini")) {
            int status = http.get(path).status();
            assertTrue(status == 404 || status == 400, path + " " + status);
        }
    }

    // ---- uploads ----

    private static Raw upload(byte[] file) throws IOException {
        return http.post("/api/pictures", "application/octet-stream", file);
    }

    @Test
    void whatIsNoPictureIsRefused() throws IOException {
        String svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        for (String text : List.of("no picture", svg, "<html><script>alert(1)</script>")) {
            assertRefused(400, "bad_picture", upload(text.getBytes(StandardCharsets.UTF_8)));
        }
        assertEquals(400, upload(new byte[0]).status());
    }

    /** A PNG's header alone says how large the picture would be. */
    @Test
    void aHugeHeaderIsRefusedBeforeDecoding() throws IOException {
        long before = System.nanoTime();
        Raw refused = upload(pngHeader(20_000, 20_000));
        assertRefused(400, "bad_picture", refused);
        assertTrue(System.nanoTime() - before < 5_000_000_000L);
    }

    private static byte[] pngHeader(int width, int height) throws IOException {
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(chunk);
        data.writeBytes("IHDR");
        data.writeInt(width);
        data.writeInt(height);
        data.write(new byte[] {8, 2, 0, 0, 0});
        CRC32 crc = new CRC32();
        crc.update(chunk.toByteArray());
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(file);
        out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        out.writeInt(13);
        out.write(chunk.toByteArray());
        out.writeInt((int) crc.getValue());
        return file.toByteArray();
    }

    @Test
    void bodiesAreCountedWhileTheyAreRead() throws IOException {
        List<String> headers = List.of(
                http.host(), http.cookie(), http.origin(), "X-Fovea: 1", "Content-Type: application/octet-stream");
        List<String> announced = new ArrayList<>(headers);
        announced.add("Content-Length: " + ((32 << 20) + 1));
        try (Socket socket = http.open("POST /api/pictures HTTP/1.1", announced)) {
            socket.shutdownOutput();
            assertRefused(413, "body_too_large", RawHttp.answer(socket));
        }
        List<String> chunked = new ArrayList<>(headers);
        chunked.add("Transfer-Encoding: chunked");
        try (Socket socket = http.open("POST /api/pictures HTTP/1.1", chunked)) {
            OutputStream out = socket.getOutputStream();
            byte[] mebibyte = new byte[1 << 20];
            for (int i = 0; i < 33; i++) {
                out.write("100000\r\n".getBytes(StandardCharsets.US_ASCII));
                out.write(mebibyte);
                out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            assertRefused(413, "body_too_large", RawHttp.answer(socket));
        }
    }

    /** The build sets the time for a request to 3 s. */
    @Test
    void aSlowClientIsCutOffAndHoldsUpNobody() throws IOException {
        List<String> headers = List.of(
                http.host(),
                http.cookie(),
                http.origin(),
                "X-Fovea: 1",
                "Content-Type: application/json",
                "Content-Length: 100");
        try (Socket slow = http.open("POST /api/runs HTTP/1.1", headers)) {
            assertEquals(200, http.get("/api/state").status());
            long start = System.nanoTime();
            int end = slow.getInputStream().read();
            assertTrue(end < 0 || end == 'H', "cut off or told");
            assertTrue(System.nanoTime() - start < 15_000_000_000L);
        } catch (java.net.SocketException reset) {
            // cut off, too
        }
        assertEquals(200, http.get("/api/state").status());
    }

    @Test
    void picturesComeBackAsPngOnly() throws IOException {
        Raw cat = http.get("/api/pictures/cat.png");
        assertEquals(200, cat.status());
        assertEquals("image/png", cat.header("Content-Type"));
        assertEquals((byte) 0x89, cat.body()[0]);
        String name = "X-Fovea-Name: %3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E.png";
        byte[] file = cat.body();
        Raw added = http.send(
                "POST /api/pictures HTTP/1.1",
                List.of(
                        http.host(),
                        http.cookie(),
                        http.origin(),
                        "X-Fovea: 1",
                        name,
                        "Content-Type: application/octet-stream",
                        "Content-Length: " + file.length),
                file);
        assertEquals(200, added.status(), added.text());
        assertEquals("application/json", added.header("Content-Type"));
        assertTrue(added.text().contains("\"name\":\"<img src=x onerror=alert(1)>.png\""), added.text());
    }

    @Test
    void aPortInUseIsALine() {
        FoveaException taken = assertThrows(
                FoveaException.class,
                () -> FoveaStudio.builder().port(http.port()).start());
        assertTrue(taken.getMessage().contains("cannot listen on 127.0.0.1:" + http.port()), taken.getMessage());
        assertFalse(taken.getMessage().contains("\n"));
    }
}
