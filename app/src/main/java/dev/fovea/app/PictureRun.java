package dev.fovea.app;

import dev.fovea.models.image.Picture;
import dev.fovea.tensor.FoveaException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Works on many pictures in batches, the next batch being decoded while one is computed. A picture that cannot be read, or
 * that the command has a complaint about, is reported on stderr and left out.
 */
final class PictureRun {

    /** Large enough for tall matrices, small enough that decoded photographs of any usual size fit in memory twice. */
    private static final int BATCH = 16;

    /** What is made of a batch of pictures. */
    @FunctionalInterface
    interface Work<R> {
        /**
         * @param numbers for every picture its number among all
         */
        List<R> apply(List<Picture> batch, int[] numbers);
    }

    /**
     * A picture that was left out.
     *
     * @param file as it was given
     * @param number among all
     * @param reason the line for people
     */
    record Unreadable(Path file, int number, String reason) {}

    private record Decoded(Path file, int number, Picture picture, String error) {}

    private final Console console;
    private final List<Path> files;
    private final Consumer<Picture> check;
    private final IntFunction<String> place;
    private final CompletableFuture<List<Decoded>> first;

    /** Starts to decode, so that the first pictures are ready when the model is. */
    PictureRun(Console console, List<Path> files) {
        this(console, files, picture -> {}, number -> "");
    }

    /**
     * The same.
     *
     * @param check throws a {@link FoveaException} about a picture that is to be left out
     * @param place what complaints about a picture begin with
     */
    PictureRun(Console console, List<Path> files, Consumer<Picture> check, IntFunction<String> place) {
        this.console = console;
        this.files = files;
        this.check = check;
        this.place = place;
        this.first = decode(files, 0);
    }

    /**
     * Runs over all files.
     *
     * @param work what is to be made of the pictures
     * @param receiver is given the results in the order of the files
     * @return those that were left out
     */
    <R> List<Unreadable> run(Work<R> work, BiConsumer<Path, R> receiver) {
        List<Unreadable> unreadable = new ArrayList<>();
        try (Progress progress = new Progress(console, "pictures", files.size())) {
            CompletableFuture<List<Decoded>> next = first;
            for (int start = 0; start < files.size(); start += BATCH) {
                List<Decoded> batch = join(next);
                next = decode(files, start + BATCH);
                List<Decoded> readable = new ArrayList<>();
                for (Decoded decoded : batch) {
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

    private static <R> void run(Work<R> work, List<Decoded> batch, BiConsumer<Path, R> receiver, Progress progress) {
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

    private CompletableFuture<List<Decoded>> decode(List<Path> files, int start) {
        if (start >= files.size()) {
            return CompletableFuture.completedFuture(List.of());
        }
        int end = Math.min(start + BATCH, files.size());
        return CompletableFuture.supplyAsync(() -> IntStream.range(start, end)
                .parallel()
                .mapToObj(number -> decode(files.get(number), number))
                .toList());
    }

    private static List<Decoded> join(CompletableFuture<List<Decoded>> batch) {
        try {
            return batch.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case Error error -> throw error; // out of memory, above all
                case RuntimeException unexpected -> throw unexpected;
                default -> throw e;
            }
        }
    }

    private Decoded decode(Path file, int number) {
        Picture picture;
        try {
            picture = Picture.read(file);
        } catch (FoveaException | UncheckedIOException e) {
            return new Decoded(file, number, null, Failure.describe(e));
        }
        try {
            check.accept(picture);
            return new Decoded(file, number, picture, null);
        } catch (FoveaException e) {
            return new Decoded(file, number, null, file + ": " + e.getMessage());
        }
    }
}
