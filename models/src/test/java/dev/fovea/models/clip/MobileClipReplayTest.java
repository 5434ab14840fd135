package dev.fovea.models.clip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.TestDevices;
import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.models.image.Pixels;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.observe.RecordingBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs small MobileCLIPs of open_clip's and timm's own classes and compares every stage with what they wrote down
 * ({@code oracle/mobileclip_cases.py}): with batch norms and squeeze and excitation, with layer norms and five stages,
 * and after timm's own reparametrisation.
 */
class MobileClipReplayTest {

    @TempDir
    private Path folder;

    static Stream<Arguments> casesAndDevices() {
        return TestDevices.each(Stream.of("small", "layer-norm", "merged"));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("casesAndDevices")
    void everyStageIsAsInTheOriginal(String name, String device) {
        MobileClipCase.copy(name, folder);
        try (MobileClipCase oracle = MobileClipCase.open(name);
                RecordingBackend recorder = new RecordingBackend(TestDevices.open(device));
                Clip clip = Clip.load(folder, recorder)) {
            assertEquals(List.of(), clip.unusedTensors());
            Pixels pixels = oracle.pixels("vision");
            List<float[]> pictures = embedAll(clip, pixels);
            int stages = ((ClipConfig.FastVit) ((ClipConfig) clip.config).image())
                    .sizes()
                    .stages()
                    .size();
            checkRecorded(oracle, recorder, "stem");
            for (int stage = 0; stage < stages; stage++) {
                checkRecorded(oracle, recorder, "stages." + stage);
            }
            checkRecorded(oracle, recorder, "final_conv");
            check(oracle, "vision.image_embeds", ClipReplayTest.concatenated(pictures));
            List<float[]> texts = clip.embedTokens(oracle.textIds());
            check(oracle, "text.projected", MobileClipCase.recorded(recorder, "text_model"));
            check(oracle, "text.text_embeds", ClipReplayTest.concatenated(texts));
            check(oracle, "logits_per_image", ResNetReplayTest.logits(clip, pictures, texts));
            oracle.checkAllRead();
        }
    }

    private static List<float[]> embedAll(Clip clip, Pixels pixels) {
        return clip.embedPixels(
                pixels.values(),
                pixels.grid().images(),
                pixels.grid().height(),
                pixels.grid().width());
    }

    private static void checkRecorded(MobileClipCase oracle, RecordingBackend recorder, String module) {
        check(oracle, "vision." + module, MobileClipCase.recorded(recorder, "vision_model." + module));
    }

    private static void check(MobileClipCase oracle, String entry, float[] found) {
        oracle.check(entry, found, oracle.floats(entry));
    }

    @Test
    void aPictureIsTheSameAloneAndInABatch() {
        MobileClipCase.copy("small", folder);
        try (MobileClipCase oracle = MobileClipCase.open("small");
                Clip clip = Clip.load(folder)) {
            Pixels pixels = oracle.pixels("vision");
            int side = pixels.grid().height();
            float[] second = Arrays.copyOfRange(pixels.values(), side * side * 3, 2 * side * side * 3);
            float[] alone = clip.embedPixels(second, 1, side, side).getFirst();
            assertArrayEquals(embedAll(clip, pixels).getLast(), alone);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\"layers\": [; \"layers\": [1, 1, ; layers",
                "\"embed_dims\": [ 4,; \"embed_dims\": [ 3,; embed_dims",
                "\"intermediate_sizes\": [; \"other\": [; intermediate_sizes",
                "\"pad_token_id\": 0; \"pad_token_id\": 64; pad_token_id",
                "\"pad_token_id\": 0; \"pooler\": \"mean_pooler\"; pooler is \"mean_pooler\", expected last_pooler",
                "\"image_size\": 64; \"image_size\": 0; image_size"
            })
    void sizesThatCannotBeAreNamed(String field, String other, String named) throws IOException {
        MobileClipCase.copy("small", folder);
        Path config = folder.resolve("config.json");
        String changed = Files.readString(config).replaceAll("\\s+", " ").replace(field.strip(), other.strip());
        Files.writeString(config, changed);
        String message =
                assertThrows(FoveaException.class, () -> Clip.load(folder)).getMessage();
        assertTrue(message.contains(named.strip()), message);
    }

    /** The first stage shrinks nothing, so that one without blocks hands its map on. */
    @Test
    void aStageMayHaveNoBlocks() throws IOException {
        Path config = MobileClipCase.copy("small", folder).resolve("config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("\"layers\": \\[\\s*\\d+", "\"layers\": [0"));
        try (Clip clip = Clip.load(folder)) {
            assertEquals(1, clip.embedPixels(new float[64 * 64 * 3], 1, 64, 64).size());
        }
    }

    @Test
    void aPictureThatNoMapHoldsIsRefused() {
        MobileClipCase.copy("small", folder);
        try (Clip clip = Clip.load(folder)) {
            String message = assertThrows(
                            FoveaException.class, () -> clip.embedPixels(new float[31 * 64 * 3], 1, 31, 64))
                    .getMessage();
            assertTrue(message.contains("64 x 31") && message.contains("expected 64 x 64"), message);
        }
    }
}
