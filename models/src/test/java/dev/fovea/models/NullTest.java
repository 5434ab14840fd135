package dev.fovea.models;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.blip.BlipEncoder;
import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.drawing.Drawing;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.florence.LocationGrid;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.generation.TextStream;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PictureInput;
import dev.fovea.models.image.PicturePipeline;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.image.ResampleFilter;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.kit.Nulls;
import dev.fovea.tensor.kit.Surface;
import java.awt.Color;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Null for any parameter of any public method of the surface is one line that names what is null. */
class NullTest {

    private static final Picture PICTURE = SmallModel.picture();

    @TempDir
    private Path folder;

    private Path copy(SmallModel model) throws IOException {
        return model.copy(Files.createDirectory(folder.resolve(model.name())));
    }

    private static Nulls values(Backend backend) {
        return new Nulls()
                .with(Backend.class, backend)
                .with(Grid.class, new Grid(0, 1, 1))
                .with(Shape.class, Shape.of(1))
                .with(Precision.class, Precision.F32)
                .with(WeightType.class, WeightType.STORED)
                .with(LoadOptions.class, LoadOptions.DEFAULTS)
                .with(DownloadProgress.class, DownloadProgress.NONE)
                .with(Cancellation.class, new Cancellation())
                .with(Picture.class, PICTURE)
                .with(PictureInput.class, PICTURE)
                .with(Pixels.class, Pixels.of(new float[0], 0, 1, 1))
                .with(ResampleFilter.class, ResampleFilter.BICUBIC)
                .with(BufferedImage.class, new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB))
                .with(Rectangle.class, new Rectangle())
                .with(Color.class, Color.RED)
                .with(Drawing.class, Drawing.of(PICTURE, List.of()))
                .with(GenerationOptions.class, GenerationOptions.DEFAULT)
                .with(GenerationOptions.Builder.class, GenerationOptions.builder())
                .with(GenerationOptions.EarlyStopping.class, GenerationOptions.EarlyStopping.NEVER)
                .with(GenerationListener.class, GenerationListener.NONE)
                .with(TextStream.class, new TextStream(tokens -> "", piece -> {}))
                .with(PromptTemplates.class, PromptTemplates.NONE)
                .with(Detection.class, new Detection("", 0, 0, 1, 1, OptionalDouble.empty()))
                .with(FlorenceTask.class, FlorenceTask.OD)
                .with(FlorencePrompt.class, FlorencePrompt.of(FlorenceTask.OD))
                .with(LocationGrid.class, new LocationGrid(1, 1));
    }

    @Test
    void everyParameterOfEveryExportedTypeIsNamed() throws Exception {
        try (Backend backend = Backends.open("cpu", 2);
                Clip clip = Clip.load(copy(SmallModel.CLIP), backend);
                ImageClassifier classifier = ImageClassifier.load(copy(SmallModel.VIT), backend);
                BlipCaptioner captioner = BlipCaptioner.load(copy(SmallModel.CAPTIONER), backend);
                BlipAnswerer answerer = BlipAnswerer.load(copy(SmallModel.ANSWERER), backend);
                BlipMatcher matcher = BlipMatcher.load(copy(SmallModel.MATCHER), backend);
                BlipEncoder encoder = BlipEncoder.load(copy(SmallModel.ENCODER), backend);
                Florence2 florence = Florence2.load(copy(SmallModel.FLORENCE), backend);
                PicturePipeline<Path> pipeline =
                        PicturePipeline.start(List.of(Path.of("nowhere")), Function::identity)) {
            int calls = values(backend)
                    .with(clip)
                    .with(classifier)
                    .with(captioner)
                    .with(answerer)
                    .with(matcher)
                    .with(encoder)
                    .with(florence)
                    .with(florence.preprocessing())
                    .with(florence.see(PICTURE))
                    .with(florence.run(PICTURE, FlorenceTask.CAPTION))
                    .with(pipeline)
                    .with(pipeline.batches().next())
                    // a file that failed has no result, and one that was computed no error
                    .mayBeNull("PicturePipeline$Outcome", "result")
                    .mayBeNull("PicturePipeline$Outcome", "error")
                    .check(Surface.of(Path.of("target/classes")));
            assertTrue(calls > 300, calls + " calls");
        }
    }
}
