package dev.fovea.studio.web;

import dev.fovea.service.json.RecordJson;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * An answer of server-sent events, each a name and a JSON document (WHATWG HTML, section 9.2). Safe to use from several
 * threads.
 */
public final class PageEvents {

    private final OutputStream out;

    PageEvents(OutputStream out) {
        this.out = out;
    }

    /**
     * Sends an event.
     *
     * @throws UncheckedIOException if the page is gone
     */
    public void send(String event, Object data) {
        byte[] json = RecordJson.write(data);
        byte[] head = ("event: " + event + "\ndata: ").getBytes(StandardCharsets.UTF_8);
        byte[] bytes = new byte[head.length + json.length + 2];
        System.arraycopy(head, 0, bytes, 0, head.length);
        System.arraycopy(json, 0, bytes, head.length, json.length);
        bytes[bytes.length - 2] = '\n';
        bytes[bytes.length - 1] = '\n';
        write(bytes);
    }

    /**
     * Sends a comment that a browser passes over, to find out whether the page is still there.
     *
     * @throws UncheckedIOException if the page is gone
     */
    public void ping() {
        write(new byte[] {':', '\n', '\n'});
    }

    private synchronized void write(byte[] bytes) {
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }
}
