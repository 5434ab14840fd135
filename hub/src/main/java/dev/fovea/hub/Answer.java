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
 * Holds what a server answered after all redirects. A body that sends nothing for too long is closed, so that whoever
 * reads it gets an exception.
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
     * Wraps a response.
     *
     * @param hub what the hub itself said before it redirected
     * @param patience how long a body may send nothing
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

    /** Returns a header of the last server, or an empty text if it is absent. */
    String header(String name) {
        return response.headers().firstValue(name).orElse("");
    }

    /** Returns a header that is a number, or -1 if it is absent or not a number. */
    long number(String name) {
        return HubHeaders.number(header(name));
    }

    /**
     * Reads the next bytes of the body.
     *
     * @return how many bytes were read, -1 at the end
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
