package dev.fovea.app.pictures;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.Failure;
import dev.fovea.app.terminal.Progress;
import dev.fovea.models.image.PicturePipeline;
import dev.fovea.models.image.PicturePipeline.Batch;
import dev.fovea.models.image.PicturePipeline.Outcome;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Runs a {@link PicturePipeline} with a console: shows how far it is, and reports on stderr the pictures that cannot be
 * read, or that the command has a complaint about, and leaves them out. Its caller asks for batches and takes the
 * answers about each, or leaves that to the pipeline:
 *
 * <pre>{@code
 * try (PictureRun<PreparedPicture> run = new PictureRun<>(console, files, PictureRun.preparation(source));
 *         BlipMatcher model = source.loadMatcher()) {
 *     for (Batch<PreparedPicture> batch : run) {
 *         for (PictureRun.Answer<Match> answer : run.answers(batch, matches(model, batch.pictures()))) print(answer);
 *     }
 * }
 * }</pre>
 *
 * @param <P> what is kept of a picture
 */
public final class PictureRun<P> implements Iterable<Batch<P>>, AutoCloseable {

    /**
     * Describes a picture or a folder that was left out.
     *
     * @param file as it was given
     * @param number index among all pictures, -1 for what was never counted as a picture
     * @param reason the line for people
     */
    public record Unreadable(Path file, int number, String reason) {

        /** Writes the field {@code unreadable} of commands that continue after a picture that cannot be read. */
        public static void write(JsonGenerator json, List<Unreadable> unreadable) throws IOException {
            json.writeArrayFieldStart("unreadable");
            for (Unreadable picture : unreadable) {
                json.writeStartObject();
                json.writeStringField("image", picture.file().toString());
                json.writeStringField("error", picture.reason());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
    }

    /**
     * Holds what was made of one picture.
     *
     * @param file as it was given
     */
    public record Answer<R>(Path file, R result) {}

    private final Console console;
    private final int count;
    private final IntFunction<String> place;
    private final PicturePipeline<P> pipeline;
    private final List<Unreadable> unreadable = new ArrayList<>();
    /** The progress bar; null before the first batch. */
    private Progress progress;

    /**
     * Starts to decode, so that the first pictures are ready when the model is.
     *
     * @param preparation loads, once, what reads each file and keeps what is needed; the function throws a {@link
     *     FoveaException} about a picture that is to be left out
     */
    public PictureRun(Console console, List<Path> files, Supplier<Function<Path, P>> preparation) {
        this(console, files, preparation, number -> "");
    }

    /**
     * Starts to decode, so that the first pictures are ready when the model is.
     *
     * @param preparation loads, once, what reads each file and keeps what is needed; the function throws a {@link
     *     FoveaException} about a picture that is to be left out
     * @param place what complaints about a picture begin with
     */
    public PictureRun(
            Console console, List<Path> files, Supplier<Function<Path, P>> preparation, IntFunction<String> place) {
        this.console = console;
        this.count = files.size();
        this.place = place;
        HeapTrim heap = new HeapTrim();
        this.pipeline = PicturePipeline.start(files, () -> {
            Function<Path, P> prepare = preparation.get();
            return file -> {
                heap.check();
                return prepare.apply(file);
            };
        });
    }

    /**
     * Returns a function that reads pictures as a model wants them. A problem with the model itself, such as its name,
     * is reported at once.
     */
    public static Supplier<Function<Path, PreparedPicture>> preparation(ModelSource source) {
        Supplier<Preprocessing> steps = source.preprocessing();
        return () -> steps.get()::prepare;
    }

    /** Gives the batches in which there is something to compute, in the order of the files. */
    @Override
    public Iterator<Batch<P>> iterator() {
        begin();
        Iterator<Batch<P>> all = pipeline.batches();
        return new Iterator<>() {
            private Batch<P> next;

            @Override
            public boolean hasNext() {
                while (next == null && all.hasNext()) {
                    Batch<P> batch = all.next();
                    if (batch.pictures().isEmpty()) {
                        batch.outcomes(List.of()).forEach(PictureRun.this::leaveOut);
                    } else {
                        next = batch;
                    }
                }
                return next != null;
            }

            @Override
            public Batch<P> next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Batch<P> batch = next;
                next = null;
                return batch;
            }
        };
    }

    /**
     * Gives the answers about a batch in the order of its files, and reports on the way those that cannot be read.
     *
     * @param results one for each of the batch's pictures
     */
    public <R> Iterable<Answer<R>> answers(Batch<P> batch, List<R> results) {
        return () -> answers(batch.outcomes(results).iterator());
    }

    /**
     * Gives the answers about all files in their order, with whole pictures for each core where that is faster, and
     * reports on the way those that cannot be read. To be closed before the model.
     *
     * @param backend what the work computes on
     * @param work what is to be made of the pictures; may be called by several threads at a time
     */
    public <R> Answers<R> answers(Backend backend, PicturePipeline.Work<P, R> work) {
        begin();
        return new Answers<>(this, answers(pipeline.outcomes(backend, work)));
    }

    /**
     * Gives answers that several threads work on.
     *
     * @param run what is closed with them
     */
    public record Answers<R>(PictureRun<?> run, Iterator<Answer<R>> iterator)
            implements Iterable<Answer<R>>, AutoCloseable {

        @Override
        public void close() {
            run.close();
        }
    }

    private <R> Iterator<Answer<R>> answers(Iterator<Outcome<R>> outcomes) {
        return new Iterator<>() {
            private Answer<R> next;
            /** Whether the caller works on an answer; that ends when it asks for the next one. */
            private boolean given;

            @Override
            public boolean hasNext() {
                if (given) {
                    given = false;
                    progress.advance(1);
                }
                while (next == null && outcomes.hasNext()) {
                    Outcome<R> outcome = outcomes.next();
                    if (outcome.error() == null) {
                        progress.clear();
                        next = new Answer<>(outcome.file(), outcome.result());
                    } else {
                        leaveOut(outcome);
                    }
                }
                return next != null;
            }

            @Override
            public Answer<R> next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Answer<R> answer = next;
                next = null;
                given = true;
                return answer;
            }
        };
    }

    private void leaveOut(Outcome<?> outcome) {
        progress.clear();
        String reason = describe(outcome);
        console.error(place.apply(outcome.index()) + reason);
        unreadable.add(new Unreadable(outcome.file(), outcome.index(), reason));
        progress.advance(1);
    }

    private static String describe(Outcome<?> outcome) {
        boolean named = outcome.error() instanceof FoveaException || outcome.error() instanceof UncheckedIOException;
        return (named ? "" : outcome.file() + ": ") + Failure.describe(outcome.error());
    }

    private void begin() {
        progress = new Progress(console, "pictures", count);
    }

    /** Returns those that were left out so far. */
    public List<Unreadable> unreadable() {
        return Collections.unmodifiableList(unreadable);
    }

    /** Removes the bar and stops what still runs. */
    @Override
    public void close() {
        if (progress != null) {
            progress.close();
        }
        pipeline.close();
    }
}
