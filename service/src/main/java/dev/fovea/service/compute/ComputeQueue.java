package dev.fovea.service.compute;

import dev.fovea.service.compute.ComputeJob.Part;
import dev.fovea.service.compute.ComputeJob.Running;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.metrics.ServiceMetrics;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Computes what waits in a lane together: one thread takes the request that waits longest, with all others that want
 * the same, up to as many inputs as the operation computes at once. Nothing waits for a batch to fill. Requests of many
 * inputs go to the end of the queue with what is left of it, so that small ones pass. The queue is bounded.
 */
final class ComputeQueue implements AutoCloseable {

    private final String model;
    private final Lane lane;
    private final int capacity;
    private final ServiceMetrics metrics;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<ComputeJob<?, ?>> jobs = new ArrayDeque<>();

    /** The names of all operations that were ever asked for. */
    private final Set<String> operations = new TreeSet<>();

    /** How long an input takes, as it was lately. */
    private double usualSeconds;

    private boolean closed;

    /** What is computed, or null. */
    private Running running;

    /** Null until there is something to compute. */
    private Thread thread;

    /**
     * Makes an empty queue.
     *
     * @param model its name in metrics and messages
     * @param capacity how many requests may wait
     */
    ComputeQueue(String model, Lane lane, int capacity, ServiceMetrics metrics) {
        this.model = model;
        this.lane = lane;
        this.capacity = capacity;
        this.metrics = metrics;
        metrics.queue(model, this::lengths);
    }

    /** Returns how many requests wait, by operation. */
    private Map<String, Integer> lengths() {
        Map<String, Integer> lengths = new TreeMap<>();
        lock.lock();
        try {
            operations.forEach(name -> lengths.put(name, 0));
            jobs.forEach(job -> lengths.merge(job.operation.name(), 1, Integer::sum));
        } finally {
            lock.unlock();
        }
        return lengths;
    }

    /** Returns whether nothing waits and nothing is computed, not even what nobody waits for any more. */
    boolean isIdle() {
        lock.lock();
        try {
            return jobs.isEmpty() && running == null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Computes some inputs and waits for the outputs.
     *
     * @return an output of each input, in their order
     * @throws HttpFailure if too much waits already, or the deadline has passed
     */
    <I, O> List<O> compute(Operation<I, O> operation, List<I> inputs, Deadline deadline) {
        if (inputs.isEmpty()) {
            return List.of();
        }
        ComputeJob<I, O> job = start(operation, inputs);
        try {
            return job.done.get(Math.max(0, deadline.left()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            throw deadline.missed();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw HttpFailure.unavailable("stopping", "the service stops; try again when it runs");
        } catch (ExecutionException failed) {
            throw unwrapped(failed.getCause());
        } finally {
            abandon(job);
        }
    }

    private static RuntimeException unwrapped(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return (RuntimeException) cause;
    }

    private <I, O> ComputeJob<I, O> start(Operation<I, O> operation, List<I> inputs) {
        ComputeJob<I, O> job = new ComputeJob<>(operation, inputs);
        lock.lock();
        try {
            if (closed) {
                throw HttpFailure.unavailable("stopping", "the service stops; try again when it runs");
            }
            if (jobs.size() >= capacity) {
                int inputsBefore = jobs.stream().mapToInt(ComputeJob::left).sum();
                int seconds = (int) Math.clamp(Math.ceil(usualSeconds * inputsBefore), 1, 60);
                throw HttpFailure.busy(
                        seconds,
                        jobs.size() + " requests wait for " + model + " (" + lane.label() + ") already; try again in "
                                + seconds + " s");
            }
            if (thread == null) {
                thread = Thread.ofPlatform()
                        .name("fovea-" + model + "-" + lane.label())
                        .daemon()
                        .start(this::work);
            }
            operations.add(operation.name());
            jobs.add(job);
            changed.signal();
        } finally {
            lock.unlock();
        }
        return job;
    }

    /** Stops waiting for a job; of one that is done nothing changes. */
    private void abandon(ComputeJob<?, ?> job) {
        lock.lock();
        try {
            if (!job.done.isDone()) {
                job.abandon();
                jobs.remove(job);
            }
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        for (List<Part<?, ?>> batch = next(); !batch.isEmpty(); batch = next()) {
            compute(batch);
        }
    }

    /** Waits for work and takes the next batch; none when the queue is closed. */
    private List<Part<?, ?>> next() {
        lock.lock();
        try {
            running = null;
            while (jobs.isEmpty() && !closed) {
                changed.awaitUninterruptibly();
            }
            List<Part<?, ?>> batch = new ArrayList<>();
            if (closed) {
                return batch;
            }
            running = new Running();
            Operation<?, ?> operation = jobs.getFirst().operation;
            List<ComputeJob<?, ?>> rest = new ArrayList<>();
            int room = operation.most();
            for (Iterator<ComputeJob<?, ?>> all = jobs.iterator(); room > 0 && all.hasNext(); ) {
                ComputeJob<?, ?> job = all.next();
                if (job.operation.equals(operation)) {
                    all.remove();
                    Part<?, ?> part = job.take(room, running);
                    room -= part.size();
                    batch.add(part);
                    if (!job.isAllTaken()) {
                        rest.add(job);
                    }
                }
            }
            jobs.addAll(rest);
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void compute(List<Part<?, ?>> batch) {
        long start = System.nanoTime();
        batch.stream()
                .filter(part -> part.from() == 0)
                .forEach(part -> metrics.waited(model, part.job().operation.name(), (start - part.job().since) / 1e9));
        @SuppressWarnings("unchecked") // the operations of a batch are equal
        List<Part<Object, Object>> parts = (List<Part<Object, Object>>) (List<?>) batch;
        try {
            compute(parts, parts.getFirst().job().operation);
        } catch (Throwable failed) { // whatever a model throws belongs to the requests, and this thread goes on
            if (parts.size() == 1) {
                fail(parts.getFirst(), failed);
            } else {
                parts.forEach(this::alone);
            }
        }
    }

    private void compute(List<Part<Object, Object>> parts, Operation<Object, Object> operation) {
        List<Object> inputs = new ArrayList<>();
        parts.forEach(part -> inputs.addAll(part.inputs()));
        long start = System.nanoTime();
        List<Object> outputs = parts.getFirst()
                .job()
                .running()
                .cancellation
                .call(() -> operation.work().apply(inputs));
        count(operation, inputs.size(), (System.nanoTime() - start) / 1e9);
        int from = 0;
        for (Part<Object, Object> part : parts) {
            int to = from + part.size();
            finish(part, outputs.subList(from, to));
            from = to;
        }
    }

    private void count(Operation<?, ?> operation, int inputs, double seconds) {
        metrics.computed(model, operation.name(), inputs, seconds);
        lock.lock();
        try {
            double each = seconds / inputs;
            usualSeconds = usualSeconds == 0 ? each : 0.8 * usualSeconds + 0.2 * each;
        } finally {
            lock.unlock();
        }
    }

    /** Computes a part of a batch that failed, so that one request's fault is not another's. */
    private void alone(Part<Object, Object> part) {
        if (!part.job().isOver()) {
            try {
                compute(List.of(part), part.job().operation);
            } catch (Throwable failed) {
                fail(part, failed);
            }
        }
    }

    private void finish(Part<Object, Object> part, List<Object> outputs) {
        ComputeJob<Object, Object> job = part.job();
        boolean whole;
        lock.lock();
        try {
            whole = job.put(part, outputs);
        } finally {
            lock.unlock();
        }
        if (whole) {
            job.done.complete(job.outputs());
        }
    }

    private void fail(Part<?, ?> part, Throwable failed) {
        lock.lock();
        try {
            jobs.remove(part.job());
        } finally {
            lock.unlock();
        }
        part.job().done.completeExceptionally(failed);
    }

    /** Cancels what is computed and returns when the thread has ended, or this one is interrupted; what waits fails. */
    @Override
    public void close() {
        List<ComputeJob<?, ?>> waiting;
        Thread ending;
        lock.lock();
        try {
            closed = true;
            waiting = List.copyOf(jobs);
            jobs.clear();
            changed.signal();
            if (running != null) {
                running.cancellation.cancel();
            }
            ending = thread;
        } finally {
            lock.unlock();
        }
        HttpFailure stopped = HttpFailure.unavailable("stopping", "the service stops; try again when it runs");
        waiting.forEach(job -> job.done.completeExceptionally(stopped));
        if (ending != null) {
            try {
                ending.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
