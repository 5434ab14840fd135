package dev.fovea.app.evaluation;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.Evaluation;
import dev.fovea.evaluation.OcrEvaluation;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.evaluation.data.WrittenText;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.florence.FlorenceTask;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
        return new FlorenceEvaluation(session, data, output, generation).run(new Texts());
    }

    /** Asks for the text in a picture. */
    private static final class Texts implements FlorenceEvaluation.Task<WrittenText> {

        private final OcrEvaluation evaluation = new OcrEvaluation();

        @Override
        public List<WrittenText> examples(ExampleFile file) {
            return file.texts();
        }

        @Override
        public Path image(WrittenText text) {
            return text.image();
        }

        @Override
        public Optional<?> predicted(WrittenText text) {
            return text.predicted();
        }

        @Override
        public FlorencePrompt prompt(WrittenText text) {
            return FlorencePrompt.of(FlorenceTask.OCR);
        }

        @Override
        public void add(WrittenText text) {
            evaluation.add(text, text.predicted().orElseThrow());
        }

        @Override
        public void add(WrittenText text, FlorenceResult answer, int width, int height) {
            evaluation.add(text, answer.text());
        }

        @Override
        public Evaluation result() {
            return evaluation.result();
        }
    }
}
