package dev.fovea.app.pictures;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.json.JsonElements;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.Exit;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.generation.TextStream;
import dev.fovea.models.image.PicturePipeline;
import dev.fovea.models.image.PreparedPicture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Prints what a model answers about the pictures of a command: for people as soon as it is known, as JSON in one
 * document at the end. For a single picture the document has its fields. For several or a folder it has one object for
 * each picture and the list of those that cannot be read or answered. A command loops over the batches and hands back
 * what its model makes of each:
 *
 * <pre>{@code
 * for (PictureBatch<PreparedPicture> batch : answers) {
 *     answers.give(batch, classifier.classifyAll(batch.pictures()), form);
 * }
 * return answers.end();
 * }</pre>
 *
 * @param <P> what is kept of a picture
 */
public final class PictureAnswers<P> implements Iterable<PictureBatch<P>>, AutoCloseable {

    private final Console console;
    private final boolean json;
    private final PictureArguments pictures;
    private final PictureFiles files;
    private final ModelSource model;
    private final PictureOutputs outputs;
    /** Indices of the files that are still to be done. */
    private final int[] left;

    private final PictureRun<P> run;
    /** Collects the answers about many pictures for one document; null where they go anywhere else. */
    private final JsonElements elements;

    /**
     * Starts to decode, so that the first pictures are ready when the model is.
     *
     * @param files those of the pictures
     * @param outputs where answers go instead of the output; closed by this
     * @param preparation loads what is to be made of each picture, as {@link PictureRun} takes it
     */
    public PictureAnswers(
            Session session,
            PictureArguments pictures,
            PictureFiles files,
            ModelSource source,
            PictureOutputs outputs,
            Supplier<Function<Path, P>> preparation) {
        this.console = session.console();
        this.json = session.json();
        this.pictures = pictures;
        this.files = files;
        this.model = source;
        this.outputs = outputs;
        List<Path> all = files.files();
        this.left = outputs.left(all);
        List<Path> toDo = Arrays.stream(left).mapToObj(all::get).toList();
        this.run = new PictureRun<>(console, toDo, preparation);
        this.elements = json && !pictures.single() && !outputs.given() ? new JsonElements() : null;
        files.report(console);
        session.warnOfPhotographs(source, toDo);
    }

    /**
     * Starts to decode for a model that needs nothing of a picture but what its preprocessing leaves.
     *
     * @param files those of the pictures
     * @param sidecar the option for texts beside the pictures, null where there is none
     * @param texts what the answers depend on besides the options
     */
    public static PictureAnswers<PreparedPicture> of(
            Session session,
            PictureArguments pictures,
            PictureFiles files,
            ModelSource source,
            SidecarOption sidecar,
            List<String> texts) {
        Supplier<Function<Path, PreparedPicture>> preparation = PictureRun.preparation(source);
        PictureOutputs outputs = PictureOutputs.open(session.console(), pictures, sidecar, null, source, texts);
        return new PictureAnswers<>(session, pictures, files, source, outputs, preparation);
    }

    /**
     * Shows a text at a terminal while it is generated.
     *
     * @param text the text of some tokens
     * @return {@link GenerationListener#NONE} where nobody could follow: for JSON, several pictures, several beams, or
     *     several sequences
     */
    public GenerationListener stream(GenerationOptions options, Function<int[], String> text) {
        boolean shown = !outputs.given()
                && pictures.single()
                && !json
                && console.style().terminal()
                && options.beams() == 1
                && options.returnSequences() == 1;
        return shown
                ? new TextStream(text, piece -> console.print(console.style().value(piece)))
                : GenerationListener.NONE;
    }

    /** Gives the batches in which there is something to compute, in the order of the files. */
    @Override
    public Iterator<PictureBatch<P>> iterator() {
        Iterator<PicturePipeline.Batch<P>> batches = run.iterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return batches.hasNext();
            }

            @Override
            public PictureBatch<P> next() {
                PicturePipeline.Batch<P> batch = batches.next();
                int[] numbers =
                        Arrays.stream(batch.indices()).map(index -> left[index]).toArray();
                return new PictureBatch<>(batch, numbers);
            }
        };
    }

    /**
     * Prints or writes the answers about a batch.
     *
     * @param answers one for each of the batch's pictures
     */
    public <R> void give(PictureBatch<P> batch, List<R> answers, AnswerForm<R> form) {
        for (PictureRun.Answer<R> answer : run.answers(batch.read(), answers)) {
            give(answer.file(), answer.result(), form);
        }
    }

    private <R> void give(Path file, R answer, AnswerForm<R> form) {
        if (outputs.given()) {
            outputs.write(file, answer, form);
        } else if (!json) {
            console.print(form.people(file, answer));
        } else if (elements == null) {
            console.print(document -> {
                writeStart(document);
                form.write(document, answer);
            });
        } else {
            elements.add(element -> {
                element.writeStringField("image", file.toString());
                form.write(element, answer);
            });
        }
    }

    /**
     * Prints what remains to be said after the last batch.
     *
     * @return the exit code
     */
    public int end() {
        run.close();
        List<PictureRun.Unreadable> leftOut = new ArrayList<>(files.problems());
        leftOut.addAll(run.unreadable());
        if (outputs.given()) {
            outputs.close();
            leftOut.addAll(outputs.failures());
            outputs.report(json, model, leftOut, files);
        } else if (elements != null) {
            console.print(document -> {
                writeStart(document);
                elements.write(document, "images");
                PictureRun.Unreadable.write(document, leftOut);
                files.writeLeftOut(document);
            });
        }
        return Exit.after(leftOut);
    }

    private void writeStart(JsonGenerator document) throws IOException {
        model.write(document);
        document.writeStringField("image", pictures.image().toString());
    }

    @Override
    public void close() {
        try (outputs;
                elements) {
            run.close();
        }
    }
}
