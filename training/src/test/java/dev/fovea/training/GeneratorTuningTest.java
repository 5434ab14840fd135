package dev.fovea.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Eight pictures are learned by heart, and what is then written is what was to be learned. */
class GeneratorTuningTest {

    private static final LoadOptions TWO = LoadOptions.DEFAULTS.withThreads(2);
    private static final Path CAPTIONER = Models.folder("blip-mini", "captioner", LoadOptions.DEFAULTS);
    private static final Path SMALL = Path.of("../models/src/test/resources/dev/fovea/models");
    private static final List<String> TEXTS = List.of("a b", "cab", "b", "d c", "cd", "abc", "d", "bad");
    private static final List<String> CAPTIONS = List.of(
            "a snail",
            "two keys and a boot",
            "a harp on a boot",
            "the boot of a snail",
            "a trumpet",
            "keys",
            "a snail and a trumpet and a harp",
            "two boots");
    private static final LoraOptions LORA = LoraOptions.DEFAULTS
            .withRank(8)
            .withAlpha(16)
            .withEpochs(40)
            .withBatch(4)
            .withRate(1e-2);

    @TempDir
    private Path folder;

    private static List<Picture> pictures() {
        Random random = new Random(5);
        List<Picture> pictures = new ArrayList<>();
        for (int i = 0; i < CAPTIONS.size(); i++) {
            byte[] coarse = new byte[4 * 4 * 3];
            random.nextBytes(coarse);
            byte[] rgb = new byte[64 * 64 * 3];
            for (int p = 0; p < 64 * 64; p++) {
                System.arraycopy(coarse, (p / 1024 * 4 + p % 64 / 16) * 3, rgb, 3 * p, 3);
            }
            pictures.add(Picture.ofRgb(64, 64, rgb));
        }
        return pictures;
    }

    /** Writes a text about a picture when it is asked. */
    private interface Writer extends BiFunction<Picture, String, String> {}

    private static void assertWrites(TextExamples examples, Writer writer) {
        for (int i = 0; i < examples.size(); i++) {
            Picture picture = (Picture) examples.pictures().get(i);
            String prompt = examples.prompts().get(i);
            assertEquals(examples.texts().get(i), writer.apply(picture, prompt));
        }
    }

    /** Trains all weights of a small model that knows nothing yet, and returns where it is saved. */
    private Path learned(String model, TextExamples examples) {
        Path out = folder.resolve("out");
        List<TuningProgress> progress = new ArrayList<>();
        FullOptions options =
                FullOptions.DEFAULTS.withEpochs(150).withBatch(4).withRate(5e-3).withDecay(0);
        TunedCheckpoint tuned =
                GeneratorTuning.of(SMALL.resolve(model), TWO).full(options, examples, TextExamples.NONE, progress::add);
        assertTrue(progress.getLast().loss() < 0.1, progress.getLast() + "");
        assertEquals(List.of(), tuned.remarks());
        tuned.save(out);
        return out;
    }

    @Test
    void captionsAreLearned() {
        TextExamples examples = TextExamples.captions(pictures(), CAPTIONS);
        Path out = folder.resolve("out");
        TunedAdapter tuned = GeneratorTuning.of(CAPTIONER, TWO).lora(LORA, examples, TextExamples.NONE, done -> {});
        assertEquals(List.of(), tuned.remarks());
        tuned.save(out);
        try (BlipCaptioner before = BlipCaptioner.load(CAPTIONER);
                BlipCaptioner merged = BlipCaptioner.load(out);
                BlipCaptioner adapted =
                        BlipCaptioner.load(CAPTIONER, LoadOptions.DEFAULTS.withAdapter(out.resolve("adapter")))) {
            assertNotEquals(CAPTIONS.getFirst(), before.caption(pictures().getFirst()));
            assertWrites(examples, (picture, prompt) -> merged.caption(picture));
            assertWrites(examples, (picture, prompt) -> adapted.caption(picture));
        }
    }

    @Test
    void allWeightsOfACaptionerAreLearned() {
        TextExamples examples = TextExamples.captions(pictures(), TEXTS);
        try (BlipCaptioner tuned = BlipCaptioner.load(learned("blip/cases/caption-base", examples))) {
            assertWrites(examples, (picture, prompt) -> tuned.caption(picture));
        }
    }

    @Test
    void answersAreLearned() {
        List<Picture> twice = new ArrayList<>();
        List<String> questions = new ArrayList<>();
        for (int i = 0; i < TEXTS.size(); i++) {
            twice.add(pictures().get(i / 2));
            questions.add(i % 2 == 0 ? "what" : "how many");
        }
        TextExamples examples = new TextExamples(twice, questions, TEXTS);
        try (BlipAnswerer tuned = BlipAnswerer.load(learned("blip/cases/vqa-base", examples))) {
            assertWrites(examples, tuned::answer);
        }
        TextExamples none = TextExamples.captions(pictures(), TEXTS);
        GeneratorTuning tuning = GeneratorTuning.of(SMALL.resolve("blip/cases/vqa-base"), TWO);
        FoveaException refused =
                assertThrows(FoveaException.class, () -> tuning.lora(LORA, none, TextExamples.NONE, done -> {}));
        assertTrue(refused.getMessage().contains("each example needs one"), refused.getMessage());
    }

    /**
     * Additions to a model that answers, in words that it knows. Queries,
     * keys and values alone make no answer as sure as all weights do, so that the loss stays far above zero.
     */
    @Test
    void answersAreLearnedByAdditions() {
        List<String> answers = List.of("snail", "two", "harp", "three", "trumpet", "one", "boot", "four");
        List<Picture> twice = new ArrayList<>();
        List<String> questions = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            twice.add(pictures().get(i / 2));
            questions.add(i % 2 == 0 ? "what is it?" : "how many are there?");
        }
        TextExamples examples = new TextExamples(twice, questions, answers);
        Path model = Models.folder("blip-mini", "answerer", LoadOptions.DEFAULTS);
        Path out = folder.resolve("out");
        GeneratorTuning.of(model, TWO)
                .lora(LORA.withEpochs(100), examples, TextExamples.NONE, done -> {})
                .save(out);
        try (BlipAnswerer tuned = BlipAnswerer.load(out)) {
            assertWrites(examples, tuned::answer);
        }
    }

    @Test
    void placesAreLearned() {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < TEXTS.size(); i++) {
            texts.add(TEXTS.get(i) + "<loc_" + (50 + 100 * i) + "><loc_5><loc_" + (200 + 90 * i) + "><loc_999>");
        }
        TextExamples examples = new TextExamples(pictures(), Collections.nCopies(8, "<CAPTION>"), texts);
        try (Florence2 tuned = Florence2.load(learned("florence/cases/base", examples))) {
            assertWrites(
                    examples, (picture, prompt) -> tuned.ask(picture, prompt).replaceAll("</?s>|<pad>", ""));
        }
    }

    /** Florence-2's depthwise kernels have the identity added, and Microsoft's projection is transposed. */
    @Test
    void weightsOfAnotherFormAreSavedAsTheyWereStored() {
        for (String model : List.of("base", "microsoft")) {
            TextExamples examples = new TextExamples(
                    pictures().subList(0, 2), Collections.nCopies(2, "<CAPTION>"), TEXTS.subList(0, 2));
            FullOptions options = FullOptions.DEFAULTS.withEpochs(3).withRate(1e-2);
            TuningListener none = done -> {};
            TunedCheckpoint tuned = GeneratorTuning.of(
                            SMALL.resolve("florence/cases").resolve(model), TWO)
                    .withImageTower(true)
                    .full(options, examples, examples, none);
            assertEquals(List.of(), tuned.remarks());
            tuned.save(folder.resolve(model));
            // A training that hardly moves anything tells the loss of what it begins with.
            TunedCheckpoint again = GeneratorTuning.of(folder.resolve(model), TWO)
                    .withImageTower(true)
                    .full(options.withEpochs(1).withRate(1e-12), examples, examples, none);
            double loss = tuned.validationLoss().orElseThrow();
            double rounding = model.equals("base") ? 1e-5 : 1e-3; // Microsoft's is stored in 16 bits
            assertEquals(loss, again.validationLoss().orElseThrow(), rounding * loss, model);
        }
    }

    @Test
    void anInterruptedTrainingGoesOnWithTheSameBits() throws IOException {
        TextExamples examples =
                new TextExamples(pictures(), Collections.nCopies(CAPTIONS.size(), "a picture of"), CAPTIONS);
        LoraOptions options = LORA.withEpochs(3);
        GeneratorTuning tuning = GeneratorTuning.of(CAPTIONER, TWO).withImageTower(true);
        TuningListener none = done -> {};
        tuning.lora(options, examples, examples, none).saveAdapter(Files.createDirectory(folder.resolve("whole")));
        LoraOptions kept = options.withState(folder.resolve("state"));
        RuntimeException stop = new RuntimeException("stop");
        assertThrows(
                RuntimeException.class,
                () -> tuning.lora(kept, examples, examples, done -> {
                    throw stop;
                }));
        List<TuningProgress> rest = new ArrayList<>();
        TunedAdapter tuned = tuning.lora(kept, examples, examples, rest::add);
        tuned.saveAdapter(Files.createDirectory(folder.resolve("resumed")));
        assertEquals(List.of(2, 3), rest.stream().map(TuningProgress::epoch).toList());
        assertEquals(rest.getLast().validationLoss(), tuned.validationLoss());
        String file = "adapter_model.safetensors";
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("whole").resolve(file)),
                Files.readAllBytes(folder.resolve("resumed").resolve(file)));
    }

    @Test
    void patienceEndsATrainingThatGetsNoBetter() {
        TextExamples some = TextExamples.captions(pictures(), CAPTIONS);
        TextExamples others = TextExamples.captions(pictures(), CAPTIONS.reversed());
        List<Integer> steps = new ArrayList<>();
        TunedAdapter tuned = GeneratorTuning.of(CAPTIONER, TWO)
                .lora(LORA.withPatience(2), some, others, new TuningListener() {
                    @Override
                    public void epoch(TuningProgress done) {}

                    @Override
                    public void step(int step, int count, double loss, double rate) {
                        assertEquals(80, count);
                        steps.add(step);
                    }
                });
        assertTrue(steps.size() < 80 && steps.size() == steps.getLast(), steps + "");
        assertTrue(tuned.remarks().getLast().contains("2 in a row were no better"), tuned.remarks() + "");
    }

    @Test
    void anotherModelIsRefused() {
        Path matcher = Models.folder("blip-mini", "matcher", LoadOptions.DEFAULTS);
        for (Path other : List.of(matcher, Models.folder("clip-mini", LoadOptions.DEFAULTS))) {
            FoveaException refused =
                    assertThrows(FoveaException.class, () -> GeneratorTuning.of(other, LoadOptions.DEFAULTS));
            assertTrue(refused.getMessage().contains("use a BLIP that writes captions"), refused.getMessage());
        }
    }
}
