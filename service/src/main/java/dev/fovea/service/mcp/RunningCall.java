package dev.fovea.service.mcp;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** A call that waits or runs: whichever comes first, its end or its cancellation, decides whether it is answered. */
final class RunningCall {

    private final Consumer<RunningCall> work;
    private final Runnable forget;
    private Future<?> future;
    private boolean isOver;

    /**
     * Makes a call.
     *
     * @param work is given this call and ends it
     * @param forget is run when the call is over
     */
    RunningCall(Consumer<RunningCall> work, Runnable forget) {
        this.work = work;
        this.forget = forget;
    }

    synchronized void start(ExecutorService threads) {
        future = threads.submit(() -> work.accept(this));
    }

    /** Stops the call; nothing happens if it is over. */
    synchronized void cancel() {
        if (end()) {
            future.cancel(true);
        }
    }

    /** Ends the call, and returns whether it was not over before. */
    synchronized boolean end() {
        boolean first = !isOver;
        if (first) {
            isOver = true;
            forget.run();
        }
        return first;
    }
}
