package dev.fovea.models.blip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.blip.BlipCase.Generated;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Pixels;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.RecordingBackend;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs transformers' own small checkpoints and compares every step, every score and every generated id with what it wrote down. */
class BlipReplayTest {

    /** Largest difference by largest value. Both sides compute in f32; transformers is up to 1.6e-6 from itself in f64. */
    private static final double LIMIT = 1e-5;

    private static final GenerationOptions ONE_TOKEN = GenerationOptions.DEFAULT.with(o -> o.maxNewTokens = 1);

    @TempDir
    private Path folder;

    private BlipCase oracle;
    private RecordingBackend backend;

    static Stream<Arguments> writersAndDevices() {
        return Stream.of("caption-base", "caption-untied", "caption-bfloat16", "vqa-base")
                .flatMap(name -> Stream.of(Arguments.of(name, "reference"), Arguments.of(name, "cpu")));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("writersAndDevices")
    void everyStepOfWritersIsAsInTransformers(String name, String device) {
        try (BlipCase opened = BlipCase.open(name);
                RecordingBackend recorder = new RecordingBackend(Backends.open(device, 2));
                Blip blip = load(name, recorder)) {
            oracle = opened;
            backend = recorder;
            assertEquals(List.of(), blip.unusedTensors());
            for (String group : oracle.groups()) {
                int pictures = oracle.pixels(group).grid().images();
                for (int picture = 0; picture < pictures; picture++) {
                    recorder.clear();
                    write(
                            blip,
                            oracle.pixels(group, picture),
                            oracle.decoderIds(),
                            oracle.textIds().getFirst());
                    checkVision(group, picture, pictures);
                    checkDecoder(group, picture, pictures);
                    if (blip instanceof BlipAnswerer) {
                        checkQuestions((BlipAnswerer) blip, group, picture, pictures);
                    }
                }
            }
            assertTrue(oracle.unread().isEmpty(), "not compared: " + oracle.unread());
        }
    }

    private Blip load(String name, RecordingBackend recorder) {
        BlipCase.copy(name, folder);
        return name.startsWith("vqa")
                ? BlipAnswerer.load(folder, recorder, null)
                : BlipCaptioner.load(folder, recorder, null);
    }

    /** One more token after given ones, for what it computes on the way. */
    private static void write(Blip blip, Pixels pixels, int[] tokens, int[] question) {
        if (blip instanceof BlipCaptioner captioner) {
            captioner.generate(pixels, List.of(tokens), ONE_TOKEN, null);
        } else {
            ((BlipAnswerer) blip).generate(pixels, new int[] {1}, List.of(question), List.of(tokens), ONE_TOKEN, null);
        }
    }

    private void checkVision(String group, int picture, int pictures) {
        checkEnd(group + ".image_embeds", picture, pictures, "vision_model");
        if (picture == 0) {
            checkEnd(group + ".embeddings", 0, 1, "vision_model.embeddings");
            for (int layer = 0; oracle.has(group + ".layer." + layer); layer++) {
                checkEnd(group + ".layer." + layer, 0, 1, "vision_model.encoder.layers." + layer);
            }
        }
    }

    private void checkDecoder(String group, int picture, int pictures) {
        checkEnd(group + ".decoder.logits", picture, pictures, "text_decoder.cls.predictions");
        if (picture == 0 && oracle.has(group + ".decoder.embeddings")) {
            checkEnd(group + ".decoder.embeddings", 0, 1, "text_decoder.bert.embeddings");
            for (int layer = 0; oracle.has(group + ".decoder.layer." + layer); layer++) {
                checkEnd(group + ".decoder.layer." + layer, 0, 1, "text_decoder.bert.encoder.layer." + layer);
            }
        }
    }

    private void checkQuestions(BlipAnswerer blip, String group, int picture, int pictures) {
        for (int question = 0; question < oracle.textIds().size(); question++) {
            backend.clear();
            write(
                    blip,
                    oracle.pixels(group, picture),
                    oracle.decoderIds(),
                    oracle.textIds().get(question));
            checkEncoder(group + ".question." + question, picture, pictures);
        }
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("writersAndDevices")
    void everyGeneratedIdIsAsInTransformers(String name, String device) {
        try (BlipCase opened = BlipCase.open(name);
                RecordingBackend recorder = new RecordingBackend(Backends.open(device, 2), any -> false, any -> {});
                Blip blip = load(name, recorder)) {
            for (Generated expected : opened.generations()) {
                Pixels pixels = opened.pixels(expected.group(), expected.picture());
                Generation generation = blip instanceof BlipCaptioner captioner
                        ? captioner
                                .generate(pixels, List.of(expected.promptIds()), expected.options(), null)
                                .getFirst()
                        : ((BlipAnswerer) blip)
                                .generate(
                                        pixels,
                                        new int[] {1},
                                        List.of(expected.questionIds()),
                                        expected.options(),
                                        null)
                                .getFirst();
                List<Sequence> sequences = generation.sequences();
                assertEquals(expected.sequences().size(), sequences.size(), expected.id());
                for (int i = 0; i < sequences.size(); i++) {
                    assertArrayEquals(
                            expected.sequences().get(i), sequences.get(i).tokens(), expected.id());
                    if (expected.scores().length > 0) {
                        float score = expected.scores()[i];
                        assertEquals(score, sequences.get(i).score(), 1e-5 * (1 + Math.abs(score)), expected.id());
                    }
                }
                assertEquals(expected.text(), blip.decoded(generation).text(), expected.id());
                if (blip instanceof BlipCaptioner captioner) {
                    assertArrayEquals(expected.promptIds(), captioner.prompt(expected.prompt()), expected.id());
                }
            }
        }
    }

    @ParameterizedTest(name = "on {0}")
    @ValueSource(strings = {"reference", "cpu"})
    void everyStepOfTheMatcherIsAsInTransformers(String device) {
        try (BlipCase opened = BlipCase.open("itm-base");
                RecordingBackend recorder = new RecordingBackend(Backends.open(device, 2));
                BlipMatcher blip = BlipMatcher.load(BlipCase.copy("itm-base", folder), recorder, null)) {
            oracle = opened;
            backend = recorder;
            assertEquals(List.of(), blip.unusedTensors());
            List<int[]> texts = oracle.textIds();
            for (String group : oracle.groups()) {
                int pictures = oracle.pixels(group).grid().images();
                for (int picture = 0; picture < pictures; picture++) {
                    Pixels pixels = oracle.pixels(group, picture);
                    float[] together = blip.matchLogits(pixels, texts);
                    check(
                            group + ".itm_logits",
                            together,
                            oracle.endOfPart(group + ".itm_logits", picture, pictures, together.length));
                    checkVision(group, picture, pictures);
                    for (int text = 0; text < texts.size(); text++) {
                        recorder.clear();
                        blip.matchLogits(pixels, List.of(texts.get(text)));
                        checkEncoder(group + ".itm." + text, picture, pictures);
                    }
                    checkContrast(blip, group, picture, pictures);
                }
            }
            oracle.unread().removeIf(entry -> entry.endsWith("itm_probabilities"));
            assertTrue(oracle.unread().isEmpty(), "not compared: " + oracle.unread());
        }
    }

    private void checkEncoder(String entry, int picture, int pictures) {
        checkEnd(entry + ".last_hidden_state", picture, pictures, "text_encoder");
        if (picture == 0 && oracle.has(entry + ".embeddings")) {
            checkEnd(entry + ".embeddings", 0, 1, "text_encoder.embeddings");
            for (int layer = 0; oracle.has(entry + ".layer." + layer); layer++) {
                checkEnd(entry + ".layer." + layer, 0, 1, "text_encoder.encoder.layer." + layer);
            }
        }
    }

    private void checkContrast(BlipMatcher blip, String group, int picture, int pictures) {
        float[] embedding = blip.embed(oracle.pixels(group, picture));
        check(
                group + ".itc_features",
                embedding,
                oracle.endOfPart(group + ".itc_features", picture, pictures, embedding.length));
        float[] cosines = oracle.endOfPart(
                group + ".itc", picture, pictures, oracle.texts().size());
        for (int text = 0; text < cosines.length; text++) {
            backend.clear();
            float[] words = blip.embed(oracle.texts().get(text));
            checkEnd("text." + text + ".last_hidden_state", 0, 1, "text_encoder");
            check(
                    "text.itc_features",
                    words,
                    oracle.endOfPart("text.itc_features", text, cosines.length, words.length));
            double cosine = 0;
            for (int i = 0; i < words.length; i++) {
                cosine += (double) words[i] * embedding[i];
            }
            assertEquals(cosines[text], cosine, LIMIT);
        }
    }

    @ParameterizedTest(name = "on {0}")
    @ValueSource(strings = {"reference", "cpu"})
    void everyStepOfTheDualEncoderIsAsInTransformers(String device) {
        try (BlipCase opened = BlipCase.open("dual-encoder");
                RecordingBackend recorder = new RecordingBackend(Backends.open(device, 2));
                BlipEncoder blip = BlipEncoder.load(BlipCase.copy("dual-encoder", folder), recorder, null)) {
            oracle = opened;
            backend = recorder;
            List<int[]> texts = oracle.textIds();
            for (String group : oracle.groups()) {
                int pictures = oracle.pixels(group).grid().images();
                for (int picture = 0; picture < pictures; picture++) {
                    float[] features = blip.features(oracle.pixels(group, picture));
                    checkVision(group, picture, pictures);
                    check(
                            group + ".features",
                            features,
                            oracle.endOfPart(group + ".features", picture, pictures, features.length));
                }
            }
            for (int text = 0; text < texts.size(); text++) {
                backend.clear();
                float[] features = blip.features(texts.get(text));
                checkEnd("text." + text + ".last_hidden_state", 0, 1, "text_model");
                check(
                        "text.features",
                        features,
                        oracle.endOfPart("text.features", text, texts.size(), features.length));
            }
            oracle.unread().removeIf(entry -> entry.matches(".*(pooled|logits_per_image|multimodal)"));
            assertTrue(oracle.unread().isEmpty(), "not compared: " + oracle.unread());
        }
    }

    /** What was recorded beside the end of one of several equal parts of an entry. */
    private void checkEnd(String entry, int part, int parts, String recording) {
        RecordingBackend.Recording found = backend.recordings().get(recording);
        assertTrue(
                found != null,
                () -> "no " + recording + " among "
                        + backend.recordings().keySet().stream()
                                .filter(name -> !name.contains("("))
                                .toList());
        check(entry, found.values(), oracle.endOfPart(entry, part, parts, found.values().length));
    }

    private static void check(String what, float[] found, float[] expected) {
        assertEquals(expected.length, found.length, what);
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - found[i]));
        }
        assertTrue(difference <= LIMIT * largest, what + " differs by " + difference + " of " + largest);
    }
}
