package dev.fovea.models.classification;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.TestDevices;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.models.inspection.CheckpointReport;
import dev.fovea.models.inspection.Checkpoints;
import dev.fovea.models.kind.ModelKind;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.safetensors.Checkpoint;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs small vision transformers and ConvNeXts in timm's own folders and compares pixels, logits and features with what
 * timm made of them ({@code oracle/timm_cases.py}).
 */
class TimmReplayTest {

    private static final float LIMIT = 1e-5f;

    @TempDir
    private Path copy;

    private static Path folder(String name) {
        try {
            return Path.of(
                    TimmReplayTest.class.getResource("timm-cases/" + name).toURI());
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static Stream<Arguments> casesAndDevices() {
        return TestDevices.each(Stream.of("vit", "clip", "convnext", "convnext-mlp"));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("casesAndDevices")
    void pixelsAndLogitsAreAsInTimm(String name, String device) {
        try (Checkpoint expected = Checkpoint.open(folder(name).resolve("expected.safetensors"));
                Backend backend = TestDevices.open(device);
                ImageClassifier classifier = ImageClassifier.load(folder(name), backend)) {
            assertEquals(List.of(), classifier.unusedTensors());
            Picture picture = Picture.read(folder(name).resolve("picture.png"));
            float[] pixels = classifier.preprocessing().applyAll(List.of(picture));
            assertArrayEquals(floats(expected, "pixels"), pixels, 1e-6f);
            int side = name.startsWith("convnext") ? 48 : 36;
            assertArrayEquals(
                    floats(expected, "logits"),
                    classifier.logits(pixels, 1, side, side).getFirst(),
                    LIMIT);
            try (Clip features = Clip.load(folder(name), backend)) {
                assertEquals(List.of(), features.unusedTensors());
                assertArrayEquals(
                        floats(expected, "features"),
                        features.embedPixels(pixels, 1, side, side).getFirst(),
                        LIMIT);
            }
        }
    }

    private static float[] floats(Checkpoint expected, String name) {
        return expected.find(name).orElseThrow().weight().toFloats();
    }

    @Test
    void classesHaveTheirNamesOrNumbers() {
        try (ImageClassifier named = ImageClassifier.load(folder("vit"));
                ImageClassifier numbered = ImageClassifier.load(folder("clip"))) {
            assertEquals(List.of("cat", "dog", "car", "tree", "cup"), named.labels());
            assertEquals(List.of("LABEL_0", "LABEL_1", "LABEL_2"), numbered.labels());
        }
    }

    @Test
    void theFolderIsKnownForWhatItIs() {
        ModelKind kind = ModelKind.of(folder("vit"));
        assertTrue(kind.isClassifier());
        assertEquals("vit_tiny_patch16_224", kind.type());
        CheckpointReport report = Checkpoints.inspect(folder("vit"));
        assertTrue(report.missing().isEmpty()
                && report.misshapen().isEmpty()
                && report.unexpected().isEmpty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\"vit_tiny_patch16_224\"; \"resnet50\"; architecture is \"resnet50\", expected a vision"
                        + " transformer or a ConvNeXt",
                "\"global_pool\": \"token\"; \"global_pool\": \"avg\"; global_pool is \"avg\"",
                "\"depth\": 2; \"reg_tokens\": 4; model_args.reg_tokens is 4",
                "\"num_heads\": 4; \"num_heads\": 5; model_args.num_heads is 5",
                "\"interpolation\": \"bicubic\"; \"interpolation\": \"random\"; pretrained_cfg.interpolation is",
                "\"crop_mode\": \"center\"; \"crop_mode\": \"border\"; pretrained_cfg.crop_mode is",
                "\"num_classes\": 5,; \"num_classes\": 6,; label_names"
            })
    void whatIsNotRunIsNamed(String field, String other, String complaint) throws IOException {
        for (String name : List.of("config.json", "model.safetensors")) {
            Files.copy(folder("vit").resolve(name), copy.resolve(name));
        }
        Path config = copy.resolve("config.json");
        String text = Files.readString(config);
        assertTrue(text.contains(field), text);
        Files.writeString(config, text.replace(field, other));
        String message = assertThrows(FoveaException.class, () -> ImageClassifier.load(copy))
                .getMessage();
        assertTrue(message.contains(complaint), message);
    }
}
