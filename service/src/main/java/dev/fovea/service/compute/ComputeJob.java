package dev.fovea.service.compute;

import dev.fovea.models.Cancellation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The inputs of one request, which may be computed in several batches. Guarded by the queue's lock, but the future. */
final class ComputeJob<I, O> {

    final Operation<I, O> operation;
    final long since = System.nanoTime();
    final CompletableFuture<List<O>> done = new CompletableFuture<>();
    private final List<I> inputs;
    private final List<O> outputs;
    private int taken;
    private int computed;
    private boolean abandoned;
    private Running running;

    ComputeJob(Operation<I, O> operation, List<I> inputs) {
        this.operation = operation;
        this.inputs = List.copyOf(inputs);
        outputs = new ArrayList<>(Collections.nCopies(inputs.size(), null));
    }

    /** A part of a job's inputs that is computed in a batch. */
    record Part<I, O>(ComputeJob<I, O> job, int from, int to) {
        List<I> inputs() {
            return job.inputs.subList(from, to);
        }

        int size() {
            return to - from;
        }
    }

    /** What is being computed: it is cancelled when nobody waits for any of its jobs. */
    static final class Running {
        final Cancellation cancellation = new Cancellation();
        private int awaited;
    }

    boolean isAllTaken() {
        return left() == 0;
    }

    /** Returns how many inputs wait. */
    int left() {
        return inputs.size() - taken;
    }

    boolean isOver() {
        return abandoned || done.isDone();
    }

    /** Takes some inputs. */
    Part<I, O> take(int most, Running with) {
        int from = taken;
        taken = Math.min(inputs.size(), from + most);
        running = with;
        with.awaited++;
        return new Part<>(this, from, taken);
    }

    /** Returns what it is computed in. */
    Running running() {
        return running;
    }

    /** Stops waiting: what was not taken is not computed, and what is computed for nobody is cancelled. */
    void abandon() {
        if (!abandoned) {
            abandoned = true;
            if (running != null && --running.awaited == 0) {
                running.cancellation.cancel();
            }
        }
    }

    /** Takes in what was computed; returns whether that is all of it. */
    boolean put(Part<I, O> part, List<O> values) {
        running = null;
        for (int i = 0; i < part.size(); i++) {
            outputs.set(part.from() + i, values.get(i));
        }
        computed += part.size();
        return computed == inputs.size();
    }

    List<O> outputs() {
        return outputs;
    }
}
