package dev.fovea.service.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import dev.fovea.service.compute.Deadline;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** A request and its answer. */
public final class Call {

    private final HttpExchange exchange;
    private final Deadline deadline;
    private final String id;
    private byte[] body = {};
    private int status;
    private long sent;

    Call(HttpExchange exchange, Deadline deadline, String id) {
        this.exchange = exchange;
        this.deadline = deadline;
        this.id = id;
    }

    /** Returns when the answer must be there. */
    public Deadline deadline() {
        return deadline;
    }

    /** Returns the name of the request in the log, which the answer has as {@code X-Request-Id}. */
    public String id() {
        return id;
    }

    /** Returns the path after a route's own, for routes that have parameters in it. */
    public String pathAfter(String route) {
        return exchange.getRequestURI().getPath().substring(route.length());
    }

    Headers requestHeaders() {
        return exchange.getRequestHeaders();
    }

    Headers answerHeaders() {
        return exchange.getResponseHeaders();
    }

    byte[] body() {
        return body;
    }

    void body(byte[] bytes) {
        body = bytes;
    }

    /** Returns the status of the answer, 0 if there is none yet. */
    int status() {
        return status;
    }

    /** Returns the bytes of the answer's body. */
    long sent() {
        return sent;
    }

    /** Answers with a record. */
    void json(int code, Object answer) {
        send(code, "application/json", RecordJson.write(answer));
    }

    /** Says what the page of an answer may do ({@code Content-Security-Policy}). */
    public void policy(String policy) {
        answerHeaders().set("Content-Security-Policy", policy);
    }

    /** Answers with a text. */
    public void text(String type, String text) {
        send(200, type, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Answers without a body. */
    void empty(int code) {
        try {
            status = code;
            exchange.sendResponseHeaders(code, -1);
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }

    void failure(HttpFailure failure) {
        failure.headers().forEach(answerHeaders()::set);
        json(failure.status(), failure.answer());
    }

    private void send(int code, String type, byte[] bytes) {
        answerHeaders().set("Content-Type", type);
        status = code;
        try {
            if (exchange.getRequestMethod().equals("HEAD")) {
                answerHeaders().set("Content-Length", Integer.toString(bytes.length));
                exchange.sendResponseHeaders(code, -1);
                return;
            }
            exchange.sendResponseHeaders(code, bytes.length);
            OutputStream out = exchange.getResponseBody();
            out.write(bytes);
            out.flush(); // before what is left of the request is read
            sent = bytes.length;
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }

    /**
     * Begins an answer of server-sent events.
     *
     * @throws UncheckedIOException if the client is gone
     */
    public EventStream events() {
        answerHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
        status = 200;
        try {
            exchange.sendResponseHeaders(200, 0);
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
        return new EventStream(exchange.getResponseBody());
    }

    /** An answer of server-sent events, each a JSON document (WHATWG HTML, section 9.2). */
    public final class EventStream {

        private final OutputStream out;

        private EventStream(OutputStream out) {
            this.out = out;
        }

        /**
         * Sends an event.
         *
         * @throws UncheckedIOException if the client is gone
         */
        public void send(Object event) {
            write(RecordJson.write(event));
        }

        /** Sends the word that ends a stream of OpenAI's. */
        public void done() {
            write("[DONE]".getBytes(StandardCharsets.UTF_8));
        }

        private void write(byte[] data) {
            try {
                out.write("data: ".getBytes(StandardCharsets.UTF_8));
                out.write(data);
                out.write("\n\n".getBytes(StandardCharsets.UTF_8));
                out.flush();
                sent += data.length;
            } catch (IOException gone) {
                throw new UncheckedIOException(gone);
            }
        }
    }
}
