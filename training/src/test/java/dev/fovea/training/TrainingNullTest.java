package dev.fovea.training;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.kit.Nulls;
import dev.fovea.tensor.kit.Surface;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Null for any parameter of any public method is one line that names what is null. */
class TrainingNullTest {

    @Test
    void everyParameterOfEveryExportedTypeIsNamed() throws Exception {
        try (Clip clip = Clip.load("clip-mini")) {
            FeatureTuning tuning = FeatureTuning.of(clip, List.of("cat", "dog"), PromptTemplates.NONE);
            TuningOptions options = TuningOptions.of(TuningMethod.TIP);
            Examples examples = Blobs.examples(clip.dimension(), 2, 2, 0);
            LoraTuning lora =
                    LoraTuning.of(clip.folder(), LoadOptions.DEFAULTS, List.of("cat", "dog"), PromptTemplates.NONE);
            FullTuning full =
                    FullTuning.of(clip.folder(), LoadOptions.DEFAULTS, List.of("cat", "dog"), PromptTemplates.NONE);
            Path captioner = Models.folder("blip-mini", "captioner", LoadOptions.DEFAULTS);
            int calls = new Nulls()
                    .with(Clip.class, clip)
                    .with(PromptTemplates.NONE)
                    .with(TuningMethod.TIP)
                    .with(tuning)
                    .with(options)
                    .with(examples)
                    .with(tuning.tune(options, examples, Examples.NONE))
                    .with(LoadOptions.DEFAULTS)
                    .with(LoraOptions.DEFAULTS)
                    .with(LabelledPictures.NONE)
                    .with(new TuningProgress(1, 1, 0, 0, OptionalDouble.empty(), OptionalDouble.empty(), 0))
                    .with(FullOptions.DEFAULTS)
                    .with(TextExamples.captions(two().pictures(), List.of("a", "b")))
                    .with(GeneratorTuning.of(captioner, LoadOptions.DEFAULTS))
                    .with(TuningListener.class, progress -> {})
                    .with(PairTuning.of(clip.folder(), LoadOptions.DEFAULTS))
                    .with(new TuningCurve())
                    .with(new TuningCurve.Point(1, 1, 0, OptionalDouble.empty(), OptionalDouble.empty(), 0, 0))
                    .with(full)
                    .with(full.tune(FullOptions.DEFAULTS.withEpochs(1), two(), LabelledPictures.NONE, progress -> {}))
                    .with(lora)
                    .with(lora.tune(LoraOptions.DEFAULTS.withEpochs(1), two(), LabelledPictures.NONE, progress -> {}))
                    .check(Surface.of(Path.of("target/classes")));
            assertTrue(calls > 30, calls + " calls");
        }
    }

    private static LabelledPictures two() {
        Picture picture = Picture.ofRgb(1, 1, new byte[3]);
        return new LabelledPictures(List.of(picture, picture), new int[] {0, 1});
    }
}
