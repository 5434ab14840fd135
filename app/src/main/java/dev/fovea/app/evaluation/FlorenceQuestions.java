package dev.fovea.app.evaluation;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.pictures.PictureRun.Unreadable;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.florence.SeenPicture;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Asks Florence-2 about the pictures of a data set: any number of questions about each, which it encodes once.
 *
 * @param <E> an example of the data set
 */
final class FlorenceQuestions<E> {

    private final Map<Path, List<E>> examples = new LinkedHashMap<>();
    private final Map<Path, List<FlorencePrompt>> prompts = new LinkedHashMap<>();

    /** Receives the answer about an example. */
    @FunctionalInterface
    interface Receiver<E> {

        /**
         * Takes an answer.
         *
         * @param width of the picture
         * @param height of the picture
         */
        void accept(E example, FlorenceResult answer, int width, int height);
    }

    /**
     * Holds what was said about one picture.
     *
     * @param width of the picture
     * @param height of the picture
     */
    private record Said(List<FlorenceAnswer> answers, int width, int height) {}

    /** Adds a question. */
    void add(Path picture, E example, FlorencePrompt prompt) {
        examples.computeIfAbsent(picture, key -> new ArrayList<>()).add(example);
        prompts.computeIfAbsent(picture, key -> new ArrayList<>()).add(prompt);
    }

    /**
     * Asks all questions, picture after picture.
     *
     * @return what could not be read
     */
    List<Unreadable> ask(Session session, ModelSource source, GenerationFlags generation, Receiver<E> receiver) {
        ModelRun run = new ModelRun(session, source, prompts.keySet());
        run.<Florence2, Said>answer(
                source::loadFlorence,
                Florence2::unusedTensors,
                florence -> {
                    GenerationOptions options = generation.over(florence.defaults());
                    return (batch, numbers) -> {
                        List<SeenPicture> seen = florence.seeAll(batch);
                        List<Said> said = new ArrayList<>();
                        for (int i = 0; i < numbers.length; i++) {
                            List<FlorencePrompt> about = prompts.get(run.files().get(numbers[i]));
                            int[] same = new int[about.size()];
                            Arrays.fill(same, numbers[i]);
                            List<FlorenceAnswer> answers = florence.answerAll(
                                    Collections.nCopies(about.size(), seen.get(i)),
                                    same,
                                    about,
                                    options,
                                    GenerationListener.NONE);
                            said.add(new Said(
                                    answers, batch.get(i).width(), batch.get(i).height()));
                        }
                        return said;
                    };
                },
                (picture, said) -> {
                    List<E> about = examples.get(picture);
                    for (int i = 0; i < about.size(); i++) {
                        receiver.accept(about.get(i), said.answers.get(i).result(), said.width, said.height);
                    }
                });
        return run.unreadable();
    }
}
