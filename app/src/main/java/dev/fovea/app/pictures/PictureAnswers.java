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
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PicturePipeline;
import dev.fovea.models.image.PreparedPicture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Says what a model answers about the pictures of a command: to people as soon as it is known, as JSON in one document at the end. Of a single
 * picture the document has its fields, of several or a folder one object for each and the list of those that cannot be read or answered.
 *
 * @param <P> what is kept of a picture
 */
public final class PictureAnswers<P> implements AutoCloseable {

    private final Console console;
    private final boolean json;
    private final PictureArguments pictures;
    private final PictureFiles files;
    private final ModelSource model;
    private final PictureOutputs outputs;
    /** Which of the files are left to do. */
    private final int[] left;

    private final PictureRun<P> run;

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
            Supplier<Function<Picture, P>> preparation) {
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
        files.report(console);
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
        Supplier<Function<Picture, PreparedPicture>> preparation = PictureRun.preparation(source);
        PictureOutputs outputs = PictureOutputs.open(session.console(), pictures, sidecar, null, source, texts);
        return new PictureAnswers<>(session, pictures, files, source, outputs, preparation);
    }

    /**
     * Shows a text at a terminal while it is generated.
     *
     * @param text the text of some tokens
     * @return {@link GenerationListener#NONE} where nobody could follow: for JSON, several pictures, several beams, or several sequences
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

    /**
     * Runs over all pictures.
     *
     * @param work makes the answers
     * @return the exit code
     */
    public <R> int run(PicturePipeline.Work<P, R> work, PictureOutputs.Forms<R> forms) {
        // Indices are those among all files, so that a run that goes on draws what a single one would have drawn.
        PicturePipeline.Work<P, R> placed = (batch, indices) -> work.apply(
                batch, Arrays.stream(indices).map(index -> left[index]).toArray());
        if (outputs.given()) {
            return runToFiles(placed, forms);
        }
        List<PictureRun.Unreadable> unreadable = new ArrayList<>(files.problems());
        if (!json) {
            unreadable.addAll(run.run(
                    placed, (file, answer) -> console.print(forms.people().apply(file, answer))));
        } else if (pictures.single()) {
            unreadable.addAll(run.run(
                    work,
                    (file, answer) -> console.print(document -> {
                        writeStart(document);
                        forms.fields().write(document, answer);
                    })));
        } else {
            try (JsonElements answers = new JsonElements()) {
                unreadable.addAll(run.run(
                        placed,
                        (file, answer) -> answers.add(element -> {
                            element.writeStringField("image", file.toString());
                            forms.fields().write(element, answer);
                        })));
                console.print(document -> {
                    writeStart(document);
                    answers.write(document, "images");
                    PictureRun.Unreadable.write(document, unreadable);
                    files.writeLeftOut(document);
                });
            }
        }
        return Exit.after(unreadable);
    }

    private <R> int runToFiles(PicturePipeline.Work<P, R> work, PictureOutputs.Forms<R> forms) {
        List<PictureRun.Unreadable> leftOut = new ArrayList<>(files.problems());
        try (outputs) {
            leftOut.addAll(run.run(work, (file, answer) -> outputs.write(file, answer, forms)));
        }
        leftOut.addAll(outputs.failures());
        outputs.report(json, model, leftOut, files);
        return Exit.after(leftOut);
    }

    private void writeStart(JsonGenerator document) throws IOException {
        model.write(document);
        document.writeStringField("image", pictures.image().toString());
    }

    @Override
    public void close() {
        outputs.close();
    }
}
