package dev.fovea.app.evaluation;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.Evaluation;
import dev.fovea.evaluation.GroundingEvaluation;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.evaluation.data.GroundedPhrase;
import dev.fovea.evaluation.metrics.Box;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.florence.FlorenceTask;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Measures whether phrases are found in pictures. */
@Command(
        name = "grounding",
        sortOptions = false,
        description = {
            "Measure whether phrases are found in pictures (Florence-2): accuracy at overlap .5, recall at 5 and 10.",
            "Fields: image, phrase, box (x1, y1, x2, y2) or boxes, and predicted where a model has found some."
        },
        footer = {"", "Example: fovea evaluate grounding phrases.jsonl --sheet worst.html"})
public final class GroundingCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private DataFile data;

    @Mixin
    private EvaluationOutput output;

    @Mixin
    private GenerationFlags generation;

    /** Makes the command for a session that is set up while the command line is read. */
    public GroundingCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return new FlorenceEvaluation(session, data, output, generation).run(new Phrases());
    }

    /** Asks where the things are that a phrase names. */
    private static final class Phrases implements FlorenceEvaluation.Task<GroundedPhrase> {

        private final GroundingEvaluation evaluation = new GroundingEvaluation();

        @Override
        public List<GroundedPhrase> examples(ExampleFile file) {
            return file.phrases();
        }

        @Override
        public Path image(GroundedPhrase phrase) {
            return phrase.image();
        }

        @Override
        public Optional<?> predicted(GroundedPhrase phrase) {
            return phrase.predicted();
        }

        @Override
        public FlorencePrompt prompt(GroundedPhrase phrase) {
            return FlorencePrompt.of(FlorenceTask.CAPTION_TO_PHRASE_GROUNDING, phrase.phrase());
        }

        @Override
        public void add(GroundedPhrase phrase) {
            evaluation.add(phrase, phrase.predicted().orElseThrow());
        }

        @Override
        public void add(GroundedPhrase phrase, FlorenceResult answer, int width, int height) {
            evaluation.add(
                    phrase,
                    answer.boxes().stream()
                            .map(box -> Box.ofCorners(box.x1(), box.y1(), box.x2(), box.y2()))
                            .toList());
        }

        @Override
        public Evaluation result() {
            return evaluation.result();
        }
    }
}
