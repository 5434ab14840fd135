package dev.fovea.studio.web;

import com.sun.net.httpserver.HttpExchange;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A request of the page and its answer. */
public final class PageCall {

    private final HttpExchange exchange;
    private final Map<String, String> parameters;
    private final byte[] body;
    private List<String> variables = List.of();

    PageCall(HttpExchange exchange, byte[] body) {
        this.exchange = exchange;
        this.body = body;
        this.parameters = parameters(exchange.getRequestURI().getRawQuery());
    }

    private static Map<String, String> parameters(String query) {
        Map<String, String> parameters = new HashMap<>();
        for (String part : query == null ? new String[0] : query.split("&")) {
            int equals = part.indexOf('=');
            String name = decoded(equals < 0 ? part : part.substring(0, equals));
            parameters.putIfAbsent(name, equals < 0 ? "" : decoded(part.substring(equals + 1)));
        }
        return parameters;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException broken) {
            throw HttpFailure.badRequest("the address has a broken % sequence; encode it as encodeURIComponent does");
        }
    }

    PageCall with(List<String> found) {
        variables = found;
        return this;
    }

    // ---- the request ----

    /** Returns the decoded path. */
    String path() {
        String path = exchange.getRequestURI().getPath();
        return path == null ? "" : path;
    }

    /** Returns what stands in the path for the {@code *} of a route, counted from 0. */
    public String variable(int index) {
        return variables.get(index);
    }

    /** Returns the bytes of the body. */
    public byte[] body() {
        return body;
    }

    /** Returns a header, or null. */
    public String header(String name) {
        return exchange.getRequestHeaders().getFirst(name);
    }

    /** Returns whether a parameter was given. */
    public boolean has(String name) {
        return parameters.containsKey(name);
    }

    /**
     * Returns a parameter of the address.
     *
     * @throws HttpFailure if it is missing
     */
    public String text(String name) {
        String value = parameters.get(name);
        if (value == null) {
            throw HttpFailure.badRequest(name, "the parameter " + name + " is missing; add ?" + name + "=...");
        }
        return value;
    }

    /** Returns a parameter of the address, or another text. */
    public String text(String name, String absent) {
        return parameters.getOrDefault(name, absent);
    }

    /**
     * Returns a parameter that is a whole number.
     *
     * @param absent where it is missing
     * @param most the largest that is accepted; the smallest is 0
     * @throws HttpFailure if it is none, or out of range
     */
    public int number(String name, int absent, int most) {
        String value = parameters.get(name);
        if (value == null) {
            return absent;
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException none) {
            // told below
        }
        throw HttpFailure.badRequest(
                name, name + " is " + RecordJson.shown(value) + "; expected a whole number from 0 to " + most);
    }

    // ---- the answer ----

    /** Sets a header of the answer. */
    public void answerHeader(String name, String value) {
        exchange.getResponseHeaders().set(name, value);
    }

    /** Answers with a record, a list or a map as JSON. */
    public void json(Object answer) {
        send(200, "application/json", RecordJson.write(answer));
    }

    /** Answers with bytes of a type. */
    public void bytes(String type, byte[] bytes) {
        send(200, type, bytes);
    }

    /**
     * Answers with numbers, f32 little-endian.
     *
     * @param shape extents, outermost first, in the header {@code X-Fovea-Shape}
     */
    public void floats(float[] values, int... shape) {
        ByteBuffer buffer = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        answerHeader(
                "X-Fovea-Shape",
                Arrays.stream(shape).mapToObj(Integer::toString).collect(Collectors.joining(",")));
        send(200, "application/octet-stream", buffer.array());
    }

    void redirect(String target) {
        answerHeader("Location", target);
        send(303, "text/plain", new byte[0]);
    }

    static void failure(HttpExchange exchange, HttpFailure failure) {
        failure.headers().forEach(exchange.getResponseHeaders()::set);
        send(exchange, failure.status(), "application/json", RecordJson.write(failure.answer()));
    }

    private void send(int status, String type, byte[] bytes) {
        send(exchange, status, type, bytes);
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] bytes) {
        exchange.getResponseHeaders().set("Content-Type", type);
        try {
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(bytes.length));
                exchange.sendResponseHeaders(status, -1);
                return;
            }
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            if (bytes.length > 0) {
                OutputStream out = exchange.getResponseBody();
                out.write(bytes);
                out.flush(); // before what is left of the request is read
            }
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }

    /**
     * Begins an answer of server-sent events, whose headers are sent at once.
     *
     * @throws UncheckedIOException if the page is gone
     */
    public PageEvents events() {
        answerHeader("Content-Type", "text/event-stream; charset=utf-8");
        try {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().flush(); // which the JDK's server waits for
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
        return new PageEvents(exchange.getResponseBody());
    }
}
