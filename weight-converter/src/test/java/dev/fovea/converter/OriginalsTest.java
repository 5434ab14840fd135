package dev.fovea.converter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.Match;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.blip.BlipMatcher;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.TensorEntry;
import dev.fovea.tensor.safetensors.Weights;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Converted checkpoints answer as the code of their authors does. */
class OriginalsTest {

    private static final double LIMIT = 1e-4;

    @TempDir
    Path directory;

    private Path convert(Case source, String file) {
        return convert(source, file, new Converter()).output();
    }

    private Conversion convert(Case source, String file, Converter converter) {
        Path unpacked = source.unpack(directory.resolve("source"));
        return converter.convert(unpacked.resolve(file), directory.resolve("converted"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "openai-vit/openai-vit.pt",
                "openai-resnet/openai-resnet.pt",
                "open-clip-bin/",
                "open-clip-custom-text/",
                "open-clip-training/epoch_1.pt",
                "layer-scale/",
                "mobileclip/",
                "mobileclip-b/",
                "timm-clip/",
                "roberta-mlp/",
                "roberta-linear/",
                "pe-core/",
                "pe-core-gigantic/",
                "eva02/",
                "eva02-enormous/",
                "eva01/",
                "vitamin/",
                "vitamin-xlarge/",
                "convnext/",
                "convnext-mlp/",
                "worldwide/",
                "clipa/",
                "siglip/",
                "siglip2/"
            })
    void clip(String path) {
        Case source = Case.named(path.split("/")[0]);
        try (Clip clip = Clip.load(convert(source, path.contains(".") ? path.split("/")[1] : ""))) {
            JsonValue expected = source.expected();
            assertEquals(List.of(), clip.unusedTensors());
            assertClose(Case.numbers(expected.get("image")), clip.embed(source.picture()));
            List<String> texts = expected.get("texts").items().stream()
                    .map(text -> text.text(""))
                    .toList();
            for (int i = 0; i < texts.size(); i++) {
                assertClose(Case.numbers(expected.get("embeddings").get(i)), clip.embed(texts.get(i)));
            }
            for (JsonValue text : expected.get("tokens").items()) {
                int[] ids = text.get("ids").items().stream()
                        .mapToInt(id -> id.integer(-1))
                        .toArray();
                assertArrayEquals(
                        ids,
                        clip.encode(text.get("text").text("")),
                        text.get("text").text(""));
            }
        }
    }

    private static void assertClose(float[] expected, float[] found) {
        double largest = 0;
        double difference = 0;
        assertEquals(expected.length, found.length);
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - found[i]));
        }
        assertTrue(difference <= LIMIT * largest, "relative error " + difference / largest);
    }

    @Test
    void resNet() {
        Case source = Case.named("openai-resnet");
        Path folder = convert(source, "openai-resnet.pt");
        JsonValue config = JsonReader.readObject(folder.resolve("config.json"));
        JsonValue vision = config.get("vision_config");
        assertEquals("FoveaCLIPResNetModel", config.get("architectures").get(0).text(""));
        assertEquals("clip_resnet_vision_model", vision.get("model_type").text(""));
        assertEquals(
                List.of(1, 2, 1, 1),
                vision.get("layers").items().stream()
                        .map(size -> size.integer(0))
                        .toList());
        assertEquals(4, vision.get("width").integer(0));
        assertEquals(2, vision.get("num_attention_heads").integer(0));
        assertEquals(64, vision.get("image_size").integer(0));
        assertEquals(24, config.get("projection_dim").integer(0));
        assertEquals("quick_gelu", config.get("text_config").get("hidden_act").text(""));
        assertEquals(49407, config.get("text_config").get("eos_token_id").integer(0));
        Map<String, JsonValue> sums = source.expected().get("sums").fields();
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            Weights weights = Weights.of(checkpoint);
            sums.forEach((name, sum) -> {
                if (name.startsWith("visual.")) {
                    WeightData tensor = weights.tensor("vision_model." + name.substring("visual.".length()));
                    assertEquals(sum.number(0), sum(tensor), 1e-3, name);
                }
            });
            assertEquals(
                    sum(weights.tensor("text_projection.weight")),
                    sums.get("text_projection").number(0),
                    1e-3);
            assertEquals(
                    Shape.of(4, 2, 3, 3),
                    weights.entry("vision_model.conv3.weight").shape());
            assertEquals(
                    Shape.of(5, 128),
                    weights.entry("vision_model.attnpool.positional_embedding").shape());
            assertEquals(
                    "F16", weights.entry("vision_model.attnpool.c_proj.weight").type());
            assertEquals(
                    "F32",
                    weights.entry("vision_model.layer2.1.bn3.running_var").type());
            assertTrue(weights.has("vision_model.layer1.0.downsample.1.running_mean"));
            assertTrue(weights.has("logit_scale"));
            assertEquals(
                    sums.size() + 2 * 2, // in_proj becomes three
                    checkpoint.names().size());
        }
    }

    private static double sum(WeightData tensor) {
        double sum = 0;
        for (float value : tensor.toFloats()) {
            sum += value;
        }
        return sum;
    }

    @Test
    void blipCaptioner() {
        Case source = Case.named("blip-caption");
        try (BlipCaptioner blip = BlipCaptioner.load(convert(source, "blip-caption.pth"))) {
            int[] expected = tokens(source.expected());
            GenerationOptions options = blip.defaults().with(change -> change.maxNewTokens(12));
            int[] found = blip.captionAll(List.of(source.picture()), options)
                    .getFirst()
                    .tokens();
            assertArrayEquals(expected, found);
        }
    }

    @Test
    void blipAnswerer() {
        Case source = Case.named("blip-vqa");
        try (BlipAnswerer blip = BlipAnswerer.load(convert(source, "blip-vqa.pth"))) {
            String question = source.expected().get("question").text("");
            GenerationOptions options = blip.defaults().with(change -> change.maxNewTokens(8));
            int[] found = blip.answerAll(source.picture(), List.of(question), options, GenerationListener.NONE)
                    .getFirst()
                    .tokens();
            assertArrayEquals(tokens(source.expected()), found);
        }
    }

    private static int[] tokens(JsonValue expected) {
        return expected.get("tokens").items().stream()
                .mapToInt(token -> token.integer(-1))
                .toArray();
    }

    @Test
    void blipMatcher() {
        Case source = Case.named("blip-itm");
        try (BlipMatcher blip = BlipMatcher.load(convert(source, "blip-itm.pth"))) {
            JsonValue expected = source.expected();
            Match match = blip.matchAll(
                            source.picture(), List.of(expected.get("text").text("")))
                    .getFirst();
            assertEquals(expected.get("match").number(0), match.probability(), LIMIT);
            assertEquals(expected.get("cosine").number(0), match.cosine(), LIMIT);
        }
    }

    /**
     * Two shards of PyTorch with shared storages and a transposed matrix hold what the safetensors file of the same
     * case does.
     */
    @Test
    void huggingFaceShards() {
        Path folder = convert(Case.named("hugging-face"), "");
        Path original = Path.of("../models/src/test/resources/dev/fovea/models/clip/cases/config-dicts");
        try (Checkpoint found = Checkpoint.open(folder);
                Checkpoint expected = Checkpoint.open(original)) {
            assertEquals(contents(expected), contents(found));
        }
    }

    private static Map<String, String> contents(Checkpoint checkpoint) {
        return checkpoint.tensors().stream()
                .collect(Collectors.toMap(
                        TensorEntry::name,
                        tensor -> tensor.shape() + " "
                                + Arrays.toString(tensor.weight().toFloats())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"F32", "F16", "BF16", "I8"})
    void otherPrecisions(String name) {
        DType type = DType.valueOf(name);
        Case source = Case.named("open-clip-bin");
        Conversion made = convert(source, "", new Converter().precision(type));
        double limit = Map.of(DType.F32, 1e-5, DType.F16, 1e-3, DType.BF16, 1e-2, DType.I8, 2e-2)
                .get(type);
        try (Clip clip = Clip.load(made.output())) {
            assertEquals(List.of(), clip.unusedTensors());
            float[] expected = Case.numbers(source.expected().get("image"));
            float[] found = clip.embed(source.picture());
            for (int i = 0; i < found.length; i++) {
                assertEquals(expected[i], found[i], limit);
            }
        }
        made.losses().forEach(loss -> {
            assertTrue(loss.relativeError() <= limit && loss.largestError() <= limit, loss.toString());
            boolean linear = loss.name().matches(".*(_proj|fc\\d|_projection)\\.weight");
            assertEquals(type == DType.I8 && linear, loss.to() == DType.I8, loss.name());
        });
        assertEquals(type == DType.F32, made.losses().isEmpty());
    }
}
