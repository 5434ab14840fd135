package dev.fovea.app;

import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorenceParser;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.florence.FlorenceTask.Output;
import dev.fovea.models.florence.LocationGrid;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Picture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Asks Florence-2 about the pictures of a command, says the answers and draws them. */
final class FlorenceRun {

    private final FoveaCommand fovea;
    private final PictureArguments pictures;
    private final GenerationFlags generation;
    private final DrawOption draw;

    private Picture picture; // to draw on, or null
    private FlorenceReply reply;

    /** Complains about options that are wrong, before anything is loaded. */
    FlorenceRun(FoveaCommand fovea, PictureArguments pictures, GenerationFlags generation, DrawOption draw) {
        generation.check();
        draw.check(pictures);
        this.fovea = fovea;
        this.pictures = pictures;
        this.generation = generation;
        this.draw = draw;
    }

    /** A question that follows from an answer. */
    @FunctionalInterface
    interface FollowUp {
        FlorenceReply reply(Florence2 florence, Picture picture, FlorenceAnswer answer, GenerationOptions options);
    }

    /**
     * Runs a task.
     *
     * @param text what the task takes besides the picture, or null
     * @return the exit code
     */
    int run(FlorenceTask task, String text) {
        return run(task, text, (florence, seen, answer, options) -> FlorenceReply.of(answer));
    }

    /** Runs a task and what follows from each answer. */
    int run(FlorenceTask task, String text, FollowUp followUp) {
        task.prompt(text); // complains about a text that the task does not take
        return run(
                task, (florence, batch, options, stream) -> florence.run(batch, task, text, options, stream), followUp);
    }

    /**
     * Runs a task whose text depends on the picture.
     *
     * @param text for a picture
     */
    int runOnEach(FlorenceTask task, Function<Picture, String> text) {
        Asker each = (florence, batch, options, stream) -> {
            List<FlorenceAnswer> answers = new ArrayList<>();
            for (Picture seen : batch) {
                answers.addAll(florence.run(List.of(seen), task, text.apply(seen), options, stream));
            }
            return answers;
        };
        return run(task, each, (florence, seen, answer, options) -> FlorenceReply.of(answer));
    }

    /** The text of some tokens of a task that gives text, as its result has it. */
    static String text(Florence2 florence, int[] tokens) {
        LocationGrid any = new LocationGrid(1, 1); // texts have no places
        return FlorenceParser.parse(FlorenceTask.CAPTION, florence.decode(tokens), any)
                .text();
    }

    @FunctionalInterface
    private interface Asker {
        List<FlorenceAnswer> ask(
                Florence2 florence, List<Picture> batch, GenerationOptions options, GenerationListener stream);
    }

    private int run(FlorenceTask task, Asker asker, FollowUp followUp) {
        List<Path> files = pictures.files();
        ModelSource source = fovea.model(ModelSource.FLORENCE);
        PictureAnswers answers = new PictureAnswers(fovea, pictures, files, source);
        int exit;
        try (Florence2 florence = source.loadFlorence()) {
            GenerationOptions options = generation.over(florence.defaults());
            GenerationListener stream =
                    task.output() == Output.TEXT ? answers.stream(options, tokens -> text(florence, tokens)) : null;
            FlorenceTable table = new FlorenceTable(fovea.console().style());
            exit = answers.run(
                    (batch, numbers) -> {
                        List<FlorenceAnswer> asked = asker.ask(florence, batch, options, stream);
                        List<FlorenceReply> replies = new ArrayList<>();
                        for (int i = 0; i < batch.size(); i++) {
                            replies.add(followUp.reply(florence, batch.get(i), asked.get(i), options));
                        }
                        if (draw.given()) {
                            picture = batch.getFirst();
                            reply = replies.getFirst();
                        }
                        return replies;
                    },
                    (file, said) -> pictures.single() ? table.ofOne(said, stream != null) : table.ofMany(file, said),
                    (json, said) -> said.write(json));
        }
        if (reply != null) {
            draw.write(fovea.console(), picture, reply.places());
        }
        return exit;
    }
}
