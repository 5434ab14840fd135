package dev.fovea.models.florence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.OracleCase;
import dev.fovea.models.TestDevices;
import dev.fovea.models.decoding.DecoderSession;
import dev.fovea.models.florence.network.Bart;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.nn.ModelFiles;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.json.JsonValue;
import dev.fovea.tensor.observe.RecordingBackend;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs transformers' own small checkpoints, and the same in Microsoft's layout, and compares steps and every generated
 * id.
 */
class FlorenceReplayTest {

    private static final GenerationOptions ONE_TOKEN = GenerationOptions.DEFAULT.with(o -> o.maxNewTokens(1));

    @TempDir
    private Path folder;

    private FlorenceCase oracle;
    private RecordingBackend recorder;

    static Stream<Arguments> casesAndDevices() {
        return TestDevices.each(Stream.of("base", "relu-scaled", "untied", "float16", "microsoft", "microsoft-bias"));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("casesAndDevices")
    void everyStepIsAsInTransformers(String name, String device) {
        try (FlorenceCase opened = FlorenceCase.open(name);
                RecordingBackend backend = new RecordingBackend(TestDevices.open(device));
                Florence2 florence = Florence2.load(FlorenceCase.copy(name, folder), backend);
                ModelFiles files = ModelFiles.load(folder, LoadOptions.on(backend), own -> own)) {
            oracle = opened;
            recorder = backend;
            assertEquals(List.of(), florence.unusedTensors());
            Parameters top = files.parameters();
            Bart bart = new Bart(top.atAnyOf("model", ""), top, florence.config.text());
            for (String group : oracle.groups()) {
                int pictures = oracle.pixels(group).grid().images();
                for (int picture = 0; picture < pictures; picture++) {
                    Pixels pixels = oracle.pixels(group, picture);
                    for (int text = 0; text < oracle.textIds().size(); text++) {
                        recorder.clear();
                        florence.generate(
                                pixels, List.of(oracle.textIds().get(text)), ONE_TOKEN, GenerationListener.NONE);
                        if (text == 0) {
                            checkPicture(group, picture, pictures);
                        }
                        checkText(group + ".text." + text, picture, pictures);
                    }
                    int hiddenSize = florence.config.text().hiddenSize();
                    float[] seen = florence.imageTokens(pixels);
                    Tensor images = recorder.tensor(seen.length / hiddenSize, hiddenSize, seen);
                    checkDecoder(group + ".decoder", picture, pictures, bart, images);
                }
            }
            oracle.checkAllRead();
        }
    }

    private void checkPicture(String group, int picture, int pictures) {
        for (int stage = 0; oracle.has(group + ".stage." + stage); stage++) {
            String map = "vision_tower.blocks." + stage;
            checkEnd(group + ".conv." + stage, picture, pictures, "vision_tower.convs." + stage);
            checkEnd(group + ".stage." + stage, picture, pictures, map);
            String entry = group + ".block." + stage + ".";
            for (int block = 0; picture == 0 && oracle.has(entry + block + ".spatial"); block++) {
                checkBlock(entry + block + ".spatial", map + "." + block + ".spatial_block", "window_attn");
                checkBlock(entry + block + ".channel", map + "." + block + ".channel_block", "channel_attn");
            }
        }
        checkEnd(group + ".image_features", picture, pictures, "multi_modal_projector");
    }

    /** Half of a dual attention block; both of its branches are recorded with what they are added to. */
    private void checkBlock(String entry, String block, String attention) {
        String weights = "(model." + block + ".";
        checkBranch(
                entry + "." + attention,
                block + ".convolution" + weights + "conv1)",
                block + ".linear" + weights + attention + ".proj)");
        checkBranch(
                entry + ".ffn", block + ".convolution" + weights + "conv2)", block + ".linear" + weights + "ffn.fc2)");
        checkEnd(entry, 0, 1, block);
    }

    private void checkBranch(String entry, String before, String after) {
        float[] expected = oracle.floats(entry);
        float[] residual = OracleCase.recorded(recorder, before);
        for (int i = 0; i < expected.length; i++) {
            expected[i] += residual[i];
        }
        oracle.check(entry, OracleCase.recorded(recorder, after), expected);
    }

    private void checkText(String entry, int picture, int pictures) {
        if (picture == 0) {
            checkEnd(entry + ".embeddings", 0, 1, "language_model.encoder.embeddings");
            for (int layer = 0; oracle.has(entry + ".layer." + layer); layer++) {
                checkEnd(entry + ".layer." + layer, 0, 1, "language_model.encoder.layers." + layer);
            }
        }
        checkEnd(entry + ".last_hidden_state", picture, pictures, "language_model.encoder");
        checkEnd(entry + ".first_logits", picture, pictures, "lm_head");
    }

    /** The decoder is given the recorded tokens one by one, whatever it would write itself. */
    private void checkDecoder(String entry, int picture, int pictures, Bart bart, Tensor images) {
        recorder.scoped("", () -> {
            List<int[]> prompts = List.of(oracle.textIds().getFirst());
            int[] given = oracle.decoderIds();
            DecoderSession session = bart.start(
                    bart.encode(images, images.rows(), prompts), Bart.sequences(images.rows(), prompts), given.length);
            float[][] logits = new float[1][bart.vocabularySize()];
            for (int i = 0; i < given.length; i++) {
                session.advance(new int[] {0}, new int[][] {{given[i]}}, logits);
                oracle.checkEnd(entry + ".logits", picture * given.length + i, pictures * given.length, logits[0]);
                if (picture == 0) {
                    checkEnd(entry + ".embeddings", i, given.length, "language_model.decoder.embeddings");
                    for (int layer = 0; oracle.has(entry + ".layer." + layer); layer++) {
                        checkEnd(entry + ".layer." + layer, i, given.length, "language_model.decoder.layers." + layer);
                    }
                }
            }
            return null;
        });
    }

    private void checkEnd(String entry, int part, int parts, String recording) {
        oracle.checkEnd(entry, part, parts, recorder, recording);
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("casesAndDevices")
    void everyGeneratedIdIsAsInTransformers(String name, String device) {
        try (FlorenceCase opened = FlorenceCase.open(name);
                Backend backend = TestDevices.open(device);
                Florence2 florence = Florence2.load(FlorenceCase.copy(name, folder), backend)) {
            // What transformers does where nobody says how long: 20 tokens.
            GenerationOptions own = florence.defaults().with(o -> o.withoutLengthLimits());
            for (JsonValue line : opened.generations()) {
                String id = line.get("id").text("");
                int[] ids = OracleCase.integers(line.get("ids"));
                assertArrayEquals(ids, florence.encode(line.get("prompt").text("")), id);
                GenerationOptions options = OracleCase.options(own, line.get("options"));
                Pixels pixels = opened.pixels(
                        line.get("group").text(""), line.get("picture").integer(0));
                Generation generation = florence.generate(pixels, List.of(ids), options, GenerationListener.NONE)
                        .getFirst();
                List<JsonValue> expected = line.get("sequences").items();
                assertEquals(expected.size(), generation.sequences().size(), id);
                float[] scores = OracleCase.floats(line.get("scores"));
                for (int i = 0; i < expected.size(); i++) {
                    Sequence sequence = generation.sequences().get(i);
                    assertArrayEquals(OracleCase.integers(expected.get(i)), sequence.tokens(), id);
                    if (scores.length > 0) {
                        assertEquals(scores[i], sequence.score(), 3e-5 * (1 + Math.abs(scores[i])), id);
                    }
                }
                String text = florence.decode(generation.best().tokens());
                assertEquals(line.get("text").text(""), text, id);
                String token = line.get("task").text("");
                // What was written without a task is only text.
                FlorenceTask task = token.isEmpty() ? FlorenceTask.CAPTION : FlorenceTask.of(token);
                LocationGrid grid = FlorenceTextReplayTest.grid(line.get("image_size"));
                FlorenceTextReplayTest.assertResult(
                        line.get("result"),
                        FlorenceParser.parse(task, text, grid, TokenScores.NONE).result(),
                        () -> id);
            }
        }
    }
}
