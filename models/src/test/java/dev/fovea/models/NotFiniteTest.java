package dev.fovea.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.SmallModel.Loaded;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.blip.network.BlipConfig;
import dev.fovea.models.check.Finite;
import dev.fovea.models.check.NotFiniteException;
import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** No model answers with NaN, infinity or an empty text: the error says where the first such number came from. */
class NotFiniteTest {

    @TempDir
    private Path folder;

    private static float[] with(float[] values, int index, float value) {
        values[index] = value;
        return values;
    }

    private static String message(Runnable call) {
        String message = assertThrows(NotFiniteException.class, call::run).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    /** A tensor that all calls of a model need; where they need two, one of each tower. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "CLIP, visual_projection.weight, embed picture",
        "CLIP, text_projection.weight, embed text",
        "CLIP, text_model.embeddings.position_embedding.weight, embed text",
        "CLIP, vision_model.embeddings.position_embedding.weight, classify",
        "CLIP_RESNET, vision_model.attnpool.c_proj.bias, embed picture",
        "CLIP_RESNET, vision_model.layer1.0.conv2.weight, classify",
        "VIT, vit.embeddings.cls_token, classify",
        "VIT_OBLONG, vit.embeddings.patch_embeddings.projection.weight, classify",
        "CLIP_CLASSIFIER, vision_model.encoder.layers.1.mlp.fc2.bias, classify",
        "RESNET, classifier.1.weight, classify",
        "CAPTIONER, text_decoder.cls.predictions.transform.dense.weight, caption",
        "CAPTIONER, vision_model.encoder.layers.1.mlp.fc1.weight, captions with beams",
        "ANSWERER, text_encoder.encoder.layer.0.crossattention.self.query.weight, answer",
        "MATCHER, itm_head.bias, match",
        "MATCHER, vision_proj.weight, embed picture",
        "MATCHER, text_proj.weight, embed text",
        "ENCODER, visual_projection.weight, picture features",
        "ENCODER, text_model.pooler.dense.bias, text features",
        "FLORENCE, vision_tower.convs.0.conv.bias, see",
        "FLORENCE, language_model.decoder.layers.0.fc1.weight, describe",
        "FLORENCE, language_model.encoder.layers.0.fc1.weight, detect",
    })
    void aWeightIsNotANumber(SmallModel kind, String tensor, String call) {
        kind.copy(folder);
        SmallModel.edit(folder, tensor, values -> with(values, 0, Float.NaN));
        try (Backend backend = Backends.open("cpu", 2);
                Loaded model = kind.load(folder, backend)) {
            String message = message(() -> model.calls().get(call).get());
            assertTrue(message.contains(tensor + "\" holds 1 of "), message);
            assertTrue(message.contains(folder.resolve("model.safetensors").toString()), message);
        }
    }

    @Test
    void severalTensorsAreNotNumbers() {
        SmallModel.CLIP.copy(folder);
        SmallModel.edit(
                folder, ".mlp.fc1.bias", values -> with(with(values, 0, Float.NEGATIVE_INFINITY), 1, Float.NaN));
        try (Clip clip = Clip.load(folder)) {
            String message = message(() -> clip.embed("a"));
            assertTrue(message.contains("holds 2 of ") && message.contains(", and so do "), message);
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "CLIP, vision_model.encoder.layers.1.mlp.fc1.weight, embed picture, linear(mlp.fc1)",
        "CLIP, text_model.encoder.layers.0.self_attn.v_proj.weight, embed text, "
                + "text_model.encoder.layers.0.linear(self_attn.q_proj+k_proj+v_proj)",
        "VIT, classifier.weight, classify, linear(classifier)",
        "CAPTIONER, text_decoder.bert.encoder.layer.0.intermediate.dense.weight, caption, "
                + "text_decoder.bert.encoder.layer.0.linear(intermediate.dense)",
        "FLORENCE, language_model.decoder.layers.0.fc1.weight, describe, decoder.layers.0.fc1)",
    })
    void finiteWeightsOverflow(SmallModel kind, String tensor, String call, String module) {
        kind.copy(folder);
        SmallModel.edit(folder, tensor, values -> {
            for (int i = 0; i < values.length; i++) {
                values[i] = values[i] < 0 ? -3e38f : 3e38f;
            }
            return values;
        });
        try (Backend backend = Backends.open("cpu", 2);
                Loaded model = kind.load(folder, backend)) {
            String message = message(() -> model.calls().get(call).get());
            assertTrue(message.contains("first appeared in ") && message.contains(module), message);
            assertFalse(message.contains("\" holds"), message);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SmallModel.class,
            names = {"CLIP", "ENCODER"})
    void theFactorOfTheLogitsIsNotANumber(SmallModel kind) {
        kind.copy(folder);
        SmallModel.edit(folder, "logit_scale", values -> with(values, 0, 100));
        try (Backend backend = Backends.open("reference", 1)) {
            String message = assertThrows(FoveaException.class, () -> kind.load(folder, backend))
                    .getMessage();
            assertTrue(message.contains("\"logit_scale\" holds 100.0"), message);
        }
    }

    /** What looks on at a generation is not called again by the search for the cause. */
    @Test
    void aListenerSeesEveryTokenOnce() {
        SmallModel.CAPTIONER.copy(folder);
        try (Backend backend = Backends.open("cpu", 2)) {
            List<Integer> lengths = new ArrayList<>();
            // Position 3 is first read after the third new token.
            int width = BlipConfig.load(folder).text().transformer().hiddenSize();
            SmallModel.edit(
                    folder,
                    "text_decoder.bert.embeddings.position_embeddings.weight",
                    values -> with(values, 3 * width, Float.NaN));
            try (BlipCaptioner blip = BlipCaptioner.load(folder, backend)) {
                message(() -> blip.captionAll(
                        List.of(SmallModel.picture()),
                        new int[1],
                        blip.defaults().with(o -> {
                            o.beams(1);
                            o.minNewTokens(6);
                            o.maxNewTokens(8);
                        }),
                        (picture, live, finished) -> lengths.add(live.getFirst().tokens().length)));
            }
            assertEquals(List.of(2, 3, 4), lengths);
        }
    }

    @Test
    void aForbiddenTokenIsNoError() {
        SmallModel.CAPTIONER.copy(folder);
        SmallModel.edit(
                folder, "text_decoder.cls.predictions.bias", values -> with(values, 5, Float.NEGATIVE_INFINITY));
        try (Backend backend = Backends.open("cpu", 2);
                Loaded model = SmallModel.CAPTIONER.load(folder, backend)) {
            model.answers();
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @CsvSource({
        "F16, cpu, 70000",
        "F16, reference, 65520",
        "BF16, cpu, 3.4e38",
        "F16, opencl, 1e30",
        "BF16, opencl, 3.4e38"
    })
    void aNumberDoesNotFitTheStorage(WeightType storage, String device, float value) {
        SmallModel.CLIP.copy(folder);
        String tensor = "vision_model.encoder.layers.0.self_attn.k_proj.weight";
        SmallModel.edit(folder, tensor, values -> with(values, 7, -value));
        try (Backend backend = TestDevices.open(device)) {
            String message = assertThrows(FoveaException.class, () -> SmallModel.CLIP.load(folder, backend, storage))
                    .getMessage();
            assertTrue(message.contains("\"" + tensor + "\" holds -"), message);
            assertTrue(message.contains("too large for " + storage), message);
            SmallModel.CLIP.load(folder, backend, WeightType.F32).close();
        }
    }

    @ParameterizedTest
    @CsvSource({"cpu", "reference", "opencl"})
    void eightBitsHaveNoPlaceForInfinity(String device) {
        SmallModel.CLIP.copy(folder);
        SmallModel.edit(folder, "text_projection.weight", values -> with(values, 7, Float.POSITIVE_INFINITY));
        try (Backend backend = TestDevices.open(device)) {
            String message = assertThrows(
                            FoveaException.class, () -> SmallModel.CLIP.load(folder, backend, WeightType.INT8))
                    .getMessage();
            assertTrue(message.contains("\"text_projection.weight\" holds Infinity"), message);
        }
    }

    @Test
    void finiteKnowsWhatIsNone() {
        for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -Float.NaN}) {
            for (int place = 0; place < 19; place++) {
                assertFalse(Finite.all(with(new float[19], place, value)));
            }
        }
        assertTrue(Finite.all(new float[] {Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, -0f}));
        assertTrue(Finite.all(new float[0]));
        Finite.scores(new float[] {1, Float.NEGATIVE_INFINITY});
        for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            assertThrows(NotFiniteException.class, () -> Finite.scores(new float[] {1, wrong}));
        }
        assertThrows(NotFiniteException.class, () -> Finite.scores(new float[] {Float.NEGATIVE_INFINITY}));
    }
}
