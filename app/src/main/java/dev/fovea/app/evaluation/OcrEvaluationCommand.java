package dev.fovea.app.evaluation;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.pictures.PictureRun.Unreadable;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.OcrEvaluation;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.evaluation.data.WrittenText;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceTask;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Measures text that was read in pictures. */
@Command(
        name = "ocr",
        sortOptions = false,
        description = {
            "Measure text that is read in pictures (Florence-2, task <OCR>): words, 1-NED, CER, WER.",
            "Fields: image, text, and predicted where a model has read it."
        },
        footer = {"", "Example: fovea evaluate ocr signs.csv --examples scored.jsonl"})
public final class OcrEvaluationCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private DataFile data;

    @Mixin
    private EvaluationOutput output;

    @Mixin
    private GenerationFlags generation;

    /** Makes the command for a session that is set up while the command line is read. */
    public OcrEvaluationCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        generation.check();
        generation.requireSingle("evaluate");
        output.check(data.file());
        try (ExampleFile file = data.open()) {
            output.passOver(session, file.problems());
            List<WrittenText> texts = file.texts();
            OcrEvaluation evaluation = new OcrEvaluation();
            if (data.isAnswered(texts, WrittenText::predicted, "predicted")) {
                texts.forEach(text -> evaluation.add(text, text.predicted().orElseThrow()));
                return output.report(session, null, data.file(), evaluation.result(), List.of());
            }
            FlorenceQuestions<WrittenText> questions = new FlorenceQuestions<>();
            FlorencePrompt prompt = FlorencePrompt.of(FlorenceTask.OCR);
            texts.forEach(text -> questions.add(text.image(), text, prompt));
            ModelSource source = session.model(ModelSource.FLORENCE);
            List<Unreadable> unreadable = questions.ask(
                    session, source, generation, (text, answer, width, height) -> evaluation.add(text, answer.text()));
            return output.report(session, source, data.file(), evaluation.result(), unreadable);
        }
    }
}
