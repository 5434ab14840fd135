package dev.fovea.training;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.tensor.kit.Nulls;
import dev.fovea.tensor.kit.Surface;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Null for any parameter of any public method is one line that names what is null. */
class TrainingNullTest {

    @Test
    void everyParameterOfEveryExportedTypeIsNamed() throws Exception {
        try (Clip clip = Clip.load("clip-mini")) {
            FeatureTuning tuning = FeatureTuning.of(clip, List.of("cat", "dog"), PromptTemplates.NONE);
            TuningOptions options = TuningOptions.of(TuningMethod.TIP);
            Examples examples = Blobs.examples(clip.dimension(), 2, 2, 0);
            int calls = new Nulls()
                    .with(Clip.class, clip)
                    .with(PromptTemplates.NONE)
                    .with(TuningMethod.TIP)
                    .with(tuning)
                    .with(options)
                    .with(examples)
                    .with(tuning.tune(options, examples, Examples.NONE))
                    .check(Surface.of(Path.of("target/classes")));
            assertTrue(calls > 15, calls + " calls");
        }
    }
}
