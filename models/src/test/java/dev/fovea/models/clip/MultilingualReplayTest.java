package dev.fovea.models.clip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.fovea.models.LabelScore;
import dev.fovea.models.TestDevices;
import dev.fovea.models.tokenizer.Tokenizer;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
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
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs transformers' own small MetaCLIP 2, AltCLIP and Chinese-CLIP checkpoints and compares with what it wrote down
 * ({@code multilingual_cases.py}).
 */
class MultilingualReplayTest {

    private static final double LIMIT = 1e-5;
    private static final int TEXTS = 40;

    /** A folder with as many texts more as somebody wants to compare. */
    private static final String MORE = System.getProperty("fovea.texts", "");

    private static Path folder(String name) {
        try {
            return Path.of(MultilingualReplayTest.class
                    .getResource("multilingual-cases/" + name)
                    .toURI());
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static Stream<Arguments> casesAndDevices() {
        return TestDevices.each(Stream.of("metaclip", "alt", "chinese"));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("casesAndDevices")
    void embeddingsAndScoresAreAsInTransformers(String name, String device) {
        try (Checkpoint expected = Checkpoint.open(folder(name).resolve("expected.safetensors"));
                Backend backend = TestDevices.open(device);
                Clip clip = Clip.load(folder(name), backend)) {
            assertEquals(List.of(), clip.unusedTensors());
            List<float[]> pictures = clip.embedPixels(floats(expected, "pixels"), 2, 24, 24);
            check("image_embeds", pictures, expected);
            List<String> texts = texts(folder(name).resolve("texts.json")).stream()
                    .limit(TEXTS)
                    .map(text -> text.get("text").text(null))
                    .toList();
            List<float[]> embeddings = clip.embedTexts(texts);
            check("text_embeds", embeddings, expected);
            float[] logits = floats(expected, "logits_per_image");
            // Labels of equal names could not be told apart.
            List<String> numbered =
                    IntStream.range(0, TEXTS).mapToObj(String::valueOf).toList();
            for (LabelScore score : clip.score(pictures.get(1), numbered, embeddings)) {
                assertEquals(logits[TEXTS + Integer.parseInt(score.label())], score.logit(), 1e-4);
            }
        }
    }

    private static List<JsonValue> texts(Path file) {
        return JsonReader.readObject(file).get("texts").items();
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
    @ValueSource(strings = {"metaclip", "alt", "chinese"})
    void awkwardTextsHaveTheIdsOfTransformers(String name) {
        try (Clip clip = Clip.load(folder(name))) {
            for (JsonValue text : texts(folder(name).resolve("texts.json"))) {
                String words = text.get("text").text(null);
                assertArrayEquals(ids(text), clip.encode(words), words);
            }
        }
    }

    private static int[] ids(JsonValue text) {
        return text.get("ids").items().stream().mapToInt(id -> id.integer(-1)).toArray();
    }

    /** {@code -Dfovea.texts=FOLDER} compares the texts that {@code multilingual_cases.py COUNT} wrote there. */
    @ParameterizedTest
    @ValueSource(strings = {"metaclip", "alt", "chinese"})
    void soHaveMoreOfThem(String name) {
        assumeFalse(MORE.isEmpty());
        Tokenizer tokenizer = Tokenizer.load(folder(name));
        for (JsonValue text : texts(Path.of(MORE, "multilingual-texts-" + name + ".json"))) {
            String words = text.get("text").text(null);
            assertArrayEquals(ids(text), tokenizer.encode(words), words);
        }
    }

    @Test
    void aVocabularyThatIsNotReadIsSaid(@TempDir Path copy) throws IOException {
        try (Stream<Path> files = Files.list(folder("metaclip"))) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        Files.move(copy.resolve("tokenizer.json"), copy.resolve("sentencepiece.bpe.model"));
        String message =
                assertThrows(ModelException.class, () -> Clip.load(copy)).getMessage();
        assertTrue(message.contains("no tokenizer.json"), message);
    }
}
