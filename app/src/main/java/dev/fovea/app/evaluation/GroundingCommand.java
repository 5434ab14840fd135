package dev.fovea.app.evaluation;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.pictures.PictureRun.Unreadable;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.GroundingEvaluation;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.evaluation.data.GroundedPhrase;
import dev.fovea.evaluation.metrics.Box;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceTask;
import java.util.List;
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
        generation.check();
        generation.requireSingle("evaluate");
        output.check(data.file());
        try (ExampleFile file = data.open()) {
            output.passOver(session, file.problems());
            List<GroundedPhrase> phrases = file.phrases();
            GroundingEvaluation evaluation = new GroundingEvaluation();
            if (data.isAnswered(phrases, GroundedPhrase::predicted, "predicted")) {
                phrases.forEach(
                        phrase -> evaluation.add(phrase, phrase.predicted().orElseThrow()));
                return output.report(session, null, data.file(), evaluation.result(), List.of());
            }
            FlorenceQuestions<GroundedPhrase> questions = new FlorenceQuestions<>();
            for (GroundedPhrase phrase : phrases) {
                questions.add(
                        phrase.image(),
                        phrase,
                        FlorencePrompt.of(FlorenceTask.CAPTION_TO_PHRASE_GROUNDING, phrase.phrase()));
            }
            ModelSource source = session.model(ModelSource.FLORENCE);
            List<Unreadable> unreadable =
                    questions.ask(session, source, generation, (phrase, answer, width, height) -> {
                        List<Box> found = answer.boxes().stream()
                                .map(box -> Box.ofCorners(box.x1(), box.y1(), box.x2(), box.y2()))
                                .toList();
                        evaluation.add(phrase, found);
                    });
            return output.report(session, source, data.file(), evaluation.result(), unreadable);
        }
    }
}
