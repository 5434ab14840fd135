package dev.fovea.service.http;

import com.sun.net.httpserver.HttpExchange;
import dev.fovea.service.error.HttpFailure;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;

/**
 * Reads bodies, of which only so many bytes are held at a time: virtual threads do not push back by themselves. What
 * is read becomes a text and a picture, so an eighth of the heap is for bodies.
 */
final class RequestBody {

    private static final int KIB = 1 << 10;
    private static final int DRAINED = 64 << 20;

    private final int most;
    private final Semaphore free;

    RequestBody(int most) {
        this.most = most;
        long share = Runtime.getRuntime().maxMemory() / 8 / KIB;
        free = new Semaphore((int) Math.clamp(share, kib(most), Integer.MAX_VALUE));
    }

    private static int kib(long bytes) {
        return (int) (bytes / KIB + 1);
    }

    /**
     * Reads the body of a request and passes it on.
     *
     * @throws HttpFailure if it is too large, or too many are held already
     */
    void read(HttpExchange exchange, Call call, Runnable use) throws IOException {
        long length = announced(exchange);
        if (length > most) {
            throw tooLarge();
        }
        int permits = kib(length < 0 ? most : length);
        if (!free.tryAcquire(permits)) {
            throw HttpFailure.busy(1, "the requests that are being read take all memory there is for them; try again");
        }
        try {
            byte[] body = exchange.getRequestBody().readNBytes(most + 1);
            if (body.length > most) {
                throw tooLarge();
            }
            call.body(body);
            use.run();
        } finally {
            free.release(permits);
        }
    }

    /** Returns the length of the body as the request says it, -1 if it does not. */
    private static long announced(HttpExchange exchange) {
        if (exchange.getRequestHeaders().containsKey("Transfer-Encoding")) {
            return -1;
        }
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
    static void drain(HttpExchange exchange) {
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
