package dev.fovea.service;

import static dev.fovea.service.TestService.get;
import static dev.fovea.service.TestService.post;
import static dev.fovea.service.TestService.send;
import static dev.fovea.service.TestService.shared;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.service.TestService.Answer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that do not do as they should; after each of them the service answers as before. */
@Timeout(30)
class FaultsTest {

    private static final String HEAD =
            "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\n" + "Content-Type: application/json\r\n";
    private static final String BODY = "{\"model\": \"clip-mini\", \"input\": \"a cat\"}";

    @AfterEach
    void theServiceStillAnswers() {
        assertEquals(200, get(shared(), "/readyz").status());
        assertEquals(200, post(shared(), "/v1/embeddings", BODY).status());
    }

    private static Socket connect() throws IOException {
        return new Socket("127.0.0.1", shared().address().getPort());
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /** All that the service sends until it hangs up. */
    private static String readAll(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void halfABodyAndGone() throws IOException {
        try (Socket socket = connect()) {
            write(socket, HEAD + "Content-Length: 1000\r\n\r\n" + BODY);
        }
    }

    @Test
    void headsAndBodiesThatNeverEndAreCutOff() throws IOException {
        try (Socket body = connect();
                Socket head = connect()) {
            long start = System.nanoTime();
            write(body, HEAD + "Content-Length: 1000\r\n\r\n" + BODY);
            write(head, "GET /healthz HTTP/1.1\r\nHost: loc");
            assertEquals("", readAll(body));
            assertTrue(System.nanoTime() - start < 10e9);
            String answer = readAll(head);
            assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 4"), answer);
        }
    }

    /** More than the places for work: who sends slowly takes none, so the others are answered. */
    @Test
    void manySlowClientsTakeNoPlaceFromOthers() throws IOException {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < TestService.SMALL.atOnce() + 50; i++) {
                Socket socket = connect();
                slow.add(socket);
                write(socket, HEAD + "Content-Length: 1000000\r\n\r\n{");
            }
            assertEquals(200, post(shared(), "/v1/embeddings", BODY).status());
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void aBodyInPiecesIsTaken() throws Exception {
        try (Socket socket = connect()) {
            write(socket, HEAD + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (char letter : BODY.toCharArray()) {
                write(socket, "1\r\n" + letter + "\r\n");
                Thread.sleep(1);
            }
            write(socket, "0\r\n\r\n");
            assertTrue(readAll(socket).startsWith("HTTP/1.1 200 "));
        }
    }

    @Test
    void aTooLargeBodyIsRefusedAndTheClientHearsIt() throws IOException {
        byte[] large = new byte[8 << 20];
        Arrays.fill(large, (byte) ' ');
        Answer announced = send(
                shared(),
                "/v1/embeddings",
                builder -> builder.header("Content-Type", "application/json").POST(BodyPublishers.ofByteArray(large)));
        Answer chunked = send(
                shared(),
                "/v1/embeddings",
                builder -> builder.header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large))));
        for (Answer answer : new Answer[] {announced, chunked}) {
            assertEquals(413, answer.status());
            assertEquals(
                    "the body is larger than 1048576 bytes; send smaller pictures, or fewer at once", answer.error());
            assertEquals("body_too_large", answer.code());
        }
        try (Socket socket = connect()) {
            write(socket, HEAD + "Connection: close\r\nContent-Length: 99999999999\r\n\r\n");
            socket.shutdownOutput();
            assertTrue(readAll(socket).startsWith("HTTP/1.1 413 "));
        }
    }

    @Test
    void aBodyOfOtherTypesIsRefused() {
        for (String type : new String[] {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"}) {
            Answer answer = send(
                    shared(),
                    "/v1/embeddings",
                    builder -> builder.header("Content-Type", type).POST(BodyPublishers.ofString(BODY)));
            assertEquals(415, answer.status());
            assertEquals("the body's type is \"" + type + "\"; send Content-Type: application/json", answer.error());
        }
        Answer none = send(shared(), "/v1/embeddings", builder -> builder.POST(BodyPublishers.ofString(BODY)));
        assertEquals(415, none.status());
        Answer latin = send(
                shared(),
                "/v1/embeddings",
                builder -> builder.header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofByteArray(
                                BODY.replace("cat", "\u00e4").getBytes(StandardCharsets.ISO_8859_1))));
        assertEquals(400, latin.status(), latin.body());
        Answer deep = post(shared(), "/v1/embeddings", "[".repeat(100_000));
        assertEquals(400, deep.status());
    }

    @Test
    void aPictureBombIsRefusedBeforeItTakesMemory() throws IOException {
        String bomb = "data:image/png;base64," + Base64.getEncoder().encodeToString(png(60_000, 60_000));
        String large = "data:image/png;base64," + Base64.getEncoder().encodeToString(png(1200, 1000));
        for (String picture : new String[] {bomb, large}) {
            Answer answer = post(
                    shared(),
                    "/v1/embeddings",
                    "{\"model\": \"clip-mini\", \"input\": [{\"image\": \"" + picture + "\"}]}");
            assertEquals(400, answer.status(), answer.body());
            assertTrue(answer.error().startsWith("input[0].image: the picture "), answer.error());
            assertTrue(answer.error().contains(" pixels, more than the "), answer.error());
        }
    }

    /** A grey PNG that claims a size, with the bytes of one row. */
    private static byte[] png(int width, int height) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        ByteBuffer head = ByteBuffer.allocate(13);
        head.putInt(width).putInt(height).put((byte) 8);
        chunk(file, "IHDR", head.array());
        ByteArrayOutputStream rows = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflated = new DeflaterOutputStream(rows)) {
            deflated.write(new byte[width + 1]);
        }
        chunk(file, "IDAT", rows.toByteArray());
        chunk(file, "IEND", new byte[0]);
        return file.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream file, String type, byte[] data) throws IOException {
        byte[] named = new byte[4 + data.length];
        System.arraycopy(type.getBytes(StandardCharsets.US_ASCII), 0, named, 0, 4);
        System.arraycopy(data, 0, named, 4, data.length);
        CRC32 sum = new CRC32();
        sum.update(named);
        file.write(ByteBuffer.allocate(4).putInt(data.length).array());
        file.write(named);
        file.write(ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
    }

    @Test
    void pathsAndMethodsThatAreNotThere() {
        Answer nowhere = get(shared(), "/v2/nothing");
        assertEquals(404, nowhere.status());
        assertEquals("unknown_url", nowhere.code());
        Answer wrong = get(shared(), "/v1/embeddings");
        assertEquals(405, wrong.status());
        assertEquals("POST, OPTIONS", wrong.headers().firstValue("Allow").orElse(""));
        Answer head = send(shared(), "/v1/models", builder -> builder.HEAD());
        assertEquals(200, head.status());
        assertEquals("", head.body());
        assertTrue(head.headers().firstValueAsLong("Content-Length").orElse(0) > 100);
        Answer model = get(shared(), "/v1/models/clip-mini");
        assertEquals("clip-mini", model.json().get("id").asText());
        assertEquals(404, get(shared(), "/v1/models/none").status());
    }

    @Test
    void anExpectationIsMetAndAnOldClientServed() throws IOException {
        try (Socket socket = connect()) {
            write(
                    socket,
                    HEAD + "Connection: close\r\nExpect: 100-continue\r\nContent-Length: " + BODY.length()
                            + "\r\n\r\n");
            InputStream in = socket.getInputStream();
            String go = "";
            while (!go.endsWith("\r\n\r\n")) {
                go += (char) in.read();
            }
            assertTrue(go.startsWith("HTTP/1.1 100 "), go);
            write(socket, BODY);
            assertTrue(readAll(socket).startsWith("HTTP/1.1 200 "));
        }
        try (Socket socket = connect()) {
            write(socket, "GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n");
            assertTrue(readAll(socket).endsWith("{\"status\":\"ok\"}"));
        }
        try (Socket socket = connect()) {
            write(socket, "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n");
            assertTrue(readAll(socket).contains("the header Host is missing"));
        }
    }
}
