package dev.fovea.models.image;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Works on many picture files: reads them, keeps of each only what is asked for, and computes batches of that while others are read.
 * Memory does not depend on how many pictures there are, nor on their pixels. Whatever goes wrong with one picture is that picture's and
 * costs no other.
 *
 * <pre>{@code
 * PicturePipeline.start(files, () -> clip.preprocessing()::prepare)
 *         .run(clip.backend(), (batch, indices) -> clip.embedPictures(batch), outcome -> store(outcome));
 * }</pre>
 *
 * @param <P> what is kept of a picture
 */
public final class PicturePipeline<P> {

    /** Large enough for tall matrices, small enough that what is kept of two batches fits anywhere. */
    private static final int BATCH = 16;

    /** Pictures at a time of one that computes alone: its matrices are tall enough, and the last batches end at about the same time. */
    private static final int BATCH_OF_ONE_THREAD = 8;

    private static final int CORES = Runtime.getRuntime().availableProcessors();

    /** As many threads as there are cores, so that no more pictures than that are whole at a time; they end when nothing is to be done. */
    private static final Executor THREADS = threads(CORES);

    /** What is made of a batch of pictures. */
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
     * What became of one file.
     *
     * @param index of the file among all
     * @param result of the work, null if there is none
     * @param error why there is no result, null if there is one
     */
    public record Outcome<R>(int index, Path file, R result, Throwable error) {}

    private record Prepared<P>(int index, Path file, P picture, Throwable error) {}

    private final List<Path> files;
    private final CompletableFuture<Function<Picture, P>> preparation;
    private final List<CompletableFuture<Prepared<P>>> first;

    private PicturePipeline(List<Path> files, Supplier<Function<Picture, P>> preparation) {
        this.files = List.copyOf(files);
        this.preparation = CompletableFuture.supplyAsync(preparation, THREADS);
        first = prepare(0, BATCH);
    }

    private static Executor threads(int count) {
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
     * @param preparation gives, once, what is to be made of each picture; what that function throws is the picture's outcome
     */
    public static <P> PicturePipeline<P> start(List<Path> files, Supplier<Function<Picture, P>> preparation) {
        return new PicturePipeline<>(files, preparation);
    }

    /**
     * Runs over all files, one batch after the other, each on all threads of whatever computes.
     *
     * @param receiver is given the outcomes in the order of the files, by the calling thread
     * @throws CancelledException if the thread was interrupted; what the receiver was given by then is done
     */
    public <R> void run(Work<P, R> work, Consumer<Outcome<R>> receiver) {
        List<CompletableFuture<Prepared<P>>> next = first;
        for (int start = 0; start < files.size(); start += BATCH) {
            List<CompletableFuture<Prepared<P>>> batch = next;
            List<Prepared<P>> prepared =
                    batch.stream().map(PicturePipeline::join).toList();
            next = prepare(start + BATCH, BATCH);
            CancelledException.throwIfInterrupted();
            compute(prepared, work).forEach(receiver);
        }
    }

    /**
     * Runs over all files, with whole pictures for each core where that is faster: many files on a backend of several threads. A core then
     * never waits for another.
     *
     * @param backend what the work computes on
     * @param work may be called by several threads at a time
     * @param receiver is given the outcomes in the order of the files, by the calling thread
     * @throws CancelledException if the thread was interrupted; what the receiver was given by then is done
     */
    public <R> void run(Backend backend, Work<P, R> work, Consumer<Outcome<R>> receiver) {
        int callers = Math.min(backend.threads(), CORES);
        if (callers == 1 || files.size() <= BATCH) {
            run(work, receiver);
            return;
        }
        Work<P, R> alone = (batch, indices) -> backend.onCallingThread(() -> work.apply(batch, indices));
        int size = Math.clamp(files.size() / (4 * callers), 1, BATCH_OF_ONE_THREAD);
        Deque<CompletableFuture<List<Outcome<R>>>> ahead = new ArrayDeque<>();
        int start = 0;
        try {
            while (start < files.size() || !ahead.isEmpty()) {
                while (start < files.size() && ahead.size() < 2 * callers) {
                    int from = start;
                    start = Math.min(files.size(), from + size);
                    int to = start;
                    ahead.add(submit(() -> compute(prepared(from, to), alone)));
                }
                List<Outcome<R>> outcomes = join(ahead.remove());
                CancelledException.throwIfInterrupted();
                outcomes.forEach(receiver);
            }
        } finally {
            // What has not begun is not begun any more.
            ahead.forEach(batch -> batch.cancel(false));
        }
    }

    /** Unlike {@link CompletableFuture#supplyAsync}, does not begin work that was cancelled. */
    private static <T> CompletableFuture<T> submit(Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        THREADS.execute(() -> {
            if (result.isDone()) return;
            try {
                result.complete(work.get());
            } catch (Throwable failed) {
                result.completeExceptionally(new CompletionException(failed));
            }
        });
        return result;
    }

    /** Prepares a batch on the thread that will compute it. */
    private List<Prepared<P>> prepared(int from, int to) {
        List<Prepared<P>> batch = new ArrayList<>(to - from);
        for (int i = from; i < to; i++) batch.add(i < first.size() ? join(first.get(i)) : prepare(i));
        return batch;
    }

    private List<CompletableFuture<Prepared<P>>> prepare(int start, int count) {
        return IntStream.range(start, Math.min(start + count, files.size()))
                .mapToObj(index -> CompletableFuture.supplyAsync(() -> prepare(index), THREADS))
                .toList();
    }

    private Prepared<P> prepare(int index) {
        Path file = files.get(index);
        Function<Picture, P> prepare = preparation.join();
        try {
            return new Prepared<>(index, file, Picture.read(file, picture -> prepare(prepare, picture, file)), null);
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError error) {
            return new Prepared<>(index, file, null, error);
        }
    }

    /** Complaints get the file's name; their cause, which may be a lack of memory, is kept. */
    private static <P> P prepare(Function<Picture, P> prepare, Picture picture, Path file) {
        try {
            return prepare.apply(picture);
        } catch (FoveaException complaint) {
            throw new FoveaException(file + ": " + complaint.getMessage(), complaint.getCause());
        }
    }

    private static <P, R> List<Outcome<R>> compute(List<Prepared<P>> batch, Work<P, R> work) {
        List<Prepared<P>> readable =
                batch.stream().filter(picture -> picture.error == null).toList();
        List<R> results = readable.isEmpty()
                ? List.of()
                : work.apply(
                        readable.stream().map(Prepared::picture).toList(),
                        readable.stream().mapToInt(Prepared::index).toArray());
        List<Outcome<R>> outcomes = new ArrayList<>(batch.size());
        int result = 0;
        for (Prepared<P> picture : batch) {
            R made = picture.error == null ? results.get(result++) : null;
            outcomes.add(new Outcome<>(picture.index, picture.file, made, picture.error));
        }
        return outcomes;
    }

    private static <T> T join(CompletableFuture<T> work) {
        try {
            return work.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case Error error -> throw error;
                case RuntimeException wrong -> throw wrong; // what is wrong with the model
                default -> throw e;
            }
        }
    }
}
