package dev.fovea.studio.runs;

import dev.fovea.service.error.HttpFailure;
import dev.fovea.studio.web.PageCall;
import dev.fovea.studio.web.PageEvents;
import dev.fovea.studio.web.PageHandler;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Runs models one at a time, in a thread of its own; eight more requests wait, others are refused. A run is stopped
 * when the page that asked for it is gone.
 */
public final class RunQueue implements AutoCloseable {

    /** Most runs that wait. */
    public static final int WAITING = 8;

    private static final long PING_MILLISECONDS = 500;

    private final Semaphore places = new Semaphore(1 + WAITING);
    private final ExecutorService worker = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("fovea-studio-run").daemon().factory());

    /**
     * Runs some work in its turn and answers with events: {@code queued}, what the work sends, and {@code result} or
     * {@code error}.
     *
     * @param work returns the result; it may send events before
     * @throws HttpFailure if too many wait already
     */
    void stream(PageCall call, Function<PageEvents, Object> work) {
        int before = take();
        try {
            PageEvents events = call.events();
            if (before > 0) {
                events.send("queued", Map.of("place", before));
            }
            Future<Object> running = worker.submit(() -> work.apply(events));
            try {
                events.send("result", wait(running, events));
            } catch (ExecutionException failed) {
                if (failed.getCause() instanceof UncheckedIOException gone) {
                    throw gone;
                }
                events.send("error", PageHandler.failure(failed.getCause()).answer());
            }
        } finally {
            places.release();
        }
    }

    private static Object wait(Future<Object> running, PageEvents events) throws ExecutionException {
        try {
            while (true) {
                try {
                    return running.get(PING_MILLISECONDS, TimeUnit.MILLISECONDS);
                } catch (TimeoutException notYet) {
                    events.ping(); // which fails if the page is gone
                }
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
            throw HttpFailure.unavailable("stopping", "the studio stops; start it again");
        } finally {
            running.cancel(true); // nothing where it is done
        }
    }

    /**
     * Computes something small in its turn.
     *
     * @throws HttpFailure if too many wait already
     */
    public <T> T compute(Supplier<T> work) {
        take();
        Future<T> running = worker.submit(work::get);
        try {
            return running.get();
        } catch (InterruptedException closing) {
            running.cancel(true);
            Thread.currentThread().interrupt();
            throw HttpFailure.unavailable("stopping", "the studio stops; start it again");
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) failed.getCause();
        } finally {
            places.release();
        }
    }

    /** Takes a place and returns how many are before it. */
    private int take() {
        if (!places.tryAcquire()) {
            throw HttpFailure.busy(1, "a run is going on and " + WAITING + " wait already; try again when one is done");
        }
        return Math.max(0, WAITING - places.availablePermits());
    }

    /** Stops the run that goes on, and those that wait. */
    @Override
    public void close() {
        worker.shutdownNow();
        try {
            worker.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
