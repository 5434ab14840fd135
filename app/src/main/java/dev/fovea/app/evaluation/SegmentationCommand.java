package dev.fovea.app.evaluation;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.pictures.PictureRun.Unreadable;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.SegmentationEvaluation;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.evaluation.data.SegmentedExpression;
import dev.fovea.evaluation.metrics.PixelMask;
import dev.fovea.models.Outline;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceTask;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Measures outlines of things that words name. */
@Command(
        name = "segmentation",
        sortOptions = false,
        description = {
            "Measure outlines of things that words name (Florence-2): mIoU, cIoU, precision at .5 to .9.",
            "Fields: image, expression, polygons or segmentation (COCO's), and predicted with width and height where a"
                    + " model has found something."
        },
        footer = {"", "Example: fovea evaluate segmentation expressions.jsonl --examples scored.jsonl"})
public final class SegmentationCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private DataFile data;

    @Mixin
    private EvaluationOutput output;

    @Mixin
    private GenerationFlags generation;

    /** Makes the command for a session that is set up while the command line is read. */
    public SegmentationCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        generation.check();
        generation.requireSingle("evaluate");
        output.check(data.file());
        try (ExampleFile file = data.open()) {
            output.passOver(session, file.problems());
            List<SegmentedExpression> expressions = file.expressions();
            SegmentationEvaluation evaluation = new SegmentationEvaluation();
            if (data.isAnswered(expressions, SegmentedExpression::predicted, "predicted")) {
                expressions.forEach(evaluation::add);
                return output.report(session, null, data.file(), evaluation.result(), List.of());
            }
            FlorenceQuestions<SegmentedExpression> questions = new FlorenceQuestions<>();
            for (SegmentedExpression expression : expressions) {
                questions.add(
                        expression.image(),
                        expression,
                        FlorencePrompt.of(FlorenceTask.REFERRING_EXPRESSION_SEGMENTATION, expression.expression()));
            }
            ModelSource source = session.model(ModelSource.FLORENCE);
            List<Unreadable> unreadable = questions.ask(
                    session,
                    source,
                    generation,
                    (expression, answer, width, height) ->
                            evaluation.add(expression, mask(answer.polygons(), width, height)));
            return output.report(session, source, data.file(), evaluation.result(), unreadable);
        }
    }

    private static PixelMask mask(List<Outline> outlines, int width, int height) {
        List<double[]> polygons = outlines.stream()
                .flatMap(outline -> outline.polygons().stream())
                .map(polygon -> polygon.subList(0, polygon.size() / 2 * 2).stream()
                        .mapToDouble(Integer::doubleValue)
                        .toArray())
                .toList();
        return PixelMask.ofPolygons(polygons, width, height);
    }
}
