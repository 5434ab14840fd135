package dev.fovea.kernels.cpu.threads;

import dev.fovea.tensor.DeviceException;
import dev.fovea.tensor.FoveaException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * Owns the threads that share an operation's parts. An operation lasts tens of microseconds and the next follows at
 * once, so a worker spins for a moment before it parks: waking a parked thread costs more than many an operation. Parts
 * are claimed one by one from a counter, so that a core that something else slows down delays nobody for longer than a
 * part.
 *
 * <p>One operation at a time has the workers; a second thread that computes meanwhile does its parts by itself.
 */
public final class Workers implements AutoCloseable {

    /** How long a worker looks for work before it parks. */
    private static final long SPIN_NANOS = 100_000;

    private final Worker[] workers;
    private final ReentrantLock inUse = new ReentrantLock();
    private final ThreadLocal<Boolean> alone = new ThreadLocal<>();
    private volatile Job job;
    private volatile boolean closed;

    /**
     * Starts them.
     *
     * @param threads how many compute at once, the calling one included
     * @throws FoveaException if the system gives no more threads; those that were started end
     */
    public Workers(int threads) {
        workers = new Worker[threads - 1];
        int started = 0;
        try {
            for (; started < workers.length; started++) {
                workers[started] = new Worker(started);
                workers[started].start();
            }
        } catch (OutOfMemoryError e) {
            closed = true;
            for (int i = 0; i < started; i++) {
                LockSupport.unpark(workers[i]);
            }
            throw new DeviceException(
                    "the system gives only " + (started + 1) + " of " + threads + " threads; ask for fewer", e);
        }
    }

    public int threads() {
        return workers.length + 1;
    }

    /** Runs some work whose tasks are all called by this thread. */
    public <T> T onCallingThread(Supplier<T> work) {
        Boolean before = alone.get();
        alone.set(Boolean.TRUE);
        try {
            return work.get();
        } finally {
            if (before == null) {
                alone.remove();
            }
        }
    }

    /**
     * Calls a task with every index from 0 to {@code count - 1}, on all threads, and returns when all calls have
     * returned. What a task throws is thrown here.
     */
    public void forEach(int count, IntConsumer task) {
        if (count <= 1
                || workers.length == 0
                || inUse.isHeldByCurrentThread()
                || alone.get() != null
                || !inUse.tryLock()) {
            for (int i = 0; i < count; i++) {
                task.accept(i);
            }
            return;
        }
        try {
            Job mine = new Job(count, task);
            job = mine;
            for (Worker worker : workers) {
                if (worker.parked) {
                    LockSupport.unpark(worker);
                }
            }
            mine.run();
            mine.awaitOthers();
        } finally {
            inUse.unlock();
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            LockSupport.unpark(worker);
        }
    }

    /** Describes one operation: indices are claimed from {@code next}, {@code done} counts the finished ones. */
    private static final class Job {
        private final int count;
        private final IntConsumer task;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger done = new AtomicInteger();
        private volatile Throwable failure;

        Job(int count, IntConsumer task) {
            this.count = count;
            this.task = task;
        }

        void run() {
            for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                try {
                    if (failure == null) {
                        task.accept(i);
                    }
                } catch (Throwable e) {
                    failure = e;
                } finally {
                    done.getAndIncrement();
                }
            }
        }

        void awaitOthers() {
            for (int spins = 0; done.get() < count; spins++) {
                if (spins < 10_000) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
            switch (failure) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new IllegalStateException(e);
            }
        }
    }

    private final class Worker extends Thread {
        private volatile boolean parked;

        Worker(int number) {
            super("fovea-cpu-" + (number + 1));
            setDaemon(true);
        }

        @Override
        public void run() {
            Job last = null;
            while (!closed) {
                last = nextAfter(last);
                if (last != null) {
                    last.run();
                }
            }
        }

        /** Spins, then parks, until there is a job other than the last one or somebody wakes it. */
        private Job nextAfter(Job last) {
            long start = System.nanoTime();
            do {
                for (int i = 0; i < 100; i++) {
                    Job current = job;
                    if (current != last) {
                        return current;
                    }
                    Thread.onSpinWait();
                }
            } while (System.nanoTime() - start < SPIN_NANOS);
            parked = true;
            try {
                if (job == last && !closed) {
                    LockSupport.park(Workers.this);
                }
            } finally {
                parked = false;
            }
            return job;
        }
    }
}
