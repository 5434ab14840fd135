package dev.fovea.models.classification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.fovea.models.LabelScore;
import dev.fovea.models.TestDevices;
import dev.fovea.models.classification.network.NetworkShape;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.nn.ResNetShape;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.observe.RecordingBackend;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs transformers' own small classifiers and compares every block with what transformers wrote down. */
class ClassifierReplayTest {

    @TempDir
    private Path folder;

    static Stream<Arguments> casesAndDevices() {
        return TestDevices.each(Stream.of(
                "vit",
                "vit-relu",
                "vit-oblong",
                "clip",
                "dinov2",
                "dinov2-registers",
                "convnext",
                "resnet-basic",
                "resnet-bottleneck",
                "resnet-stride-first"));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("casesAndDevices")
    void everyBlockIsAsInTransformers(String name, String device) {
        try (ClassifierCase oracle = ClassifierCase.open(name);
                RecordingBackend recorder = new RecordingBackend(TestDevices.open(device));
                ImageClassifier model = ImageClassifier.load(ClassifierCase.copy(name, folder), recorder)) {
            assertEquals(List.of(), model.unusedTensors());
            for (String group : oracle.groups()) {
                Pixels pixels = oracle.pixels(group);
                int images = pixels.grid().images();
                recorder.clear();
                List<float[]> logits = model.logits(
                        pixels.values(),
                        images,
                        pixels.grid().height(),
                        pixels.grid().width());
                switch (model.config.network()) {
                    case NetworkShape.Clip clip -> checkClip(oracle, recorder, group, clip.vision());
                    case NetworkShape.Vit vit -> checkVit(oracle, recorder, group, vit.vision(), images);
                    case NetworkShape.ResNet resNet -> checkResNet(oracle, recorder, group, resNet.sizes());
                    case NetworkShape.Dinov2 dinov2 ->
                        checkDinov2(oracle, recorder, group, dinov2.tower().vision());
                    case NetworkShape.ConvNext convNext -> {
                        for (int stage = 0; stage < convNext.sizes().stages().size(); stage++) {
                            String named = ".stages." + stage;
                            check(oracle, group + named, recorder, "convnext" + named);
                        }
                    }
                    case NetworkShape.VitOfTimm timm -> fail("TimmReplayTest runs timm's: " + timm);
                    case NetworkShape.ConvNextOfTimm timm -> fail("TimmReplayTest runs timm's: " + timm);
                }
                float[] all = new float[images * logits.getFirst().length];
                for (int image = 0; image < images; image++) {
                    System.arraycopy(logits.get(image), 0, all, image * all.length / images, all.length / images);
                }
                oracle.check(group, all, oracle.floats(group + ".logits"));
            }
            oracle.checkAllRead();
        }
    }

    private static void checkClip(ClassifierCase oracle, RecordingBackend recorder, String group, VisionShape vision) {
        check(oracle, group + ".embeddings", recorder, "vision_model.embeddings");
        for (int layer = 0; layer < vision.transformer().layers(); layer++) {
            check(oracle, group + ".layer." + layer, recorder, "vision_model.encoder.layers." + layer);
        }
    }

    private static void checkDinov2(
            ClassifierCase oracle, RecordingBackend recorder, String group, VisionShape vision) {
        check(oracle, group + ".embeddings", recorder, "dinov2.embeddings");
        for (int layer = 0; layer < vision.transformer().layers(); layer++) {
            check(oracle, group + ".layer." + layer, recorder, "dinov2.encoder.layer." + layer);
        }
    }

    private static void checkVit(
            ClassifierCase oracle, RecordingBackend recorder, String group, VisionShape vision, int images) {
        check(oracle, group + ".embeddings", recorder, "vit.embeddings");
        int layers = vision.transformer().layers();
        for (int layer = 0; layer < layers - 1; layer++) {
            check(oracle, group + ".layer." + layer, recorder, "vit.encoder.layer." + layer);
        }
        // The last block is computed for the class tokens only.
        float[] last = oracle.floats(group + ".layer." + (layers - 1));
        int hidden = vision.transformer().hiddenSize();
        float[] classTokens = new float[images * hidden];
        for (int image = 0; image < images; image++) {
            System.arraycopy(last, image * last.length / images, classTokens, image * hidden, hidden);
        }
        oracle.check(group, ClassifierCase.recorded(recorder, "vit"), classTokens);
    }

    private static void checkResNet(ClassifierCase oracle, RecordingBackend recorder, String group, ResNetShape shape) {
        check(oracle, group + ".embedder", recorder, "resnet.embedder");
        for (int stage = 0; stage < shape.stages().size(); stage++) {
            for (int layer = 0; layer < shape.stages().get(stage).depth(); layer++) {
                String block = "stages." + stage + ".layers." + layer;
                check(oracle, group + "." + block, recorder, "resnet.encoder." + block);
            }
        }
    }

    private static void check(ClassifierCase oracle, String entry, RecordingBackend recorder, String module) {
        oracle.check(entry, ClassifierCase.recorded(recorder, module), oracle.floats(entry));
    }

    @Test
    void classesComeBestFirst() {
        try (ImageClassifier model = ImageClassifier.load(ClassifierCase.copy("resnet-basic", folder))) {
            byte[] rgb = new byte[3 * 40 * 30];
            Arrays.fill(rgb, (byte) 90);
            List<LabelScore> scores = model.classify(Picture.ofRgb(40, 30, rgb));
            assertEquals(5, scores.size());
            assertEquals(5, scores.stream().map(LabelScore::label).distinct().count());
            assertEquals(1, scores.stream().mapToDouble(LabelScore::score).sum(), 1e-5);
            for (int i = 1; i < scores.size(); i++) {
                assertTrue(scores.get(i - 1).logit() >= scores.get(i).logit());
            }
        }
    }
}
