package dev.fovea.models.clip;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fovea.models.LabelScore;
import dev.fovea.models.TestDevices;
import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.models.image.Pixels;
import dev.fovea.tensor.observe.RecordingBackend;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs small ResNets of OpenAI's own classes and compares every block with what they wrote down ({@code
 * oracle/clip_resnet_cases.py}).
 */
class ResNetReplayTest {

    @TempDir
    private Path folder;

    static Stream<Arguments> casesAndDevices() {
        return TestDevices.each(Stream.of("small", "odd-sizes"));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("casesAndDevices")
    void everyBlockIsAsInTheOriginal(String name, String device) {
        ResNetCase.copy(name, folder);
        try (ResNetCase oracle = ResNetCase.open(name);
                RecordingBackend recorder = new RecordingBackend(TestDevices.open(device));
                Clip clip = Clip.load(folder, recorder)) {
            assertEquals(List.of(), clip.unusedTensors());
            Pixels pixels = oracle.pixels("vision");
            List<float[]> pictures = clip.embedPixels(
                    pixels.values(),
                    pixels.grid().images(),
                    pixels.grid().height(),
                    pixels.grid().width());
            List<Integer> layers = ((ClipConfig.ResNet) ((ClipConfig) clip.config).image())
                    .sizes().network().stages().stream()
                            .map(stage -> stage.depth())
                            .toList();
            checkRecorded(oracle, recorder, "stem");
            for (int stage = 1; stage <= 4; stage++) {
                for (int block = 0; block < layers.get(stage - 1); block++) {
                    checkRecorded(oracle, recorder, "layer" + stage + "." + block);
                }
            }
            checkRecorded(oracle, recorder, "attnpool");
            check(oracle, "vision.image_embeds", ClipReplayTest.concatenated(pictures));
            List<float[]> texts = clip.embedTokens(oracle.textIds());
            oracle.check("text", ResNetCase.recorded(recorder, "text_model"), oracle.floats("text.projected"));
            check(oracle, "text.text_embeds", ClipReplayTest.concatenated(texts));
            check(oracle, "logits_per_image", logits(clip, pictures, texts));
            oracle.checkAllRead();
        }
    }

    private static void checkRecorded(ResNetCase oracle, RecordingBackend recorder, String module) {
        check(oracle, "vision." + module, ResNetCase.recorded(recorder, "vision_model." + module));
    }

    private static void check(ResNetCase oracle, String entry, float[] found) {
        oracle.check(entry, found, oracle.floats(entry));
    }

    static float[] logits(Clip clip, List<float[]> pictures, List<float[]> texts) {
        List<String> labels =
                IntStream.range(0, texts.size()).mapToObj(Integer::toString).toList();
        float[] logits = new float[pictures.size() * texts.size()];
        for (int i = 0; i < pictures.size(); i++) {
            for (LabelScore score : clip.score(pictures.get(i), labels, texts)) {
                logits[i * texts.size() + Integer.parseInt(score.label())] = score.logit();
            }
        }
        return logits;
    }
}
