package dev.fovea.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * What a server answered after all redirects; a body that stands still is closed, so that whoever reads it gets an
 * exception.
 */
final class Answer implements AutoCloseable {

    private static final ScheduledExecutorService WATCH = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("fovea-hub-watch").factory());

    private final HttpResponse<InputStream> response;
    private final HubHeaders hub;
    private final long patienceNanos;
    private final ScheduledFuture<?> watch;
    private volatile long lastRead = System.nanoTime();
    private volatile boolean stalled;

    /**
     * An answer.
     *
     * @param hub what the hub itself said on the way
     * @param patience how long a body may stand still
     */
    Answer(HttpResponse<InputStream> response, HubHeaders hub, Duration patience) {
        this.response = response;
        this.hub = hub;
        patienceNanos = patience.toNanos();
        watch = WATCH.scheduleWithFixedDelay(this::check, patienceNanos, patienceNanos / 4, TimeUnit.NANOSECONDS);
    }

    private void check() {
        if (System.nanoTime() - lastRead > patienceNanos) {
            stalled = true;
            try {
                response.body().close();
            } catch (IOException e) {
                // the reader gets its own
            }
        }
    }

    int status() {
        return response.statusCode();
    }

    HubHeaders hub() {
        return hub;
    }

    /** A header of the last server, or an empty text. */
    String header(String name) {
        return response.headers().firstValue(name).orElse("");
    }

    /** A header that is a number, -1 if it is absent or none. */
    long number(String name) {
        return HubHeaders.number(header(name));
    }

    /**
     * Reads on.
     *
     * @return how many bytes, -1 at the end
     * @throws IOException if the connection broke, or nothing came for long
     */
    int read(byte[] buffer, int length) throws IOException {
        try {
            int read = response.body().read(buffer, 0, length);
            if (stalled) {
                throw new IOException("nothing came for " + TimeUnit.NANOSECONDS.toSeconds(patienceNanos) + " s");
            }
            lastRead = System.nanoTime();
            return read;
        } catch (IOException e) {
            throw stalled
                    ? new IOException("nothing came for " + TimeUnit.NANOSECONDS.toSeconds(patienceNanos) + " s", e)
                    : e;
        }
    }

    @Override
    public void close() throws IOException {
        watch.cancel(false);
        response.body().close();
    }
}
