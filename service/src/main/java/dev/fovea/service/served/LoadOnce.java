package dev.fovea.service.served;

import dev.fovea.service.compute.Deadline;
import dev.fovea.service.error.HttpFailure;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Loads a model when it is first asked for, in a thread of its own; all who ask meanwhile wait for the same. Where that
 * fails, the next one who asks tries again.
 */
final class LoadOnce<M extends AutoCloseable> implements AutoCloseable {

    private final Supplier<M> loader;
    private FutureTask<M> loading;
    private boolean closed;

    LoadOnce(Supplier<M> loader) {
        this.loader = loader;
    }

    private synchronized FutureTask<M> start() {
        if (closed) {
            throw HttpFailure.unavailable("stopping", "the service stops; try again when it runs");
        }
        if (loading == null || loading.state() == FutureTask.State.FAILED) {
            loading = new FutureTask<>(loader::get);
            Thread.ofPlatform().name("fovea-loading").daemon().start(loading);
        }
        return loading;
    }

    /**
     * Returns the model.
     *
     * @throws HttpFailure if it is not there by the deadline; it will be, later
     */
    M get(Deadline deadline) {
        try {
            return start().get(Math.max(0, deadline.left()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            throw HttpFailure.unavailable("loading", "the model is being loaded; try again in some seconds");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw HttpFailure.unavailable("stopping", "the service stops; try again when it runs");
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) failed.getCause();
        }
    }

    /**
     * Closes the model, which the next one who asks loads again; one that is being loaded stays.
     *
     * @return whether there was one
     */
    boolean unload() throws Exception {
        FutureTask<M> last;
        synchronized (this) {
            if (closed || loading == null || loading.state() != FutureTask.State.SUCCESS) {
                return false;
            }
            last = loading;
            loading = null;
        }
        last.resultNow().close();
        return true;
    }

    @Override
    public void close() throws Exception {
        FutureTask<M> last;
        synchronized (this) {
            closed = true;
            last = loading;
        }
        if (last != null && last.state() == FutureTask.State.SUCCESS) {
            last.resultNow().close();
        }
    }
}
