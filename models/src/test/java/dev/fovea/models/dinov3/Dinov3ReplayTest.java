package dev.fovea.models.dinov3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.TestDevices;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Runs transformers' own small DINOv3 and compares with what it wrote down ({@code dinov3_cases.py}). */
class Dinov3ReplayTest {
    private static final double LIMIT = 1e-5;
    private static final int DIMENSION = 24;

    /** One millionth of the range of pixels, which are divided by deviations of 0.225. */
    private static final float PIXEL_LIMIT = 5e-6f;

    @TempDir
    private Path folder;

    static Stream<Arguments> casesAndDevices() {
        return TestDevices.each(Stream.of("vit", "gated", "convnext"));
    }

    private static Path original(String name) {
        try {
            return Path.of(Dinov3ReplayTest.class.getResource(name).toURI());
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Rotary positions for pictures of several sizes, registers, absent biases, a gated MLP; a ConvNeXt. */
    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("casesAndDevices")
    void embeddingsAreAsInTransformers(String name, String device) {
        try (Checkpoint expected = Checkpoint.open(original(name).resolve("expected.safetensors"));
                Backend backend = TestDevices.open(device);
                Clip dinov3 = Clip.load(original(name), backend)) {
            assertEquals(List.of(), dinov3.unusedTensors());
            assertEquals(DIMENSION, dinov3.dimension());
            check(expected, "trained", dinov3, 20, 20);
            check(expected, "larger", dinov3, 35, 25);
            if (!name.equals("convnext")) {
                check(expected, "odd", dinov3, 13, 24);
            }
            String refused = assertThrows(FoveaException.class, () -> dinov3.embed("a cat"))
                    .getMessage();
            assertTrue(refused.contains("no tower that reads texts"), refused);
        }
    }

    private static void check(Checkpoint expected, String name, Clip dinov3, int height, int width) {
        float[] pixels = floats(expected, name + ".pixels");
        float[] right = floats(expected, name + ".embeddings");
        List<float[]> found = dinov3.embedPixels(pixels, 2, height, width);
        for (int i = 0; i < right.length; i++) {
            assertEquals(right[i], found.get(i / DIMENSION)[i % DIMENSION], LIMIT, name + " " + i);
        }
    }

    private static float[] floats(Checkpoint expected, String name) {
        return expected.find(name).orElseThrow().weight().toFloats();
    }

    /** Pictures are resized in floats, unlike those of all other models. */
    @ParameterizedTest
    @ValueSource(strings = {"shrunk", "enlarged", "lower", "cropped", "padded", "raw"})
    void pixelsAreAsInTransformers(String name) {
        Picture picture = Picture.read(original("../image/cases/webp-lossless-opaque.webp"));
        Preprocessing steps = Preprocessing.load(original("pixels").resolve(name));
        try (Checkpoint expected = Checkpoint.open(original("pixels").resolve("expected.safetensors"))) {
            float[] right = floats(expected, name);
            assertEquals(
                    Shape.of(steps.height(), steps.width(), 3),
                    expected.find(name).orElseThrow().shape());
            assertArrayEquals(right, steps.apply(picture), PIXEL_LIMIT);
            assertArrayEquals(right, steps.apply(steps.prepare(picture)), PIXEL_LIMIT);
        }
    }

    @Test
    void otherFiltersAreRefused() throws IOException {
        Files.writeString(
                folder.resolve("preprocessor_config.json"),
                "{\"image_processor_type\": \"DINOv3ViTImageProcessor\", \"resample\": 1}");
        String message = assertThrows(FoveaException.class, () -> Preprocessing.load(folder))
                .getMessage();
        assertTrue(message.endsWith("the resample filter 1, expected 2 or 3 for DINOv3ViTImageProcessor"), message);
    }

    @ParameterizedTest(name = "{0}: {1} as {2}")
    @CsvSource({
        "vit, \"proj_bias\": true, \"proj_bias\": false",
        "vit, \"mlp_bias\": true, \"mlp_bias\": false",
        "vit, \"num_attention_heads\": 2, \"num_attention_heads\": 4",
        "vit, \"rope_theta\": 100.0, \"rope_theta\": -1",
        "vit, \"num_register_tokens\": 3, \"num_register_tokens\": -3",
        "convnext, \"num_channels\": 3, \"num_channels\": 4"
    })
    void whatIsNotSupportedIsRefusedByName(String name, String written, String changed) throws IOException {
        try (Stream<Path> files = Files.list(original(name))) {
            for (Path file : files.toList()) Files.copy(file, folder.resolve(file.getFileName()));
        }
        Path config = folder.resolve("config.json");
        String before = Files.readString(config);
        assertTrue(before.contains(written), before);
        Files.writeString(config, before.replace(written, changed));
        String message = assertThrows(
                        FoveaException.class, () -> Clip.load(folder).close())
                .getMessage();
        assertTrue(message.contains(written.substring(1, written.indexOf('"', 1))), message);
        assertEquals(1, message.lines().count());
    }
}
