package dev.fovea.app;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.FoveaException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Embeds many pictures in batches, the next batch being decoded while one is computed. A picture that cannot be read is
 * reported on stderr and left out.
 */
final class PictureRun {

    /** Large enough for tall matrices, small enough that decoded photographs of any usual size fit in memory twice. */
    private static final int BATCH = 16;

    /** What happens with each picture, in the order of the files. */
    @FunctionalInterface
    interface Receiver {
        void embedded(Path file, float[] embedding);
    }

    /**
     * A picture that could not be read.
     *
     * @param file as it was given
     * @param reason the line for people
     */
    record Unreadable(Path file, String reason) {}

    private record Decoded(Path file, Picture picture, String error) {}

    private final Console console;
    private final List<Path> files;
    private final CompletableFuture<List<Decoded>> first;

    /** Starts to decode, so that the first pictures are ready when the model is. */
    PictureRun(Console console, List<Path> files) {
        this.console = console;
        this.files = files;
        this.first = decode(files, 0);
    }

    /** Runs over all files; returns those that could not be read. */
    List<Unreadable> embed(Clip clip, Receiver receiver) {
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
                        console.error(decoded.error());
                        unreadable.add(new Unreadable(decoded.file(), decoded.error()));
                    }
                }
                embed(clip, readable, receiver, progress);
                progress.advance(batch.size());
            }
        }
        return unreadable;
    }

    private static void embed(Clip clip, List<Decoded> batch, Receiver receiver, Progress progress) {
        if (batch.isEmpty()) {
            return;
        }
        List<float[]> embeddings =
                clip.embedPictures(batch.stream().map(Decoded::picture).toList());
        progress.clear();
        for (int i = 0; i < batch.size(); i++) {
            receiver.embedded(batch.get(i).file(), embeddings.get(i));
        }
    }

    private static CompletableFuture<List<Decoded>> decode(List<Path> files, int start) {
        if (start >= files.size()) {
            return CompletableFuture.completedFuture(List.of());
        }
        List<Path> batch = files.subList(start, Math.min(start + BATCH, files.size()));
        return CompletableFuture.supplyAsync(
                () -> batch.parallelStream().map(PictureRun::decode).toList());
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

    private static Decoded decode(Path file) {
        try {
            return new Decoded(file, Picture.read(file), null);
        } catch (FoveaException | UncheckedIOException e) {
            return new Decoded(file, null, Failure.describe(e));
        }
    }
}
