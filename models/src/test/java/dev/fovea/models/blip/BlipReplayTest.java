package dev.fovea.models.blip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fovea.models.TestDevices;
import dev.fovea.models.blip.BlipCase.Generated;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Pixels;
import dev.fovea.tensor.observe.RecordingBackend;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs transformers' own small checkpoints and compares every step, every score and every generated id with what it
 * wrote down.
 */
class BlipReplayTest {

    private static final GenerationOptions ONE_TOKEN = GenerationOptions.DEFAULT.with(o -> o.maxNewTokens(1));

    @TempDir
    private Path folder;

    private BlipCase oracle;
    private RecordingBackend backend;

    static Stream<Arguments> writersAndDevices() {
        return TestDevices.each(Stream.of("caption-base", "caption-untied", "caption-bfloat16", "vqa-base"));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("writersAndDevices")
    void everyStepOfWritersIsAsInTransformers(String name, String device) {
        try (BlipCase opened = BlipCase.open(name);
                RecordingBackend recorder = new RecordingBackend(TestDevices.open(device));
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
            oracle.checkAllRead();
        }
    }

    private Blip load(String name, RecordingBackend recorder) {
        BlipCase.copy(name, folder);
        return name.startsWith("vqa") ? BlipAnswerer.load(folder, recorder) : BlipCaptioner.load(folder, recorder);
    }

    /** One more token after given ones, for what it computes on the way. */
    private static void write(Blip blip, Pixels pixels, int[] tokens, int[] question) {
        if (blip instanceof BlipCaptioner captioner) {
            captioner.generate(pixels, List.of(tokens), ONE_TOKEN, GenerationListener.NONE);
        } else {
            ((BlipAnswerer) blip)
                    .generate(
                            pixels,
                            new int[] {1},
                            List.of(question),
                            List.of(tokens),
                            ONE_TOKEN,
                            GenerationListener.NONE);
        }
    }

    private void checkVision(String group, int picture, int pictures) {
        oracle.checkEnd(group + ".image_embeds", picture, pictures, backend, "vision_model");
        if (picture == 0) {
            oracle.checkEnd(group + ".embeddings", 0, 1, backend, "vision_model.embeddings");
            for (int layer = 0; oracle.has(group + ".layer." + layer); layer++) {
                oracle.checkEnd(group + ".layer." + layer, 0, 1, backend, "vision_model.encoder.layers." + layer);
            }
        }
    }

    private void checkDecoder(String group, int picture, int pictures) {
        oracle.checkEnd(group + ".decoder.logits", picture, pictures, backend, "text_decoder.cls.predictions");
        if (picture == 0 && oracle.has(group + ".decoder.embeddings")) {
            oracle.checkEnd(group + ".decoder.embeddings", 0, 1, backend, "text_decoder.bert.embeddings");
            for (int layer = 0; oracle.has(group + ".decoder.layer." + layer); layer++) {
                oracle.checkEnd(
                        group + ".decoder.layer." + layer, 0, 1, backend, "text_decoder.bert.encoder.layer." + layer);
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
                RecordingBackend recorder = new RecordingBackend(TestDevices.open(device), any -> false, any -> {});
                Blip blip = load(name, recorder)) {
            for (Generated expected : opened.generations()) {
                Pixels pixels = opened.pixels(expected.group(), expected.picture());
                Generation generation = blip instanceof BlipCaptioner captioner
                        ? captioner
                                .generate(
                                        pixels,
                                        List.of(expected.promptIds()),
                                        expected.options(),
                                        GenerationListener.NONE)
                                .getFirst()
                        : ((BlipAnswerer) blip)
                                .generate(
                                        pixels,
                                        new int[] {1},
                                        List.of(expected.questionIds()),
                                        expected.options(),
                                        GenerationListener.NONE)
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
                    int[] prompt = expected.prompt() == null ? captioner.prompt() : captioner.prompt(expected.prompt());
                    assertArrayEquals(expected.promptIds(), prompt, expected.id());
                }
            }
        }
    }

    @ParameterizedTest(name = "on {0}")
    @MethodSource("dev.fovea.models.TestDevices#all")
    void everyStepOfTheMatcherIsAsInTransformers(String device) {
        try (BlipCase opened = BlipCase.open("itm-base");
                RecordingBackend recorder = new RecordingBackend(TestDevices.open(device));
                BlipMatcher blip = BlipMatcher.load(BlipCase.copy("itm-base", folder), recorder)) {
            oracle = opened;
            backend = recorder;
            assertEquals(List.of(), blip.unusedTensors());
            List<int[]> texts = oracle.textIds();
            for (String group : oracle.groups()) {
                int pictures = oracle.pixels(group).grid().images();
                for (int picture = 0; picture < pictures; picture++) {
                    Pixels pixels = oracle.pixels(group, picture);
                    float[] together = blip.matchLogits(pixels, texts);
                    oracle.checkEnd(group + ".itm_logits", picture, pictures, together);
                    checkVision(group, picture, pictures);
                    for (int text = 0; text < texts.size(); text++) {
                        recorder.clear();
                        blip.matchLogits(pixels, List.of(texts.get(text)));
                        checkEncoder(group + ".itm." + text, picture, pictures);
                    }
                    checkContrast(blip, group, picture, pictures);
                }
            }
            oracle.leaveOut(".*itm_probabilities");
            oracle.checkAllRead();
        }
    }

    private void checkEncoder(String entry, int picture, int pictures) {
        oracle.checkEnd(entry + ".last_hidden_state", picture, pictures, backend, "text_encoder");
        if (picture == 0 && oracle.has(entry + ".embeddings")) {
            oracle.checkEnd(entry + ".embeddings", 0, 1, backend, "text_encoder.embeddings");
            for (int layer = 0; oracle.has(entry + ".layer." + layer); layer++) {
                oracle.checkEnd(entry + ".layer." + layer, 0, 1, backend, "text_encoder.encoder.layer." + layer);
            }
        }
    }

    private void checkContrast(BlipMatcher blip, String group, int picture, int pictures) {
        float[] embedding = blip.embed(oracle.pixels(group, picture));
        oracle.checkEnd(group + ".itc_features", picture, pictures, embedding);
        float[] cosines = oracle.endOfPart(
                group + ".itc", picture, pictures, oracle.texts().size());
        for (int text = 0; text < cosines.length; text++) {
            backend.clear();
            float[] words = blip.embed(oracle.texts().get(text));
            oracle.checkEnd("text." + text + ".last_hidden_state", 0, 1, backend, "text_encoder");
            oracle.checkEnd("text.itc_features", text, cosines.length, words);
            double cosine = 0;
            for (int i = 0; i < words.length; i++) {
                cosine += (double) words[i] * embedding[i];
            }
            assertEquals(cosines[text], cosine, BlipCase.LIMIT);
        }
    }

    @ParameterizedTest(name = "on {0}")
    @MethodSource("dev.fovea.models.TestDevices#all")
    void everyStepOfTheDualEncoderIsAsInTransformers(String device) {
        try (BlipCase opened = BlipCase.open("dual-encoder");
                RecordingBackend recorder = new RecordingBackend(TestDevices.open(device));
                BlipEncoder blip = BlipEncoder.load(BlipCase.copy("dual-encoder", folder), recorder)) {
            oracle = opened;
            backend = recorder;
            List<int[]> texts = oracle.textIds();
            for (String group : oracle.groups()) {
                int pictures = oracle.pixels(group).grid().images();
                for (int picture = 0; picture < pictures; picture++) {
                    float[] features = blip.features(oracle.pixels(group, picture));
                    checkVision(group, picture, pictures);
                    oracle.checkEnd(group + ".features", picture, pictures, features);
                }
            }
            for (int text = 0; text < texts.size(); text++) {
                backend.clear();
                float[] features = blip.features(texts.get(text));
                oracle.checkEnd("text." + text + ".last_hidden_state", 0, 1, backend, "text_model");
                oracle.checkEnd("text.features", text, texts.size(), features);
            }
            oracle.leaveOut(".*(pooled|logits_per_image|multimodal)");
            oracle.checkAllRead();
        }
    }
}
