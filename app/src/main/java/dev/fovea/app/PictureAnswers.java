package dev.fovea.app;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Picture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Says what a model answers about the pictures of a command: to people as soon as it is known, as JSON in one document at the end. Of a single
 * picture the document has its fields, of several or a folder one object for each and the list of those that cannot be read or answered.
 */
final class PictureAnswers {

    private final Console console;
    private final boolean json;
    private final PictureArguments pictures;
    private final String model;
    private final PictureRun run;

    /** The fields of an answer. */
    @FunctionalInterface
    interface Fields<R> {
        void write(JsonGenerator json, R answer) throws IOException;
    }

    private record Answer<R>(Path image, R answer) {}

    /**
     * Starts to decode, so that the first pictures are ready when the model is.
     *
     * @param files those of the pictures
     */
    PictureAnswers(FoveaCommand fovea, PictureArguments pictures, List<Path> files, ModelSource source) {
        this(fovea, pictures, files, source, picture -> {});
    }

    /**
     * The same.
     *
     * @param check throws a {@link dev.fovea.tensor.FoveaException} about a picture that cannot be answered
     */
    PictureAnswers(
            FoveaCommand fovea,
            PictureArguments pictures,
            List<Path> files,
            ModelSource source,
            Consumer<Picture> check) {
        this.console = fovea.console();
        this.json = fovea.json();
        this.pictures = pictures;
        this.model = source.name();
        this.run = new PictureRun(console, files, check, number -> "");
    }

    /**
     * Shows a text at a terminal while it is generated.
     *
     * @param text the text of some tokens
     * @return null where nobody could follow: for JSON, several pictures, or several beams
     */
    GenerationListener stream(GenerationOptions options, Function<int[], String> text) {
        boolean shown = pictures.single() && !json && console.style().terminal() && options.beams() == 1;
        return shown ? new TextStream(console, text) : null;
    }

    /**
     * Runs over all pictures.
     *
     * @param work makes the answers
     * @param people what people see of the answer about a file
     * @param fields what JSON has besides model and image
     * @return the exit code
     */
    <R> int run(PictureRun.Work<R> work, BiFunction<Path, R, String> people, Fields<R> fields) {
        List<Answer<R>> answers = new ArrayList<>();
        List<PictureRun.Unreadable> unreadable = run.run(work, (file, answer) -> {
            if (json) {
                answers.add(new Answer<>(file, answer));
            } else {
                console.print(people.apply(file, answer));
            }
        });
        if (json && (!pictures.single() || unreadable.isEmpty())) {
            console.print(document -> {
                document.writeStringField("model", model);
                document.writeStringField("image", pictures.image().toString());
                if (pictures.single()) {
                    fields.write(document, answers.getFirst().answer());
                } else {
                    write(document, answers, fields);
                    Json.writeUnreadable(document, unreadable);
                }
            });
        }
        return unreadable.isEmpty() ? 0 : Main.FAILED;
    }

    private static <R> void write(JsonGenerator json, List<Answer<R>> answers, Fields<R> fields) throws IOException {
        json.writeArrayFieldStart("images");
        for (Answer<R> answer : answers) {
            json.writeStartObject();
            json.writeStringField("image", answer.image().toString());
            fields.write(json, answer.answer());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
