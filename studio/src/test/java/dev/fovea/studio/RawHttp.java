package dev.fovea.studio;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Sends requests as bytes, since Java's client sets Host itself and refuses what an attacker would send. */
final class RawHttp {

    private final int port;
    private final String token;

    RawHttp(FoveaStudio studio) {
        URI address = studio.address();
        port = address.getPort();
        token = address.getQuery().substring("token=".length());
    }

    /** An answer as it came. */
    record Raw(String head, byte[] body) {

        int status() {
            return Integer.parseInt(head.split(" ", 3)[1]);
        }

        String header(String name) {
            return head.lines()
                    .filter(line -> line.regionMatches(true, 0, name + ": ", 0, name.length() + 2))
                    .map(line -> line.substring(name.length() + 2))
                    .findFirst()
                    .orElse(null);
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    int port() {
        return port;
    }

    String token() {
        return token;
    }

    String host() {
        return "Host: 127.0.0.1:" + port;
    }

    String cookie() {
        return "Cookie: fovea-" + port + "=" + token;
    }

    String origin() {
        return "Origin: http://127.0.0.1:" + port;
    }

    /** Sends a request with the headers of the page. */
    Raw get(String path) throws IOException {
        return send("GET " + path + " HTTP/1.1", List.of(host(), cookie()), new byte[0]);
    }

    /** Sends JSON with the headers of the page. */
    Raw post(String path, String json) throws IOException {
        return post(path, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends a body with the headers of the page. */
    Raw post(String path, String type, byte[] body) throws IOException {
        return send(
                "POST " + path + " HTTP/1.1",
                List.of(
                        host(),
                        cookie(),
                        origin(),
                        "X-Fovea: 1",
                        "Content-Type: " + type,
                        "Content-Length: " + body.length),
                body);
    }

    Raw send(String line, List<String> headers, byte[] body) throws IOException {
        try (Socket socket = open(line, headers)) {
            socket.getOutputStream().write(body);
            socket.getOutputStream().flush();
            return answer(socket);
        }
    }

    /** Sends a head that asks to close the connection after the answer. */
    Socket open(String line, List<String> headers) throws IOException {
        Socket socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(20_000);
        StringBuilder head = new StringBuilder(line).append("\r\n");
        headers.forEach(header -> head.append(header).append("\r\n"));
        head.append("Connection: close\r\n\r\n");
        OutputStream out = socket.getOutputStream();
        out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        return socket;
    }

    static Raw answer(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        try {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                all.write(buffer, 0, read);
            }
        } catch (IOException reset) {
            // the server has hung up on what it did not want; what it said before counts
        }
        byte[] bytes = all.toByteArray();
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            throw new IOException("no answer: " + text);
        }
        String head = text.substring(0, end);
        byte[] body = Arrays.copyOfRange(bytes, end + 4, bytes.length);
        return new Raw(head, head.toLowerCase().contains("transfer-encoding: chunked") ? unchunked(body) : body);
    }

    private static byte[] unchunked(byte[] body) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int at = 0;
        while (at < body.length) {
            int end = at;
            while (body[end] != '\r') {
                end++;
            }
            int size = Integer.parseInt(new String(body, at, end - at, StandardCharsets.US_ASCII), 16);
            all.write(body, end + 2, size);
            at = end + 2 + size + 2;
            if (size == 0) {
                break;
            }
        }
        return all.toByteArray();
    }

    /** Returns the data of the events of a name. */
    static List<String> events(Raw stream, String name) {
        return Arrays.stream(stream.text().split("\n\n"))
                .filter(event -> event.startsWith("event: " + name + "\n"))
                .map(event -> event.substring(event.indexOf("data: ") + 6))
                .toList();
    }
}
