package dev.fovea.training.numerics;

import dev.fovea.tensor.CancelledException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Supplier;

/** Runs work whose products are split over a number of threads. */
public final class ThreadLimit {

    private ThreadLimit() {}

    /**
     * Runs work to its end.
     *
     * @param threads that {@link Matrices#times} splits its rows over
     * @param work looks for an interrupt at every step, {@link CancelledException#throwIfInterrupted}
     * @throws CancelledException if the calling thread is interrupted, which ends the work
     */
    public static <T> T run(int threads, Supplier<T> work) {
        // A parallel stream runs in the pool of the task that starts it.
        try (ForkJoinPool pool = new ForkJoinPool(threads)) {
            try {
                return CompletableFuture.supplyAsync(work, pool).get();
            } catch (InterruptedException e) {
                pool.shutdownNow();
                throw new CancelledException(e);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException failure) {
                    throw failure;
                }
                throw new IllegalStateException(e.getCause());
            }
        }
    }
}
