package dev.fovea.app;

import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.tensor.FoveaException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Works on many pictures in batches. While one batch is computed the next one is decoded, and of each picture only what the command needs
 * is kept, so that memory does not depend on how many pixels the pictures have. A picture that cannot be read, or that the command has a
 * complaint about, is reported on stderr and left out; whatever goes wrong with one picture costs no other.
 *
 * @param <P> what is kept of a picture
 */
final class PictureRun<P> {

    /** Large enough for tall matrices, small enough that what is kept of two batches fits anywhere. */
    private static final int BATCH = 16;

    /** As many threads as there are cores, so that no more pictures than that are whole at a time; they end when nothing is to be done. */
    private static final Executor DECODERS = decoders(Runtime.getRuntime().availableProcessors());

    /** What is made of a batch of pictures. */
    @FunctionalInterface
    interface Work<P, R> {
        /**
         * @param numbers for every picture its number among all
         */
        List<R> apply(List<P> batch, int[] numbers);
    }

    /**
     * A picture that was left out, or a folder.
     *
     * @param file as it was given
     * @param number among all, -1 for what was never counted as a picture
     * @param reason the line for people
     */
    record Unreadable(Path file, int number, String reason) {}

    private record Decoded<P>(Path file, int number, P picture, String error) {}

    private final HeapTrim heap = new HeapTrim();
    private final Console console;
    private final List<Path> files;
    private final IntFunction<String> place;
    private final CompletableFuture<Function<Picture, P>> preparation;
    private final List<CompletableFuture<Decoded<P>>> first;

    /**
     * Starts to decode, so that the first pictures are ready when the model is.
     *
     * @param preparation loads what is to be made of each picture, once; the function throws a {@link FoveaException} about a picture that
     *     is to be left out
     */
    PictureRun(Console console, List<Path> files, Supplier<Function<Picture, P>> preparation) {
        this(console, files, preparation, number -> "");
    }

    /**
     * Starts to decode, so that the first pictures are ready when the model is.
     *
     * @param preparation loads what is to be made of each picture, once; the function throws a {@link FoveaException} about a picture that
     *     is to be left out
     * @param place what complaints about a picture begin with
     */
    PictureRun(
            Console console, List<Path> files, Supplier<Function<Picture, P>> preparation, IntFunction<String> place) {
        this.console = console;
        this.files = files;
        this.place = place;
        this.preparation = CompletableFuture.supplyAsync(preparation, DECODERS);
        this.first = decode(0);
    }

    private static Executor decoders(int threads) {
        ThreadFactory daemons = Thread.ofPlatform().daemon().name("decoder-", 0).factory();
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(threads, threads, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** Loads how a model wants its pictures. What is wrong with the model itself, such as its name, is said at once. */
    static Supplier<Function<Picture, PreparedPicture>> preparation(ModelSource source) {
        Path folder = source.folder();
        return () -> Preprocessing.load(folder)::prepare;
    }

    /**
     * Runs over all files.
     *
     * @param work what is to be made of the pictures
     * @param receiver is given the results in the order of the files
     * @return those that were left out
     */
    <R> List<Unreadable> run(Work<P, R> work, BiConsumer<Path, R> receiver) {
        List<Unreadable> unreadable = new ArrayList<>();
        try (Progress progress = new Progress(console, "pictures", files.size())) {
            List<CompletableFuture<Decoded<P>>> next = first;
            for (int start = 0; start < files.size(); start += BATCH) {
                List<Decoded<P>> batch = next.stream().map(PictureRun::join).toList();
                next = decode(start + BATCH);
                List<Decoded<P>> readable = new ArrayList<>();
                for (Decoded<P> decoded : batch) {
                    if (decoded.picture() != null) {
                        readable.add(decoded);
                    } else {
                        progress.clear();
                        console.error(place.apply(decoded.number()) + decoded.error());
                        unreadable.add(new Unreadable(decoded.file(), decoded.number(), decoded.error()));
                    }
                }
                run(work, readable, receiver, progress);
                progress.advance(batch.size());
            }
        }
        return unreadable;
    }

    private static <P, R> void run(
            Work<P, R> work, List<Decoded<P>> batch, BiConsumer<Path, R> receiver, Progress progress) {
        if (batch.isEmpty()) {
            return;
        }
        List<R> results = work.apply(
                batch.stream().map(Decoded::picture).toList(),
                batch.stream().mapToInt(Decoded::number).toArray());
        progress.clear();
        for (int i = 0; i < batch.size(); i++) {
            receiver.accept(batch.get(i).file(), results.get(i));
        }
    }

    private List<CompletableFuture<Decoded<P>>> decode(int start) {
        return IntStream.range(start, Math.min(start + BATCH, files.size()))
                .mapToObj(number -> CompletableFuture.supplyAsync(() -> decode(files.get(number), number), DECODERS))
                .toList();
    }

    private static <T> T join(CompletableFuture<T> picture) {
        try {
            return picture.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case Error error -> throw error;
                case RuntimeException wrong -> throw wrong; // what is wrong with the model
                default -> throw e;
            }
        }
    }

    private Decoded<P> decode(Path file, int number) {
        Function<Picture, P> prepare = preparation.join();
        heap.check();
        try {
            P picture = Picture.read(file, whole -> prepare(prepare, whole, file));
            return new Decoded<>(file, number, picture, null);
        } catch (FoveaException | UncheckedIOException e) {
            return new Decoded<>(file, number, null, Failure.describe(e));
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return new Decoded<>(file, number, null, file + ": " + Failure.describe(e));
        }
    }

    /** Complaints get the file's name; their cause, which may be a lack of memory, is kept. */
    private static <P> P prepare(Function<Picture, P> prepare, Picture picture, Path file) {
        try {
            return prepare.apply(picture);
        } catch (FoveaException e) {
            throw new FoveaException(file + ": " + e.getMessage(), e.getCause());
        }
    }
}
