package dev.fovea.app.florence;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.pictures.AnswerForm;
import dev.fovea.app.pictures.DrawOption;
import dev.fovea.app.pictures.GeneratedForm;
import dev.fovea.app.pictures.PictureAnswers;
import dev.fovea.app.pictures.PictureArguments;
import dev.fovea.app.pictures.PictureBatch;
import dev.fovea.app.pictures.PictureFiles;
import dev.fovea.app.pictures.PictureOutputs;
import dev.fovea.app.pictures.SidecarOption;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.florence.FlorenceTask.Output;
import dev.fovea.models.florence.SeenPicture;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PicturePipeline;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.models.image.Preprocessing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Asks Florence-2 about the pictures of a command, says the answers and draws them. */
public final class FlorenceRun {

    private final Session session;
    private final PictureArguments pictures;
    private final GenerationFlags generation;
    private final SidecarOption sidecar;
    private final DrawOption draw;

    private Picture picture; // to draw on, or null
    private FlorenceReply reply;

    /**
     * Holds what is kept of a picture.
     *
     * @param whole the picture to draw on, or null
     * @param text what the task takes besides
     */
    private record Prepared(PreparedPicture picture, Picture whole, String text) {}

    /** Prepares a run, and complains about options that are wrong before anything is loaded. */
    public FlorenceRun(Session session, PictureArguments pictures, GenerationFlags generation, DrawOption draw) {
        this(session, pictures, generation, new SidecarOption(), draw);
    }

    /** Prepares a run, and complains about options that are wrong before anything is loaded. */
    public FlorenceRun(
            Session session,
            PictureArguments pictures,
            GenerationFlags generation,
            SidecarOption sidecar,
            DrawOption draw) {
        generation.check();
        sidecar.check();
        draw.check(pictures);
        this.session = session;
        this.pictures = pictures;
        this.generation = generation;
        this.sidecar = sidecar;
        this.draw = draw;
    }

    /**
     * Describes a picture that was asked about.
     *
     * @param number index of the picture among all of the command; what is drawn by chance depends on it
     */
    public record Asked(
            Florence2 florence,
            Path file,
            SeenPicture picture,
            int number,
            FlorenceAnswer answer,
            GenerationOptions options) {

        /**
         * Asks more about the same picture.
         *
         * @param texts of each question what the task takes besides the picture
         * @param listener is told of every token
         */
        public List<FlorenceAnswer> ask(FlorenceTask task, List<String> texts, GenerationListener listener) {
            int[] numbers = new int[texts.size()];
            Arrays.fill(numbers, number);
            GenerationOptions single = options.with(change -> change.returnSequences(1));
            return florence.answerAll(
                    Collections.nCopies(texts.size(), picture), numbers, prompts(task, texts), single, listener);
        }
    }

    /**
     * Runs a task on every picture.
     *
     * @param text what the task takes besides the picture, or null
     * @return the exit code
     */
    public int run(FlorenceTask task, String text) {
        return run(task, text, asked -> FlorenceReply.of(asked.answer()));
    }

    /** Runs a task and what follows from each answer. */
    public int run(FlorenceTask task, String text, Function<Asked, FlorenceReply> followUp) {
        prompt(task, text); // complains about a text that the task does not take
        if (text != null) {
            draw.checkText(text);
        }
        return run(task, picture -> text, followUp);
    }

    /**
     * Runs a task whose text depends on the picture.
     *
     * @param text for a picture; throws a {@link dev.fovea.tensor.FoveaException} where there is none
     */
    public int runOnEach(FlorenceTask task, Function<Picture, String> text) {
        return run(task, text, asked -> FlorenceReply.of(asked.answer()));
    }

    /**
     * Asks with a prompt that is none of the tasks.
     *
     * @param task what JSON calls it
     * @param prompt for a picture; throws a {@link dev.fovea.tensor.FoveaException} where there is none
     */
    public int runPrompt(String task, Function<Picture, String> prompt) {
        ModelSource source = session.model(ModelSource.FLORENCE);
        PictureFiles files = pictures.files();
        try (PictureAnswers<Prepared> answers = answers(files, source, prompt);
                Florence2 florence = source.loadFlorence()) {
            session.warnUnused(source, florence.unusedTensors());
            GenerationOptions options = generation.over(florence.defaults());
            GenerationListener stream = answers.stream(options, florence::text);
            AnswerForm<GeneratedText> form = new PromptForm(florence, task, stream != GenerationListener.NONE);
            for (PictureBatch<Prepared> batch : answers) {
                List<SeenPicture> seen = florence.seeAll(prepared(batch));
                answers.give(batch, florence.askAll(seen, batch.numbers(), texts(batch), options, stream), form);
            }
            return answers.end();
        }
    }

    /** Shows the answer to a prompt of the user's own. */
    private final class PromptForm extends GeneratedForm {

        private final Florence2 florence;
        private final String task;

        PromptForm(Florence2 florence, String task, boolean streamed) {
            super(session.console().style(), pictures, generation, florence::text, streamed);
            this.florence = florence;
            this.task = task;
        }

        @Override
        protected void writeStart(JsonGenerator json) throws IOException {
            json.writeStringField("task", task);
        }

        @Override
        protected void writeText(JsonGenerator json, String words, int[] tokens) throws IOException {
            json.writeStringField("text", florence.decode(tokens));
            json.writeObjectFieldStart("result");
            json.writeStringField("text", words);
            json.writeEndObject();
        }
    }

    /**
     * Shows the reply to a task.
     *
     * @param streamed whether people have seen its text already
     */
    private record ReplyForm(FlorenceTable table, boolean single, GenerationFlags flags, boolean streamed)
            implements AnswerForm<FlorenceReply> {

        @Override
        public String people(Path file, FlorenceReply reply) {
            return single ? table.ofOne(reply, streamed) : table.ofMany(file, reply);
        }

        @Override
        public void write(JsonGenerator json, FlorenceReply reply) throws IOException {
            reply.write(json, flags);
        }

        @Override
        public String text(FlorenceReply reply) {
            return reply.words();
        }

        @Override
        public FlorenceResult places(FlorenceReply reply) {
            return reply.places();
        }
    }

    private static List<PreparedPicture> prepared(PictureBatch<Prepared> batch) {
        return batch.pictures().stream().map(Prepared::picture).toList();
    }

    /** Returns what the task takes besides each picture; null where it takes nothing. */
    private static List<String> texts(PictureBatch<Prepared> batch) {
        return batch.pictures().stream().map(Prepared::text).toList();
    }

    private int run(FlorenceTask task, Function<Picture, String> text, Function<Asked, FlorenceReply> followUp) {
        if (sidecar.given() && task.output() != Output.TEXT && task.output() != Output.QUADS) {
            throw sidecar.wrong("task " + task.token() + " finds places and no text; leave out --sidecar");
        }
        PictureFiles files = pictures.files(draw.folder());
        ModelSource source = session.model(ModelSource.FLORENCE);
        int exit;
        try (PictureAnswers<Prepared> answers = answers(files, source, text);
                Florence2 florence = source.loadFlorence()) {
            session.warnUnused(source, florence.unusedTensors());
            GenerationOptions options = generation.over(florence.defaults());
            GenerationListener stream =
                    task.output() == Output.TEXT ? answers.stream(options, florence::text) : GenerationListener.NONE;
            AnswerForm<FlorenceReply> form = new ReplyForm(
                    new FlorenceTable(session.console().style()),
                    pictures.single(),
                    generation,
                    stream != GenerationListener.NONE);
            for (PictureBatch<Prepared> batch : answers) {
                List<SeenPicture> seen = florence.seeAll(prepared(batch));
                List<FlorenceAnswer> said =
                        florence.answerAll(seen, batch.numbers(), prompts(task, texts(batch)), options, stream);
                List<FlorenceReply> replies = new ArrayList<>();
                for (int i = 0; i < said.size(); i++) {
                    int number = batch.numbers()[i];
                    Path file = files.files().get(number);
                    FlorenceReply made =
                            followUp.apply(new Asked(florence, file, seen.get(i), number, said.get(i), options));
                    replies.add(made.with(
                            florence.sequences(said.get(i), seen.get(i).grid())));
                }
                if (draw.single()) {
                    picture = batch.pictures().getFirst().whole();
                    reply = replies.getFirst();
                }
                answers.give(batch, replies, form);
            }
            exit = answers.end();
        }
        if (reply != null) {
            draw.write(session.console(), picture, reply.places());
        }
        return exit;
    }

    private PictureAnswers<Prepared> answers(PictureFiles files, ModelSource source, Function<Picture, String> text) {
        Supplier<Function<Path, Prepared>> preparation = preparation(source, text);
        PictureOutputs outputs = PictureOutputs.open(session.console(), pictures, sidecar, draw, source, List.of());
        return new PictureAnswers<>(session, pictures, files, source, outputs, preparation);
    }

    private Supplier<Function<Path, Prepared>> preparation(ModelSource source, Function<Picture, String> text) {
        Supplier<Preprocessing> preprocessing = source.preprocessing();
        return () -> {
            Preprocessing steps = preprocessing.get();
            return PicturePipeline.reading(whole -> {
                String words = text.apply(whole); // a complaint comes before the work
                return new Prepared(steps.prepare(whole), draw.single() ? whole : null, words);
            });
        };
    }

    /**
     * Returns a task with its text.
     *
     * @param text null for a task that takes none
     */
    private static FlorencePrompt prompt(FlorenceTask task, String text) {
        return new FlorencePrompt(task, Optional.ofNullable(text));
    }

    private static List<FlorencePrompt> prompts(FlorenceTask task, List<String> texts) {
        return texts.stream().map(text -> prompt(task, text)).toList();
    }
}
