package dev.fovea.app.evaluation;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.Evaluation;
import dev.fovea.evaluation.SegmentationEvaluation;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.evaluation.data.SegmentedExpression;
import dev.fovea.evaluation.metrics.PixelMask;
import dev.fovea.models.Outline;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.florence.FlorenceTask;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
        return new FlorenceEvaluation(session, data, output, generation).run(new Expressions());
    }

    /** Asks for the outline of what an expression names. */
    private static final class Expressions implements FlorenceEvaluation.Task<SegmentedExpression> {

        private final SegmentationEvaluation evaluation = new SegmentationEvaluation();

        @Override
        public List<SegmentedExpression> examples(ExampleFile file) {
            return file.expressions();
        }

        @Override
        public Path image(SegmentedExpression expression) {
            return expression.image();
        }

        @Override
        public Optional<?> predicted(SegmentedExpression expression) {
            return expression.predicted();
        }

        @Override
        public FlorencePrompt prompt(SegmentedExpression expression) {
            return FlorencePrompt.of(FlorenceTask.REFERRING_EXPRESSION_SEGMENTATION, expression.expression());
        }

        @Override
        public void add(SegmentedExpression expression) {
            evaluation.add(expression);
        }

        @Override
        public void add(SegmentedExpression expression, FlorenceResult answer, int width, int height) {
            evaluation.add(expression, mask(answer.polygons(), width, height));
        }

        @Override
        public Evaluation result() {
            return evaluation.result();
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
}
