package dev.fovea.models.dinov2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.TestDevices;
import dev.fovea.models.clip.Clip;
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
import org.junit.jupiter.params.provider.MethodSource;

/** Runs transformers' own small DINOv2 and compares with what it wrote down ({@code dinov2_cases.py}). */
class Dinov2ReplayTest {
    private static final double LIMIT = 1e-5;

    @TempDir
    private Path folder;

    private static Path original() {
        return folder("case");
    }

    private static Path folder(String name) {
        try {
            return Path.of(Dinov2ReplayTest.class.getResource(name).toURI());
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @ParameterizedTest(name = "on {0}")
    @MethodSource("dev.fovea.models.TestDevices#all")
    void embeddingsAreAsInTransformers(String device) {
        try (Checkpoint expected = Checkpoint.open(original().resolve("expected.safetensors"));
                Backend backend = TestDevices.open(device);
                Clip dinov2 = Clip.load(original(), backend)) {
            assertEquals(List.of(), dinov2.unusedTensors());
            assertEquals(20, dinov2.dimension());
            check(expected, "trained", dinov2, 28, 28);
            check(expected, "larger", dinov2, 42, 35);
            String refused = assertThrows(FoveaException.class, () -> dinov2.embed("a cat"))
                    .getMessage();
            assertTrue(refused.contains("no tower that reads texts"), refused);
        }
    }

    /** Registers, and positions that are interpolated with antialiasing. */
    @ParameterizedTest(name = "on {0}")
    @MethodSource("dev.fovea.models.TestDevices#all")
    void soAreThoseWithRegisters(String device) {
        Path registers = folder("registers");
        try (Checkpoint expected = Checkpoint.open(registers.resolve("expected.safetensors"));
                Backend backend = TestDevices.open(device);
                Clip dinov2 = Clip.load(registers, backend)) {
            assertEquals(List.of(), dinov2.unusedTensors());
            check(expected, "trained", dinov2, 28, 28);
            check(expected, "larger", dinov2, 42, 35);
            check(expected, "smaller", dinov2, 21, 14);
        }
    }

    private static void check(Checkpoint expected, String name, Clip dinov2, int height, int width) {
        float[] pixels = floats(expected, name + ".pixels");
        float[] right = floats(expected, name + ".embeddings");
        List<float[]> found = dinov2.embedPixels(pixels, 2, height, width);
        for (int i = 0; i < right.length; i++) {
            assertEquals(right[i], found.get(i / 20)[i % 20], LIMIT, name + " " + i);
        }
    }

    private static float[] floats(Checkpoint expected, String name) {
        return expected.find(name).orElseThrow().weight().toFloats();
    }

    @Test
    void whatIsNotSupportedIsRefusedByName() throws IOException {
        try (Stream<Path> files = Files.list(original())) {
            for (Path file : files.toList()) Files.copy(file, folder.resolve(file.getFileName()));
        }
        Path config = folder.resolve("config.json");
        String written = Files.readString(config);
        Files.writeString(config, written.replace("\"qkv_bias\": true", "\"qkv_bias\": false"));
        String message = assertThrows(
                        FoveaException.class, () -> Clip.load(folder).close())
                .getMessage();
        assertTrue(message.contains("qkv_bias"), message);
        assertEquals(1, message.lines().count());
    }
}
