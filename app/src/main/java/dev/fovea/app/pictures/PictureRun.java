package dev.fovea.app.pictures;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.Failure;
import dev.fovea.app.terminal.Progress;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PicturePipeline;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * A {@link PicturePipeline} with a console: shows how far it is, and reports on stderr the pictures that cannot be read, or that the
 * command has a complaint about, and leaves them out.
 *
 * @param <P> what is kept of a picture
 */
public final class PictureRun<P> {

    /**
     * A picture that was left out, or a folder.
     *
     * @param file as it was given
     * @param number among all, -1 for what was never counted as a picture
     * @param reason the line for people
     */
    public record Unreadable(Path file, int number, String reason) {

        /** Writes the field {@code unreadable} of commands that go on after a picture that cannot be read. */
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

    private final Console console;
    private final int count;
    private final IntFunction<String> place;
    private final PicturePipeline<P> pipeline;

    /**
     * Starts to decode, so that the first pictures are ready when the model is.
     *
     * @param preparation loads what is to be made of each picture, once; the function throws a {@link FoveaException} about a picture that
     *     is to be left out
     */
    public PictureRun(Console console, List<Path> files, Supplier<Function<Picture, P>> preparation) {
        this(console, files, preparation, number -> "");
    }

    /**
     * Starts to decode, so that the first pictures are ready when the model is.
     *
     * @param preparation loads what is to be made of each picture, once; the function throws a {@link FoveaException} about a picture that
     *     is to be left out
     * @param place what complaints about a picture begin with
     */
    public PictureRun(
            Console console, List<Path> files, Supplier<Function<Picture, P>> preparation, IntFunction<String> place) {
        this.console = console;
        this.count = files.size();
        this.place = place;
        HeapTrim heap = new HeapTrim();
        this.pipeline = PicturePipeline.start(files, () -> {
            Function<Picture, P> prepare = preparation.get();
            return picture -> {
                heap.check();
                return prepare.apply(picture);
            };
        });
    }

    /** Loads how a model wants its pictures. What is wrong with the model itself, such as its name, is said at once. */
    public static Supplier<Function<Picture, PreparedPicture>> preparation(ModelSource source) {
        Path folder = source.folder();
        return () -> Preprocessing.load(folder)::prepare;
    }

    /**
     * Runs over all files, one batch after the other.
     *
     * @param work what is to be made of the pictures
     * @param receiver is given the results in the order of the files
     * @return those that were left out
     */
    public <R> List<Unreadable> run(PicturePipeline.Work<P, R> work, BiConsumer<Path, R> receiver) {
        return report(outcomes -> pipeline.run(work, outcomes), receiver);
    }

    /**
     * Runs over all files, with whole pictures for each core where that is faster.
     *
     * @param backend what the work computes on
     * @param work what is to be made of the pictures; may be called by several threads at a time
     * @param receiver is given the results in the order of the files
     * @return those that were left out
     */
    public <R> List<Unreadable> run(Backend backend, PicturePipeline.Work<P, R> work, BiConsumer<Path, R> receiver) {
        return report(outcomes -> pipeline.run(backend, work, outcomes), receiver);
    }

    private <R> List<Unreadable> report(
            Consumer<Consumer<PicturePipeline.Outcome<R>>> run, BiConsumer<Path, R> receiver) {
        List<Unreadable> unreadable = new ArrayList<>();
        try (Progress progress = new Progress(console, "pictures", count)) {
            run.accept(outcome -> {
                progress.clear();
                if (outcome.error() == null) {
                    receiver.accept(outcome.file(), outcome.result());
                } else {
                    String reason = describe(outcome);
                    console.error(place.apply(outcome.index()) + reason);
                    unreadable.add(new Unreadable(outcome.file(), outcome.index(), reason));
                }
                progress.advance(1);
            });
        }
        return unreadable;
    }

    private static String describe(PicturePipeline.Outcome<?> outcome) {
        boolean named = outcome.error() instanceof FoveaException || outcome.error() instanceof UncheckedIOException;
        return (named ? "" : outcome.file() + ": ") + Failure.describe(outcome.error());
    }
}
