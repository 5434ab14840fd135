package dev.fovea.service.http;

import com.sun.net.httpserver.HttpExchange;
import dev.fovea.service.error.HttpFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * Reads bodies, of which only so many bytes are held at a time: virtual threads do not push back by themselves. What
 * is read becomes a text and a picture, so an eighth of the heap is for bodies.
 */
public final class RequestBody {

    private static final int KIB = 1 << 10;
    private static final int DRAINED = 64 << 20;

    private final int most;
    private final Semaphore free;

    /**
     * Makes a reader.
     *
     * @param most bytes of a body
     */
    public RequestBody(int most) {
        this.most = most;
        long share = Runtime.getRuntime().maxMemory() / 8 / KIB;
        free = new Semaphore((int) Math.clamp(share, kib(most), Integer.MAX_VALUE));
    }

    private static int kib(long bytes) {
        return (int) (bytes / KIB + 1);
    }

    /**
     * Reads the body of a request and passes it on. Memory is taken for what has come, not for what is announced.
     *
     * @throws HttpFailure if it is too large, or too many are held already
     */
    public void read(HttpExchange exchange, Consumer<byte[]> use) throws IOException {
        if (announced(exchange) > most) {
            throw tooLarge();
        }
        int held = 0;
        try {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            InputStream stream = exchange.getRequestBody();
            byte[] buffer = new byte[8 * KIB];
            for (int read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
                body.write(buffer, 0, read);
                if (body.size() > most) {
                    throw tooLarge();
                }
                int more = kib(body.size()) - held;
                if (more > 0 && !free.tryAcquire(more)) {
                    throw HttpFailure.busy(
                            1, "the requests that are being read take all memory there is for them; try again");
                }
                held += Math.max(0, more);
            }
            use.accept(body.toByteArray());
        } finally {
            free.release(held);
        }
    }

    /** Returns the length of the body as the request says it, 0 if it does not. */
    private static long announced(HttpExchange exchange) {
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        return length == null ? 0 : Long.parseLong(length); // the server has checked it
    }

    private HttpFailure tooLarge() {
        return HttpFailure.refused(
                413,
                "body_too_large",
                "the body is larger than " + most + " bytes; send smaller pictures, or fewer at once");
    }

    /** Reads what is left of a body that nobody wants, so that the client hears the answer before the line is cut. */
    public static void drain(HttpExchange exchange) {
        try (InputStream rest = exchange.getRequestBody()) {
            byte[] buffer = new byte[1 << 16];
            int read = rest.read(buffer);
            for (long all = 0; read >= 0 && all < DRAINED; all += read) {
                read = rest.read(buffer);
            }
        } catch (IOException gone) {
            // the client has hung up, and the time for requests cuts off a slow one
        }
    }
}
