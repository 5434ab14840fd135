package dev.fovea.models;

import dev.fovea.models.check.Arguments;
import dev.fovea.tensor.CancelledException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Stops calls of models from another thread, or after some time. Whatever runs in {@link #call} ends after the
 * operation that it is in, some milliseconds, with a {@link CancelledException}: a forward pass, a text, the decoding
 * of a picture, a model that is being loaded.
 *
 * <pre>{@code
 * Cancellation cancellation = Cancellation.after(Duration.ofSeconds(5));
 * String caption = cancellation.call(() -> captioner.caption(picture)); // throws CancelledException if it takes longer
 * }</pre>
 *
 * <p>It works by interrupting the threads that are in {@code call}, and takes the interrupt back when they leave.
 * Models stay usable. One token may stop any number of calls, and stays cancelled.
 */
public final class Cancellation {

    private final Set<Thread> running = new HashSet<>();
    private boolean cancelled;

    /** Makes a token that is not cancelled. */
    public Cancellation() {}

    /** Makes a token that cancels itself when some time has passed. */
    public static Cancellation after(Duration time) {
        Cancellation token = new Cancellation();
        CompletableFuture.delayedExecutor(
                        Arguments.present(time, "time").toNanos(), TimeUnit.NANOSECONDS, Runnable::run)
                .execute(token::cancel);
        return token;
    }

    /**
     * Ends what runs in {@link #call} now, and keeps anything from starting there. May be called by any thread, more
     * than once.
     */
    public synchronized void cancel() {
        cancelled = true;
        running.forEach(Thread::interrupt);
    }

    /** Returns whether {@link #cancel} was called. */
    public synchronized boolean isCancelled() {
        return cancelled;
    }

    /**
     * Does some work in this thread, until it is done or cancelled.
     *
     * @throws CancelledException if it was cancelled before it was done, or the thread was interrupted
     */
    public <T> T call(Supplier<T> work) {
        Arguments.present(work, "work");
        boolean outermost;
        synchronized (this) {
            if (cancelled) {
                throw cancelledBefore();
            }
            outermost = running.add(Thread.currentThread());
        }
        try {
            return work.get();
        } finally {
            if (outermost) {
                leave();
            }
        }
    }

    /** Does some work in this thread, until it is done or cancelled. */
    public void run(Runnable work) {
        Arguments.present(work, "work");
        call(() -> {
            work.run();
            return null;
        });
    }

    /** The exception sets the thread's interrupt flag, which is nobody's here. */
    private static CancelledException cancelledBefore() {
        boolean interrupted = Thread.currentThread().isInterrupted();
        CancelledException cancelled = new CancelledException();
        if (!interrupted) {
            Thread.interrupted();
        }
        return cancelled;
    }

    private synchronized void leave() {
        running.remove(Thread.currentThread());
        if (cancelled) {
            Thread.interrupted();
        }
    }
}
