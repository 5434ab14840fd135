package dev.fovea.models.siglip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.TestDevices;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.safetensors.Checkpoint;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs transformers' own small SigLIP 2 NaFlex and compares with what it wrote down ({@code naflex_cases.py}). */
class NaflexReplayTest {
    private static final double LIMIT = 1e-5;
    private static final int PICTURES = 6;
    private static final int DIMENSION = 20;

    @TempDir
    private Path folder;

    private static Path original() {
        try {
            return Path.of(NaflexReplayTest.class.getResource("naflex").toURI());
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static List<Path> files() {
        return IntStream.range(0, PICTURES)
                .mapToObj(number -> original().resolve(number + ".png"))
                .toList();
    }

    private static float[] floats(Checkpoint expected, String name) {
        return expected.find(name).orElseThrow().weight().toFloats();
    }

    /** Pictures of several aspect ratios at once; in transformers the smaller ones are padded and masked. */
    @ParameterizedTest(name = "on {0}")
    @MethodSource("dev.fovea.models.TestDevices#all")
    void embeddingsAreAsInTransformers(String device) throws IOException {
        try (Checkpoint expected = Checkpoint.open(original().resolve("expected.safetensors"));
                Backend backend = TestDevices.open(device);
                Clip naflex = Clip.load(original(), backend)) {
            assertEquals(List.of(), naflex.unusedTensors());
            List<Picture> pictures = files().stream().map(Picture::read).toList();
            check(floats(expected, "image_embeds"), naflex.embedAll(pictures));
            List<PreparedPicture> prepared =
                    files().stream().map(naflex.preprocessing()::prepare).toList();
            check(floats(expected, "image_embeds"), naflex.embedAll(prepared));
            check(floats(expected, "text_embeds"), naflex.embedTexts(List.of("a photo of a cat", "Zwei Katzen", "x")));
        }
    }

    private static void check(float[] right, List<float[]> found) {
        assertEquals(right.length, found.size() * DIMENSION);
        for (int i = 0; i < right.length; i++) {
            assertEquals(right[i], found.get(i / DIMENSION)[i % DIMENSION], LIMIT, "number " + i);
        }
    }

    @Test
    void pixelsAreAsInTransformers() {
        Preprocessing steps = Preprocessing.load(original());
        try (Checkpoint expected = Checkpoint.open(original().resolve("expected.safetensors"))) {
            for (int number = 0; number < PICTURES; number++) {
                Picture picture = Picture.read(files().get(number));
                var right = expected.find("pixels." + number).orElseThrow().weight();
                Preprocessing own = steps.forPicture(picture.width(), picture.height());
                assertEquals(right.shape().extent(0), own.height());
                assertEquals(right.shape().extent(1), own.width());
                assertArrayEquals(right.toFloats(), steps.apply(picture), 1e-6f, "picture " + number);
            }
        }
    }

    @Test
    void picturesOfSeveralSizesHaveNoCommonPixels() {
        Preprocessing steps = Preprocessing.load(original());
        List<Picture> pictures = files().stream().map(Picture::read).toList();
        String message = assertThrows(IllegalArgumentException.class, () -> steps.applyAll(pictures))
                .getMessage();
        assertTrue(message.contains("one size at a time"), message);
        assertEquals(30, steps.withDraft(true).forPicture(48, 64).height());
    }

    @ParameterizedTest(name = "{0}: {1} as {2}")
    @CsvSource({
        "config.json, \"num_patches\": 16, \"num_patches\": 15",
        "config.json, \"num_channels\": 3, \"num_channels\": 1",
        "config.json, \"vision_use_head\": true, \"vision_use_head\": false",
        "preprocessor_config.json, \"max_num_patches\": 20, \"max_num_patches\": 0",
        "preprocessor_config.json, \"patch_size\": 6, \"patch_size\": -6",
        "preprocessor_config.json, \"do_resize\": true, \"do_resize\": false",
        "preprocessor_config.json, \"resample\": 2, \"resample\": 9"
    })
    void whatIsNotSupportedIsRefusedByName(String file, String written, String changed) throws IOException {
        try (Stream<Path> files = Files.list(original())) {
            for (Path copied : files.toList()) Files.copy(copied, folder.resolve(copied.getFileName()));
        }
        String before = Files.readString(folder.resolve(file));
        assertTrue(before.contains(written), before);
        Files.writeString(folder.resolve(file), before.replace(written, changed));
        String message = assertThrows(
                        FoveaException.class, () -> Clip.load(folder).close())
                .getMessage();
        assertTrue(message.contains(written.substring(1, written.indexOf('"', 1))), message);
        assertEquals(1, message.lines().count());
    }
}
