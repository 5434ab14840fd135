package dev.fovea.models.siglip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LabelScore;
import dev.fovea.models.TestDevices;
import dev.fovea.models.clip.Clip;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import dev.fovea.tensor.safetensors.Checkpoint;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs transformers' own small SigLIP checkpoints and compares with what it wrote down ({@code siglip_cases.py}). */
class SiglipReplayTest {
    private static final double LIMIT = 1e-5;

    @TempDir
    private Path folder;

    private static Path original(String name) {
        try {
            return Path.of(SiglipReplayTest.class.getResource("cases/" + name).toURI());
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private Path copy(String name) throws IOException {
        try (Stream<Path> files = Files.list(original(name))) {
            for (Path file : files.toList()) Files.copy(file, folder.resolve(file.getFileName()));
        }
        return folder;
    }

    static Stream<Arguments> casesAndDevices() {
        return TestDevices.each(Stream.of("spiece", "gemma", "lowercase", "vision"));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("casesAndDevices")
    void embeddingsAndScoresAreAsInTransformers(String name, String device) {
        Path files = original(name);
        try (Checkpoint expected = Checkpoint.open(files.resolve("expected.safetensors"));
                Backend backend = TestDevices.open(device);
                Clip siglip = Clip.load(files, backend)) {
            assertEquals(List.of(), siglip.unusedTensors());
            List<float[]> pictures = siglip.embedPixels(floats(expected, "pixels"), 2, 24, 24);
            check("image_embeds", pictures, expected);
            check("larger_embeds", siglip.embedPixels(floats(expected, "larger"), 1, 32, 32), expected);
            if (name.equals("vision")) {
                assertThrows(FoveaException.class, () -> siglip.embed("a"));
                return;
            }
            List<String> texts = texts(name).stream()
                    .limit(40)
                    .map(text -> text.get("text").text(null))
                    .toList();
            List<float[]> embeddings = siglip.embedTexts(texts);
            check("text_embeds", embeddings, expected);
            float[] logits = floats(expected, "logits_per_image");
            for (int picture = 0; picture < 2; picture++) {
                List<String> numbered = new ArrayList<>(); // labels of equal names could not be told apart
                for (int i = 0; i < texts.size(); i++) numbered.add(String.valueOf(i));
                for (LabelScore score : siglip.score(pictures.get(picture), numbered, embeddings)) {
                    float logit = logits[40 * picture + Integer.parseInt(score.label())];
                    assertEquals(logit, score.logit(), 1e-4);
                    assertEquals(1 / (1 + Math.exp(-logit)), score.score(), 1e-5);
                }
            }
        }
    }

    private static List<JsonValue> texts(String name) {
        return JsonReader.readObject(original(name).resolve("texts.json"))
                .get("texts")
                .items();
    }

    private static float[] floats(Checkpoint expected, String name) {
        return expected.find(name).orElseThrow().weight().toFloats();
    }

    private static void check(String name, List<float[]> found, Checkpoint expected) {
        float[] right = floats(expected, name);
        int width = right.length / found.size();
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < right.length; i++) {
            largest = Math.max(largest, Math.abs(right[i]));
            difference = Math.max(difference, Math.abs(right[i] - found.get(i / width)[i % width]));
        }
        assertTrue(difference <= LIMIT * largest, name + ": " + difference / largest);
    }

    @ParameterizedTest
    @ValueSource(strings = {"spiece", "gemma", "lowercase"})
    void awkwardTextsHaveTheIdsOfTransformers(String name) {
        try (Clip siglip = Clip.load(original(name))) {
            for (JsonValue text : texts(name)) {
                int[] ids = text.get("ids").items().stream()
                        .mapToInt(id -> id.integer(-1))
                        .toArray();
                String words = text.get("text").text(null);
                assertArrayEquals(ids, siglip.encode(words), words);
            }
        }
    }

    @Test
    void aMissingOrDamagedVocabularyIsSaidInOneLine() throws IOException {
        Path model = copy("spiece");
        Path pieces = model.resolve("spiece.model");
        byte[] whole = Files.readAllBytes(pieces);
        for (int length : new int[] {0, 1, 2, 100, whole.length / 2, whole.length - 1}) {
            Files.write(pieces, Arrays.copyOf(whole, length));
            assertRefused(model, "spiece.model");
        }
        Files.delete(pieces);
        assertRefused(model, "expected spiece.model");
    }

    @Test
    void whatIsNotComparableIsRefused() throws IOException {
        Path model = copy("gemma");
        Path config = model.resolve("config.json");
        String written = Files.readString(config);
        Files.writeString(config, written.replace("\"vision_use_head\": true", "\"vision_use_head\": false"));
        assertRefused(model, "vision_use_head");
        Files.writeString(config, written.replace("\"projection_size\": 20", "\"projection_size\": 10"));
        assertRefused(model, "projection_size");
        Files.writeString(config, written.replace("\"vocab_size\": 900", "\"vocab_size\": 800"));
        assertRefused(model, "token_embedding");
    }

    private static void assertRefused(Path model, String expected) {
        String message = assertThrows(
                        FoveaException.class, () -> Clip.load(model).close())
                .getMessage();
        assertTrue(message.contains(expected), message);
        assertEquals(1, message.lines().count(), message);
    }
}
