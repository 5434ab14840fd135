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

    private static final String CASES = "mobileclip-cases";

    @TempDir
    private Path folder;

    static Stream<Arguments> casesAndDevices() {
        return TestDevices.each(Stream.of("small", "layer-norm", "merged"));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("casesAndDevices")
    void everyStageIsAsInTheOriginal(String name, String device) {
        OpenClipCase.copy(CASES, name, folder);
        try (OpenClipCase oracle = OpenClipCase.open(CASES, name);
                RecordingBackend recorder = new RecordingBackend(TestDevices.open(device));
                Clip clip = Clip.load(folder, recorder)) {
            assertEquals(List.of(), clip.unusedTensors());
            Pixels pixels = oracle.pixels("vision");
            List<float[]> pictures = OpenClipCase.embedAll(clip, pixels);
            int stages = ((ClipConfig.FastVit) ((ClipConfig) clip.config).image())
                    .sizes()
                    .stages()
                    .size();
            oracle.checkRecorded("vision.stem", recorder, "vision_model.stem");
            for (int stage = 0; stage < stages; stage++) {
                oracle.checkRecorded("vision.stages." + stage, recorder, "vision_model.stages." + stage);
            }
            oracle.checkRecorded("vision.final_conv", recorder, "vision_model.final_conv");
            oracle.check("vision.image_embeds", pictures);
            List<float[]> texts = clip.embedTokens(oracle.textIds());
            oracle.checkRecorded("text.projected", recorder, "text_model");
            oracle.check("text.text_embeds", texts);
            oracle.check("logits_per_image", ResNetReplayTest.logits(clip, pictures, texts));
            oracle.checkAllRead();
        }
    }

    @Test
    void aPictureIsTheSameAloneAndInABatch() {
        OpenClipCase.copy(CASES, "small", folder);
        try (OpenClipCase oracle = OpenClipCase.open(CASES, "small");
                Clip clip = Clip.load(folder)) {
            Pixels pixels = oracle.pixels("vision");
            int side = pixels.grid().height();
            float[] second = Arrays.copyOfRange(pixels.values(), side * side * 3, 2 * side * side * 3);
            float[] alone = clip.embedPixels(second, 1, side, side).getFirst();
            assertArrayEquals(OpenClipCase.embedAll(clip, pixels).getLast(), alone);
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
        OpenClipCase.copy(CASES, "small", folder);
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
        Path config = OpenClipCase.copy(CASES, "small", folder).resolve("config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("\"layers\": \\[\\s*\\d+", "\"layers\": [0"));
        try (Clip clip = Clip.load(folder)) {
            assertEquals(1, clip.embedPixels(new float[64 * 64 * 3], 1, 64, 64).size());
        }
    }

    @Test
    void aPictureThatNoMapHoldsIsRefused() {
        OpenClipCase.copy(CASES, "small", folder);
        try (Clip clip = Clip.load(folder)) {
            String message = assertThrows(
                            FoveaException.class, () -> clip.embedPixels(new float[31 * 64 * 3], 1, 31, 64))
                    .getMessage();
            assertTrue(message.contains("64 x 31") && message.contains("expected 64 x 64"), message);
        }
    }
}
