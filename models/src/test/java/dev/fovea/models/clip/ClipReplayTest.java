package dev.fovea.models.clip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LabelScore;
import dev.fovea.models.TestDevices;
import dev.fovea.models.clip.OracleCase.Pictures;
import dev.fovea.models.clip.OracleCase.Texts;
import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.observe.RecordingBackend;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs transformers' own small checkpoints and compares every step with what transformers wrote down: embeddings, each
 * block, what is read of the last one, unit vectors and logits.
 */
class ClipReplayTest {

    /**
     * Largest difference by largest value. Both sides compute in f32; transformers is up to 1e-6 from itself in f64.
     */
    private static final double LIMIT = 1e-5;

    @TempDir
    private Path folder;

    private OracleCase oracle;
    private RecordingBackend backend;

    static Stream<Arguments> casesAndDevices() {
        return TestDevices.each(OracleCase.names().stream());
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("casesAndDevices")
    void everyStepIsAsInTransformers(String name, String device) {
        try (OracleCase opened = OracleCase.open(name);
                RecordingBackend recorder = new RecordingBackend(TestDevices.open(device));
                Clip clip = Clip.load(opened.copyTo(folder), recorder)) {
            oracle = opened;
            backend = recorder;
            assertEquals(List.of(), clip.unusedTensors());
            List<float[]> pictures = new ArrayList<>();
            List<float[]> texts = new ArrayList<>();
            for (Pictures group : oracle.pictures()) {
                List<float[]> embeddings = replay(clip, group);
                pictures.addAll(group.prefix().equals("vision") ? embeddings : List.of());
            }
            for (Texts group : oracle.texts()) {
                List<float[]> embeddings = replay(clip, group);
                texts.addAll(group.prefix().equals("text") ? embeddings : List.of());
            }
            if (oracle.has("logits_per_image")) {
                check("logits_per_image", logits(clip, pictures, texts), oracle.floats("logits_per_image"));
            }
            // The last block is computed for one token only; the insides of the others have their own test.
            oracle.unread()
                    .removeIf(entry -> entry.endsWith("last_hidden_state") || entry.matches(".*block\\.\\d+\\..*"));
            assertTrue(oracle.unread().isEmpty(), "not compared: " + oracle.unread());
        }
    }

    /** Attention maps, and what lies between attention and MLP. */
    @ParameterizedTest(name = "on {0}")
    @MethodSource("dev.fovea.models.TestDevices#all")
    void theInsideOfBlocksIsAsInTransformers(String device) {
        try (OracleCase opened = OracleCase.open("head-dim-10");
                RecordingBackend recorder = new RecordingBackend(TestDevices.open(device));
                Clip clip = Clip.load(opened.copyTo(folder), recorder)) {
            oracle = opened;
            backend = recorder;
            Pictures pictures = oracle.pictures().getFirst();
            Grid grid = pictures.grid();
            clip.embedPixels(pictures.pixels(), grid.images(), grid.height(), grid.width());
            for (int image = 0; image < grid.images(); image++) {
                for (int layer = 0; layer < 2; layer++) {
                    String map = ".block." + layer + ".attention.probabilities";
                    float[] all = oracle.floats("vision" + map);
                    int size = all.length / grid.images();
                    float[] ofImage = Arrays.copyOfRange(all, image * size, (image + 1) * size);
                    checkMap("vision_model", layer, image, ofImage, 4, 10, 0);
                }
            }
            checkAfterAttention("vision_model", "vision.pre_norm", "vision.block.0.attention");
            Texts texts = oracle.texts().getFirst();
            clip.embedTokens(texts.ids());
            for (int text = 0; text < texts.ids().size(); text++) {
                for (int layer = 0; layer < 2; layer++) {
                    float[] map = oracle.floats("text.block." + layer + ".attention.probabilities." + text);
                    int length = texts.ids().get(text).length;
                    checkMap("text_model", layer, text, map, 3, length, texts.pooled()[text]);
                }
            }
            checkAfterAttention("text_model", "text.embeddings", "text.block.0.attention");
        }
    }

    /**
     * One attention map.
     *
     * @param map {@code [heads, length, length]}
     * @param read the only query of the last block
     */
    private void checkMap(String tower, int layer, int sequence, float[] map, int heads, int length, int read) {
        float[] found = recorded(tower + ".encoder.layers." + layer + ".attention.probabilities[" + sequence + "]");
        float[] expected = map;
        if (layer == 1) {
            expected = new float[heads * length];
            for (int head = 0; head < heads; head++) {
                System.arraycopy(map, (head * length + read) * length, expected, head * length, length);
            }
        }
        check("attention map " + sequence + " of " + tower + " block " + layer, found, expected);
    }

    private void checkAfterAttention(String tower, String before, String attention) {
        float[] expected = oracle.floats(before).clone();
        float[] added = oracle.floats(attention);
        for (int i = 0; i < expected.length; i++) {
            expected[i] += added[i];
        }
        check(attention, recorded(tower + ".encoder.layers.0.linear(self_attn.out_proj)"), expected);
    }

    private List<float[]> replay(Clip clip, Pictures group) {
        int patch = ((ClipConfig) clip.config).vision().patchHeight();
        int tokens = 1 + group.grid().height() / patch * (group.grid().width() / patch);
        int[] all = IntStream.range(0, group.grid().images() * tokens).toArray();
        int[] classTokens =
                IntStream.range(0, group.grid().images()).map(i -> i * tokens).toArray();
        backend.clear();
        List<float[]> embeddings = clip.embedPixels(
                group.pixels(),
                group.grid().images(),
                group.grid().height(),
                group.grid().width());
        check(group.prefix() + ".embeddings", recorded("vision_model.embeddings"), all);
        check(group.prefix() + ".pre_norm", recorded("vision_model.layerNorm"), all);
        tower(
                "vision_model",
                group.prefix(),
                ((ClipConfig) clip.config).vision().transformer().layers(),
                all,
                classTokens);
        pooled(
                "vision_model",
                group.prefix(),
                "post_layernorm",
                ((ClipConfig) clip.config).vision().transformer().epsilon());
        checkUnit(group.prefix() + ".image_embeds", group.prefix(), embeddings);
        return embeddings;
    }

    private List<float[]> replay(Clip clip, Texts group) {
        backend.clear();
        List<float[]> embeddings = clip.embedTokens(group.ids());
        List<Integer> computed = new ArrayList<>();
        List<Integer> pooled = new ArrayList<>();
        int start = 0;
        for (int text = 0; text < group.ids().size(); text++) {
            // What stands after the token that is read is never computed.
            IntStream.rangeClosed(start, start + group.pooled()[text]).forEach(computed::add);
            pooled.add(start + group.pooled()[text]);
            start += group.ids().get(text).length;
        }
        int[] rows = computed.stream().mapToInt(row -> row).toArray();
        int[] last = pooled.stream().mapToInt(row -> row).toArray();
        check(group.prefix() + ".embeddings", recorded("text_model.embeddings"), rows);
        tower(
                "text_model",
                group.prefix(),
                ((ClipConfig) clip.config).text().transformer().layers(),
                rows,
                last);
        pooled(
                "text_model",
                group.prefix(),
                "final_layer_norm",
                ((ClipConfig) clip.config).text().transformer().epsilon());
        checkUnit(group.prefix() + ".text_embeds", group.prefix(), embeddings);
        return embeddings;
    }

    /** All blocks: the last one in the rows that are read. */
    private void tower(String tower, String prefix, int layers, int[] rows, int[] read) {
        for (int layer = 0; layer < layers; layer++) {
            float[] found = recorded(tower + ".encoder.layers." + layer);
            check(prefix + ".block." + layer, found, layer == layers - 1 ? read : rows);
        }
        String result = oracle.has(prefix + ".projected") ? ".projected" : ".pooled";
        check(prefix + result, recorded(tower), oracle.floats(prefix + result));
    }

    /** The norm before the projection, which Fovea computes within it. */
    private void pooled(String tower, String prefix, String norm, float epsilon) {
        var last = backend.recordings().values().stream()
                .filter(recording -> recording.name().matches(tower + "\\.encoder\\.layers\\.\\d+"))
                .reduce((first, second) -> second)
                .orElseThrow();
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            Weights weights = Weights.of(checkpoint).atAnyOf(tower, "").at(norm);
            float[] found = backend.layerNorm(
                            backend.tensor(last.rows(), last.columns(), last.values()),
                            new LayerNorm(
                                    backend.constant(weights.tensor("weight")),
                                    backend.constant(weights.tensor("bias")),
                                    epsilon))
                    .toArray();
            check(prefix + ".pooled", found, oracle.floats(prefix + ".pooled"));
        }
    }

    private void checkUnit(String entry, String prefix, List<float[]> embeddings) {
        float[] found = concatenated(embeddings);
        if (oracle.has(entry)) {
            check(entry, found, oracle.floats(entry));
        } else {
            float[] pooled = oracle.floats(prefix + ".pooled");
            check(prefix + ".pooled at unit length", found, unitRows(pooled, embeddings.size()));
        }
    }

    private static float[] unitRows(float[] rows, int count) {
        int width = rows.length / count;
        float[] unit = new float[rows.length];
        for (int row = 0; row < count; row++) {
            double squares = 0;
            for (int i = row * width; i < (row + 1) * width; i++) {
                squares += (double) rows[i] * rows[i];
            }
            for (int i = row * width; i < (row + 1) * width; i++) {
                unit[i] = (float) (rows[i] / Math.sqrt(squares));
            }
        }
        return unit;
    }

    private static float[] logits(Clip clip, List<float[]> pictures, List<float[]> texts) {
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

    private float[] recorded(String name) {
        return backend.recordings().get(name).values();
    }

    private void check(String entry, float[] found, int[] rows) {
        check(entry, found, oracle.rows(entry, rows));
    }

    private static void check(String entry, float[] found, float[] expected) {
        double error = relativeError(found, expected);
        assertTrue(error <= LIMIT, entry + " is " + error + " from the reference");
    }

    static double relativeError(float[] found, float[] expected) {
        assertEquals(expected.length, found.length);
        double difference = 0;
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            assertTrue(Float.isFinite(found[i]), "not a number");
            difference = Math.max(difference, Math.abs((double) found[i] - expected[i]));
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        return difference / largest;
    }

    static float[] concatenated(List<float[]> rows) {
        float[] all = new float[rows.stream().mapToInt(row -> row.length).sum()];
        int at = 0;
        for (float[] row : rows) {
            System.arraycopy(row, 0, all, at, row.length);
            at += row.length;
        }
        return all;
    }
}
