package dev.fovea.converter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorenceAnswer;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.safetensors.Checkpoint;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Florence-2 in Microsoft's layout answers the same before and after. */
class FlorenceConversionTest {

    private static final Path CASES = Path.of("../models/src/test/resources/dev/fovea/models/florence/cases");

    @TempDir
    Path directory;

    private Path convert(String name) {
        return new Converter()
                .convert(CASES.resolve(name), directory.resolve(name))
                .output();
    }

    @Test
    void becomesTransformersLayout() {
        Path converted = convert("microsoft");
        try (Checkpoint checkpoint = Checkpoint.open(converted)) {
            assertTrue(checkpoint.names().stream().allMatch(name -> name.startsWith("model.")));
            assertTrue(checkpoint.find("model.language_model.shared.weight").isPresent());
        }
        assertAnswersAlike(CASES.resolve("microsoft"), converted);
    }

    /**
     * A bias of the logits has no place in transformers' layout; the checkpoint stays as it is, which Fovea runs, too.
     */
    @Test
    void staysMicrosoftsWhereTransformersHasNoPlace() {
        Path converted = convert("microsoft-bias");
        try (Checkpoint checkpoint = Checkpoint.open(converted)) {
            assertTrue(checkpoint.find("language_model.final_logits_bias").isPresent());
        }
        assertAnswersAlike(CASES.resolve("microsoft-bias"), converted);
    }

    @Test
    void transformersOwnStays() {
        assertAnswersAlike(CASES.resolve("untied"), convert("untied"));
    }

    private static void assertAnswersAlike(Path original, Path converted) {
        List<Picture> pictures = List.of(
                Case.named("openai-vit").picture(), Case.named("openai-resnet").picture());
        try (Florence2 before = Florence2.load(original);
                Florence2 after = Florence2.load(converted)) {
            assertEquals(before.unusedTensors(), after.unusedTensors());
            for (Picture picture : pictures) {
                for (FlorenceTask task : List.of(FlorenceTask.OD, FlorenceTask.CAPTION)) {
                    FlorenceAnswer expected = before.run(picture, task);
                    FlorenceAnswer found = after.run(picture, task);
                    assertArrayEquals(
                            expected.generation().best().tokens(),
                            found.generation().best().tokens());
                    assertEquals(expected.text(), found.text());
                }
            }
        }
    }
}
