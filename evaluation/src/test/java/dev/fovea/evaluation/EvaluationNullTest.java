package dev.fovea.evaluation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.evaluation.data.AskedQuestion;
import dev.fovea.evaluation.data.BiasFile;
import dev.fovea.evaluation.data.CaptionedImage;
import dev.fovea.evaluation.data.CocoFile;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.evaluation.data.GroundedPhrase;
import dev.fovea.evaluation.data.LabelledImage;
import dev.fovea.evaluation.data.Members;
import dev.fovea.evaluation.data.PixelRegion;
import dev.fovea.evaluation.data.SegmentedExpression;
import dev.fovea.evaluation.data.WrittenText;
import dev.fovea.evaluation.metrics.Box;
import dev.fovea.evaluation.metrics.PixelMask;
import dev.fovea.evaluation.metrics.ScoredCaption;
import dev.fovea.models.TextEmbedder;
import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.kit.Nulls;
import dev.fovea.tensor.kit.Surface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Null for any parameter of any public method is one line that names what is null. */
class EvaluationNullTest {

    @Test
    void everyParameterOfEveryExportedTypeIsNamed(@TempDir Path directory) throws Exception {
        CocoFile coco = new CocoFile(Path.of("a"), Map.of(1L, Path.of("a")), Map.of(), List.of(), Map.of());
        CaptionedImage captioned = new CaptionedImage(Path.of("a"), List.of("a"), Optional.empty());
        Members members = new Members(List.of(), List.of());
        PixelRegion region = (width, height) -> PixelMask.ofPolygons(List.of(), width, height);
        try (Clip clip = Clip.load("clip-mini")) {
            int calls = new Nulls()
                    .with(clip)
                    .with(TextEmbedder.class, clip)
                    .with(coco)
                    .with(captioned)
                    .with(members)
                    .with(PixelRegion.class, region)
                    .with(ExampleFile.open(Files.writeString(directory.resolve("a.jsonl"), "{}")))
                    .with(new LabelledImage(Path.of("a"), "a"))
                    .with(new AskedQuestion("a", Path.of("a"), "a", List.of("a"), Optional.empty(), Optional.empty()))
                    .with(new GroundedPhrase(Path.of("a"), "a", List.of(), Optional.empty()))
                    .with(new SegmentedExpression(Path.of("a"), "a", 1, 1, region, Optional.of(region)))
                    .with(new WrittenText(Path.of("a"), "a", Optional.empty()))
                    .with(new BiasFile(List.of(), List.of(), List.of(), List.of(), List.of(), List.of()))
                    .with(new ZeroShotEvaluation(List.of("a")))
                    .with(new RetrievalEvaluation())
                    .with(new CaptionEvaluation())
                    .with(new AnswerEvaluation())
                    .with(new DetectionEvaluation(coco))
                    .with(new GroundingEvaluation())
                    .with(new SegmentationEvaluation())
                    .with(new OcrEvaluation())
                    .with(new Evaluation(List.of(), List.of(), List.of(), List.of()))
                    .with(new double[0][])
                    .with(ToDoubleFunction.class, (ToDoubleFunction<Object>) drawn -> 0)
                    .with(new Box(0, 0, 1, 1))
                    .with(PixelMask.ofPolygons(List.of(), 1, 1))
                    .with(new ScoredCaption(List.of(), List.of(List.of())))
                    .check(Surface.of(Path.of("target/classes")));
            assertTrue(calls > 100, calls + " calls");
        }
    }
}
