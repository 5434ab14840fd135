package dev.fovea.app.evaluation;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.pictures.PictureRun.Unreadable;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.Evaluation;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Measures Florence-2 on the examples of a file, each of which is a question about a picture. Where the file has a
 * model's answers, those are measured.
 *
 * @param data the file
 * @param output where the outcome goes
 * @param generation how answers are generated
 */
record FlorenceEvaluation(Session session, DataFile data, EvaluationOutput output, GenerationFlags generation) {

    /**
     * Says what is asked about an example, and takes the answers.
     *
     * @param <E> an example
     */
    interface Task<E> {

        /** Reads the examples. */
        List<E> examples(ExampleFile file);

        /** Returns the picture of an example. */
        Path image(E example);

        /** Returns what the file says that a model answered. */
        Optional<?> predicted(E example);

        /** Returns what Florence-2 is asked. */
        FlorencePrompt prompt(E example);

        /** Takes the answer of the file. */
        void add(E example);

        /**
         * Takes an answer of Florence-2.
         *
         * @param width of the picture
         * @param height of the picture
         */
        void add(E example, FlorenceResult answer, int width, int height);

        /** Returns what all answers come to. */
        Evaluation result();
    }

    /**
     * Measures a task.
     *
     * @return the exit code
     */
    <E> int run(Task<E> task) {
        generation.check();
        generation.requireSingle("evaluate");
        output.check(data.file());
        try (ExampleFile file = data.open()) {
            output.passOver(session, file.problems());
            List<E> examples = task.examples(file);
            if (data.isAnswered(examples, task::predicted, "predicted")) {
                examples.forEach(task::add);
                return output.report(session, null, data.file(), task.result(), List.of());
            }
            FlorenceQuestions<E> questions = new FlorenceQuestions<>();
            for (E example : examples) {
                questions.add(task.image(example), example, task.prompt(example));
            }
            ModelSource source = session.model(ModelSource.FLORENCE);
            List<Unreadable> unreadable = questions.ask(session, source, generation, task::add);
            return output.report(session, source, data.file(), task.result(), unreadable);
        }
    }
}
