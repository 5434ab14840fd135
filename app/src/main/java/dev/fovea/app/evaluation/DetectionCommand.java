package dev.fovea.app.evaluation;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.pictures.PictureRun.Unreadable;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.DetectionEvaluation;
import dev.fovea.evaluation.data.CocoFile;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures boxes against those of a COCO data set. */
@Command(
        name = "detection",
        sortOptions = false,
        description = {
            "Measure boxes (Florence-2, task <OD>) against those of a data set in COCO's format: AP, AR, F1.",
            "Florence-2's boxes are ordered by the probability of their tokens; labels must be the categories' names."
        },
        footer = {
            "",
            "Examples:",
            "  fovea evaluate detection instances_val2017.json --images val2017/ --model Florence-2-base-ft",
            "  fovea evaluate detection instances_val2017.json --predictions results.json"
        })
public final class DetectionCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(index = "0", paramLabel = "COCO.json", description = "A data set in COCO's format.")
    private Path file;

    @Option(
            names = "--images",
            paramLabel = "FOLDER",
            description = "The folder that names of pictures are relative to (default: that of COCO.json).")
    private Path images;

    @Option(
            names = "--predictions",
            paramLabel = "FILE",
            description = "Boxes of any model in the format of COCO's results; no model is run.")
    private Path predictions;

    @Mixin
    private EvaluationOutput output;

    @Mixin
    private GenerationFlags generation;

    /** Makes the command for a session that is set up while the command line is read. */
    public DetectionCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        generation.check();
        generation.requireSingle("evaluate");
        output.check(file, predictions);
        Path folder = file.getParent() == null ? Path.of("") : file.getParent();
        CocoFile data = CocoFile.read(file, images == null ? folder : images);
        if (data.truths().isEmpty()) {
            throw new FoveaException(file + ": holds captions and no boxes; evaluate it with \"evaluate captions\"");
        }
        DetectionEvaluation evaluation = new DetectionEvaluation(data);
        if (predictions != null) {
            evaluation.addAll(data.predictions(predictions));
            return output.report(session, null, file, evaluation.result(), List.of());
        }
        FlorenceQuestions<Long> questions = new FlorenceQuestions<>();
        FlorencePrompt prompt = FlorencePrompt.of(FlorenceTask.OD);
        data.images().forEach((id, picture) -> questions.add(picture, id, prompt));
        ModelSource source = session.model(ModelSource.FLORENCE);
        List<Unreadable> unreadable = questions.ask(
                session, source, generation, (image, answer, width, height) -> evaluation.add(image, answer.boxes()));
        return output.report(session, source, file, evaluation.result(), unreadable);
    }
}
