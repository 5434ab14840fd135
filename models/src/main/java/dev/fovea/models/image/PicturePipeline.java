package dev.fovea.models.image;

import dev.fovea.models.check.Arguments;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.CancelledException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Works on many picture files: reads them, keeps of each only what a function makes of it, and computes batches while
 * others are read. Memory does not depend on the number of pictures, nor on their pixels. An error
 * of one picture is the outcome of that picture and does not affect others.
 *
 * <pre>{@code
 * PicturePipeline.start(files, () -> clip.preprocessing()::prepare)
 *         .run(clip.backend(), (batch, indices) -> clip.embedAll(batch), outcome -> store(outcome));
 * }</pre>
 *
 * @param <P> type of what is kept of a picture
 */
public final class PicturePipeline<P> implements AutoCloseable {

    /** Size of a batch. Large enough for tall matrices, small enough that what is kept of two batches fits anywhere. */
    private static final int BATCH = 16;

    /**
     * Size of a batch that one thread computes alone: its matrices are tall enough, and the last batches end at about
     * the same time.
     */
    private static final int BATCH_OF_ONE_THREAD = 8;

    private static final int CORES = Runtime.getRuntime().availableProcessors();

    /**
     * As many threads as there are cores, so that no more pictures than that are decoded at a time. Idle threads end.
     */
    private static final ThreadPoolExecutor THREADS = threads(CORES);

    /** Computes the results of a batch of pictures. */
    @FunctionalInterface
    public interface Work<P, R> {
        /**
         * Computes the results of a batch, in its order.
         *
         * @param indices for every picture its index among all files
         */
        List<R> apply(List<P> batch, int[] indices);
    }

    /**
     * The outcome of one file.
     *
     * @param index of the file among all files
     * @param result of the work, null if there is none
     * @param error why there is no result, null if there is one
     */
    public record Outcome<R>(int index, Path file, R result, Throwable error) {

        /** Checks that the file is there. */
        public Outcome {
            Arguments.present(file, "file");
        }
    }

    /**
     * Pictures that are ready to be computed together, and the files between them that are not readable.
     *
     * @param <P> type of what is kept of a picture
     */
    public static final class Batch<P> {
        private final List<Prepared<P>> prepared;
        private final List<Prepared<P>> readable;

        private Batch(List<Prepared<P>> prepared) {
            this.prepared = prepared;
            this.readable =
                    prepared.stream().filter(picture -> picture.error == null).toList();
        }

        /** Returns what is kept of each readable picture, in the order of the files. The list may be empty. */
        public List<P> pictures() {
            return readable.stream().map(Prepared::picture).toList();
        }

        /** Returns for each readable picture its index among all files. */
        public int[] indices() {
            return readable.stream().mapToInt(Prepared::index).toArray();
        }

        /**
         * Returns the outcome of each file of the batch, in the order of the files.
         *
         * @param results one for each of {@link #pictures}, in their order
         */
        public <R> List<Outcome<R>> outcomes(List<R> results) {
            Arguments.oneForEach(Arguments.present(results, "results").size(), "results", readable.size(), "pictures");
            List<Outcome<R>> outcomes = new ArrayList<>(prepared.size());
            int result = 0;
            for (Prepared<P> picture : prepared) {
                R made = picture.error == null ? results.get(result++) : null;
                outcomes.add(new Outcome<>(picture.index, picture.file, made, picture.error));
            }
            return outcomes;
        }
    }

    private record Prepared<P>(int index, Path file, P picture, Throwable error) {}

    /** Work on one of the threads, which can be stopped at any point. */
    private static final class Task<T> extends FutureTask<T> {
        private final CountDownLatch ended = new CountDownLatch(1);

        Task(Callable<T> work) {
            super(work);
        }

        @Override
        public void run() {
            try {
                super.run();
            } finally {
                ended.countDown();
            }
        }

        /** Keeps the work from starting, or interrupts it. Returns when nothing of it runs any more. */
        void stop() {
            if (THREADS.remove(this)) {
                cancel(false);
                return;
            }
            cancel(true);
            boolean interrupted = false;
            while (true) {
                try {
                    ended.await();
                    break;
                } catch (InterruptedException again) {
                    interrupted = true;
                }
            }
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    /** Files to read; only the thread that runs the pipeline takes from it. */
    private final Iterator<Path> files;

    /** Number of files, or the largest int where it is not known. */
    private final int count;

    private final Task<Function<Path, P>> preparation;
    /** Work that may still run. */
    private final Deque<Task<?>> running = new ArrayDeque<>();

    private final List<Task<Prepared<P>>> first;
    private int taken;

    private PicturePipeline(Iterator<Path> files, int count, Supplier<Function<Path, P>> preparation) {
        this.files = files;
        this.count = count;
        this.preparation = submit(preparation::get);
        first = prepareNext(BATCH);
    }

    private static ThreadPoolExecutor threads(int count) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                count,
                count,
                1,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name("fovea-pictures-", 0).factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /**
     * Starts to read the first pictures, so that they are ready when the model is.
     *
     * @param preparation gives, once, the function that reads each file, such as a {@link Preprocessing#prepare(Path)}
     *     or {@link #reading}; what that function throws is the picture's outcome
     */
    public static <P> PicturePipeline<P> start(List<Path> files, Supplier<Function<Path, P>> preparation) {
        Arguments.present(preparation, "preparation");
        return new PicturePipeline<>(
                List.copyOf(Arguments.present(files, "files")).iterator(), files.size(), preparation);
    }

    /**
     * Starts to read the first pictures of a sequence of files, which may be endless. No more names are taken than are
     * being worked on, a few for each core. While the iterator waits for its next name, so do the outcomes of the files
     * before it.
     *
     * @param files asked for the next one by the calling thread only
     * @param preparation gives, once, the function that reads each file, such as a {@link Preprocessing#prepare(Path)}
     *     or {@link #reading}; what that function throws is the picture's outcome
     */
    public static <P> PicturePipeline<P> start(Iterator<Path> files, Supplier<Function<Path, P>> preparation) {
        Arguments.present(files, "files");
        Arguments.present(preparation, "preparation");
        return new PicturePipeline<>(files, Integer.MAX_VALUE, preparation);
    }

    /**
     * Returns a function that reads a picture file as {@link Picture#read(Path, Function)} does, for work that needs
     * more of a picture than one {@link Preprocessing} leaves.
     *
     * @param use makes something smaller of the picture and does not keep it; may be called twice. What it complains
     *     about gets the file's name
     */
    public static <P> Function<Path, P> reading(Function<? super Picture, ? extends P> use) {
        Arguments.present(use, "use");
        return file -> PictureReader.readNamed(file, DraftReduction.NONE, use);
    }

    /**
     * Returns the batches one after the other, while the pictures of the next one are read. Each batch is meant to be
     * computed on all threads of a backend. A pipeline runs once, in one thread. {@link #close} it after the last batch
     * or where the work is given up.
     *
     * @return an iterator whose {@code next} throws a {@link CancelledException} if the thread was interrupted
     */
    public Iterator<Batch<P>> batches() {
        return new Iterator<>() {
            private List<Task<Prepared<P>>> next = first;

            @Override
            public boolean hasNext() {
                return !next.isEmpty();
            }

            @Override
            public Batch<P> next() {
                List<Prepared<P>> prepared =
                        next.stream().map(PicturePipeline::join).toList();
                next = prepareNext(BATCH);
                CancelledException.throwIfInterrupted();
                return new Batch<>(prepared);
            }
        };
    }

    /**
     * Returns the outcomes of all files in their order. Where it is faster, each core computes whole pictures, so that
     * no core waits for another: with many files on a backend of several threads. A pipeline runs once, in one thread.
     * {@link #close} it before the model that the work computes with.
     *
     * @param backend what the work computes on
     * @param work may be called by several threads at a time
     * @return an iterator whose {@code next} throws a {@link CancelledException} if the thread was interrupted
     */
    public <R> Iterator<Outcome<R>> outcomes(Backend backend, Work<P, R> work) {
        Arguments.present(backend, "backend");
        Arguments.present(work, "work");
        int callers = Math.min(backend.threads(), CORES);
        boolean together = callers == 1 || first.size() < BATCH || !files.hasNext();
        Iterator<List<Outcome<R>>> groups = together ? computed(batches(), work) : onEachCore(backend, callers, work);
        return new Iterator<>() {
            private Iterator<Outcome<R>> group = Collections.emptyIterator();

            @Override
            public boolean hasNext() {
                while (!group.hasNext() && groups.hasNext()) {
                    group = groups.next().iterator();
                }
                return group.hasNext();
            }

            @Override
            public Outcome<R> next() {
                if (!hasNext()) throw new NoSuchElementException();
                return group.next();
            }
        };
    }

    /**
     * Runs over all files, one batch after the other, each on all threads of the backend. A pipeline runs once.
     *
     * @param receiver is given the outcomes in the order of the files, by the calling thread
     * @throws CancelledException if the thread was interrupted; the receiver then has the outcomes so far, and nothing
     *     runs any more
     */
    public <R> void run(Work<P, R> work, Consumer<Outcome<R>> receiver) {
        Arguments.present(work, "work");
        Arguments.present(receiver, "receiver");
        try (this) {
            computed(batches(), work).forEachRemaining(outcomes -> outcomes.forEach(receiver));
        }
    }

    /**
     * Runs over all files. Each core computes whole pictures where that is faster, as in {@link #outcomes}. A pipeline
     * runs once.
     *
     * @param backend what the work computes on
     * @param work may be called by several threads at a time
     * @param receiver is given the outcomes in the order of the files, by the calling thread
     * @throws CancelledException if the thread was interrupted; the receiver then has the outcomes so far, and nothing
     *     runs any more
     */
    public <R> void run(Backend backend, Work<P, R> work, Consumer<Outcome<R>> receiver) {
        Arguments.present(backend, "backend");
        Arguments.present(work, "work");
        Arguments.present(receiver, "receiver");
        try (this) {
            outcomes(backend, work).forEachRemaining(receiver);
        }
    }

    /**
     * Stops all work that still runs, so that nothing continues in the background: the caller may close the model next.
     */
    @Override
    public void close() {
        running.forEach(Task::stop);
        running.clear();
    }

    private static <P, R> Iterator<List<Outcome<R>>> computed(Iterator<Batch<P>> batches, Work<P, R> work) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return batches.hasNext();
            }

            @Override
            public List<Outcome<R>> next() {
                return compute(batches.next(), work);
            }
        };
    }

    private <R> Iterator<List<Outcome<R>>> onEachCore(Backend backend, int callers, Work<P, R> work) {
        Work<P, R> alone = (batch, indices) -> backend.onCallingThread(() -> work.apply(batch, indices));
        int size = Math.clamp(count / (4 * callers), 1, BATCH_OF_ONE_THREAD);
        Iterator<Supplier<Prepared<P>>> pictures = pictures();
        Deque<Task<List<Outcome<R>>>> ahead = new ArrayDeque<>();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return !ahead.isEmpty() || pictures.hasNext();
            }

            @Override
            public List<Outcome<R>> next() {
                while (ahead.size() < 2 * callers && pictures.hasNext()) {
                    List<Supplier<Prepared<P>>> batch = new ArrayList<>(size);
                    while (batch.size() < size && pictures.hasNext()) batch.add(pictures.next());
                    ahead.add(submit(() -> compute(
                            new Batch<>(batch.stream().map(Supplier::get).toList()), alone)));
                }
                List<Outcome<R>> outcomes = join(ahead.remove());
                CancelledException.throwIfInterrupted();
                return outcomes;
            }
        };
    }

    private <T> Task<T> submit(Callable<T> work) {
        Task<T> task = new Task<>(work);
        while (!running.isEmpty() && running.peek().isDone()) running.remove();
        running.add(task);
        THREADS.execute(task);
        return task;
    }

    /**
     * Returns the pictures in the order of their files: those whose reading has begun, then those that the calling
     * thread prepares.
     */
    private Iterator<Supplier<Prepared<P>>> pictures() {
        Iterator<Task<Prepared<P>>> begun = first.iterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return begun.hasNext() || files.hasNext();
            }

            @Override
            public Supplier<Prepared<P>> next() {
                if (begun.hasNext()) {
                    Task<Prepared<P>> task = begun.next();
                    return () -> join(task);
                }
                return take();
            }
        };
    }

    /** Takes the next file, and returns the work that prepares its picture. */
    private Supplier<Prepared<P>> take() {
        int index = taken++;
        Path file = Objects.requireNonNull(files.next(), "a file is null");
        return () -> prepare(index, file);
    }

    private List<Task<Prepared<P>>> prepareNext(int most) {
        List<Task<Prepared<P>>> batch = new ArrayList<>(most);
        while (batch.size() < most && files.hasNext()) {
            Supplier<Prepared<P>> picture = take();
            batch.add(submit(picture::get));
        }
        return batch;
    }

    private Prepared<P> prepare(int index, Path file) {
        Function<Path, P> prepare = join(preparation);
        try {
            return new Prepared<>(index, file, prepare.apply(file), null);
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError error) {
            return new Prepared<>(index, file, null, error);
        }
    }

    private static <P, R> List<Outcome<R>> compute(Batch<P> batch, Work<P, R> work) {
        List<P> pictures = batch.pictures();
        return batch.outcomes(pictures.isEmpty() ? List.of() : work.apply(pictures, batch.indices()));
    }

    private static <T> T join(Task<T> work) {
        try {
            return work.get();
        } catch (InterruptedException interrupted) {
            throw new CancelledException(interrupted);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Error error -> throw error;
                case RuntimeException wrong -> throw wrong; // an error of the model
                default -> throw new IllegalStateException(e.getCause()); // work throws nothing else
            }
        }
    }
}
