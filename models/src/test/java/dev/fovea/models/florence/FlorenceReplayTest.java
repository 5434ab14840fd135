package dev.fovea.models.florence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.OracleCase;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Pixels;
import dev.fovea.models.json.JsonValue;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.RecordingBackend;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs transformers' own small checkpoints, and the same in Microsoft's layout, and compares steps and every generated id. */
class FlorenceReplayTest {

    /** Largest difference by largest value; transformers is up to 2.8e-6 from itself in f64. */
    private static final double LIMIT = 2e-5;

    @TempDir
    private Path folder;

    static Stream<Arguments> casesAndDevices() {
        return Stream.of("base", "relu-scaled", "untied", "float16", "microsoft", "microsoft-bias")
                .flatMap(name -> Stream.of(Arguments.of(name, "reference"), Arguments.of(name, "cpu")));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("casesAndDevices")
    void everyStepIsAsInTransformers(String name, String device) {
        try (FlorenceCase oracle = FlorenceCase.open(name);
                RecordingBackend recorder = new RecordingBackend(Backends.open(device, 2));
                Florence2 florence = Florence2.load(FlorenceCase.copy(name, folder), recorder, null)) {
            assertEquals(List.of(), florence.unusedTensors());
            GenerationOptions one = GenerationOptions.DEFAULT.with(o -> o.maxNewTokens = 1);
            for (String group : oracle.groups()) {
                int pictures = oracle.pixels(group).grid().images();
                for (int picture = 0; picture < pictures; picture++) {
                    Pixels pixels = oracle.pixels(group, picture);
                    for (int text = 0; text < oracle.textIds().size(); text++) {
                        recorder.clear();
                        florence.generate(pixels, List.of(oracle.textIds().get(text)), one, null);
                        if (text == 0) {
                            for (int stage = 0; oracle.has(group + ".stage." + stage); stage++) {
                                check(
                                        oracle,
                                        recorder,
                                        group + ".conv." + stage,
                                        picture,
                                        pictures,
                                        "vision_tower.convs." + stage);
                                check(
                                        oracle,
                                        recorder,
                                        group + ".stage." + stage,
                                        picture,
                                        pictures,
                                        "vision_tower.blocks." + stage);
                            }
                            check(
                                    oracle,
                                    recorder,
                                    group + ".image_features",
                                    picture,
                                    pictures,
                                    "multi_modal_projector");
                        }
                        String entry = group + ".text." + text;
                        check(
                                oracle,
                                recorder,
                                entry + ".last_hidden_state",
                                picture,
                                pictures,
                                "language_model.encoder");
                        check(oracle, recorder, entry + ".first_logits", picture, pictures, "lm_head");
                    }
                }
            }
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("casesAndDevices")
    void everyGeneratedIdIsAsInTransformers(String name, String device) {
        try (FlorenceCase oracle = FlorenceCase.open(name);
                Backend backend = Backends.open(device, 2);
                Florence2 florence = Florence2.load(FlorenceCase.copy(name, folder), backend, null)) {
            // What transformers does where nobody says how long: 20 tokens.
            GenerationOptions own = florence.defaults().with(o -> o.maxNewTokens = null);
            for (JsonValue line : oracle.generations()) {
                String id = line.get("id").text("");
                int[] ids = OracleCase.integers(line.get("ids"));
                assertArrayEquals(ids, florence.encode(line.get("prompt").text("")), id);
                GenerationOptions options = OracleCase.options(own, line.get("options"));
                Pixels pixels = oracle.pixels(
                        line.get("group").text(""), line.get("picture").integer(0));
                Generation generation =
                        florence.generate(pixels, List.of(ids), options, null).getFirst();
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
                assertEquals(
                        line.get("text").text(""),
                        florence.decode(generation.best().tokens()),
                        id);
            }
        }
    }

    private static void check(
            FlorenceCase oracle, RecordingBackend recorder, String entry, int part, int parts, String recording) {
        RecordingBackend.Recording found = recorder.recordings().get(recording);
        assertTrue(
                found != null,
                () -> "no " + recording + " among "
                        + recorder.recordings().keySet().stream()
                                .filter(name -> !name.contains("("))
                                .toList());
        float[] expected = oracle.endOfPart(entry, part, parts, found.values().length);
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - found.values()[i]));
        }
        assertTrue(difference <= LIMIT * largest, entry + " differs by " + difference + " of " + largest);
    }
}
