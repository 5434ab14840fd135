package dev.fovea.models.clip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.TestDevices;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.observe.RecordingBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs small PE-Cores and EVA-CLIPs of open_clip's and timm's own classes and compares with what they wrote down
 * ({@code oracle/eva_cases.py}): rotary positions counted in columns or rows first, from one or from zero, with a class
 * token and without; tokens pooled by attention; norms inside of gated blocks, norms after parts; pictures of another
 * size.
 */
class EvaReplayTest {

    private static final String CASES = "eva-cases";

    @TempDir
    private Path folder;

    static Stream<Arguments> casesAndDevices() {
        return TestDevices.each(Stream.of("pe-core", "pe-core-gigantic", "eva02", "eva02-enormous", "eva01"));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("casesAndDevices")
    void answersAreAsInTheOriginal(String name, String device) {
        OpenClipCase.copy(CASES, name, folder);
        try (OpenClipCase oracle = OpenClipCase.open(CASES, name);
                RecordingBackend recorder = new RecordingBackend(TestDevices.open(device));
                Clip clip = Clip.load(folder, recorder)) {
            assertEquals(List.of(), clip.unusedTensors());
            List<float[]> pictures = OpenClipCase.embedAll(clip, oracle.pixels("vision"));
            oracle.checkRecorded("vision.patch_embed", recorder, "vision_model.patch_embed");
            oracle.checkRecorded("vision.blocks.0", recorder, "vision_model.blocks.0");
            if (oracle.has("vision.attn_pool")) {
                oracle.checkRecorded("vision.attn_pool", recorder, "vision_model.attn_pool");
            }
            oracle.check("vision.image_embeds", pictures);
            List<float[]> texts = clip.embedTokens(oracle.textIds());
            oracle.checkRecorded("text.projected", recorder, "text_model");
            oracle.check("text.text_embeds", texts);
            oracle.check("logits_per_image", ResNetReplayTest.logits(clip, pictures, texts));
            oracle.check("other.image_embeds", OpenClipCase.embedAll(clip, oracle.pixels("other")));
            oracle.checkAllRead();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "pe-core; \"num_attention_heads\": 3; \"num_attention_heads\": 4",
                "pe-core; \"pooling_heads\": 8; \"pooling_heads\": 7",
                "pe-core; \"rope_first\": 1; \"rope_first\": 2",
                "pe-core; \"rope_grid\": 24; \"rope_grid\": 0",
                "eva02; \"class_token\": true; \"class_token\": false"
            })
    void sizesThatCannotBeAreNamed(String name, String written, String changed) throws IOException {
        Path config = OpenClipCase.copy(CASES, name, folder).resolve("config.json");
        String before = Files.readString(config);
        assertTrue(before.contains(written), before);
        Files.writeString(config, before.replace(written, changed));
        String message =
                assertThrows(FoveaException.class, () -> Clip.load(folder)).getMessage();
        assertTrue(message.contains("." + written.substring(1, written.indexOf('"', 1)) + " is "), message);
        assertEquals(1, message.lines().count());
    }
}
