package dev.fovea.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** LoRA on clip-mini: discs and bars under names that mean something else. */
class LoraTuningTest {

    private static final List<String> LABELS = List.of("a harp", "a snail");
    private static final Path MODEL = Models.folder("clip-mini", LoadOptions.DEFAULTS);

    @TempDir
    private Path folder;

    private static Picture picture(int kind, Random random) {
        int size = 64;
        byte[] rgb = new byte[size * size * 3];
        int x = 22 + random.nextInt(20);
        int y = 22 + random.nextInt(20);
        int colour = random.nextInt(160);
        for (int i = 0; i < size * size; i++) {
            int dx = i % size - x;
            int dy = i / size - y;
            boolean inside = kind == 0 ? dx * dx + dy * dy < 250 : Math.abs(dy) < 5 && Math.abs(dx) < 20;
            for (int c = 0; c < 3; c++) {
                rgb[3 * i + c] = (byte) (inside ? colour : 240 - 10 * c);
            }
        }
        return Picture.ofRgb(size, size, rgb);
    }

    private static LabelledPictures pictures(int each, long seed) {
        Random random = new Random(seed);
        List<Picture> pictures = new ArrayList<>();
        int[] classes = new int[2 * each];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = i % 2;
            pictures.add(picture(i % 2, random));
        }
        return new LabelledPictures(pictures, classes);
    }

    private static LoraTuning tuning(int threads) {
        return LoraTuning.of(MODEL, LoadOptions.DEFAULTS.withThreads(threads), LABELS, PromptTemplates.NONE);
    }

    private static List<float[]> embeddings(Clip clip, LabelledPictures pictures) {
        List<float[]> all = new ArrayList<>(clip.embedAll(pictures.pictures()));
        all.addAll(clip.embedTexts(LABELS));
        return all;
    }

    private static double accuracy(Clip clip, LabelledPictures pictures) {
        FeatureTuning zeroShot = FeatureTuning.of(clip, LABELS, PromptTemplates.NONE);
        List<float[]> features = TuningMethod.PROBE.features(clip, pictures.pictures());
        return zeroShot.zeroShotAccuracy(TuningMethod.PROBE, new Examples(features, pictures.classes()));
    }

    @Test
    void learnsAndSavesAPlainClipAndAnAdapter() {
        LabelledPictures held = pictures(20, 2);
        List<TuningProgress> progress = new ArrayList<>();
        TunedAdapter tuned = tuning(2)
                .tune(
                        LoraOptions.DEFAULTS.withEpochs(10).withBatch(4).withRate(4e-3),
                        pictures(8, 1),
                        held,
                        progress::add);
        assertEquals(10, progress.size());
        assertTrue(progress.getLast().loss() < progress.getFirst().loss());
        assertTrue(tuned.validationAccuracy().orElseThrow() > 0.9, tuned.validationAccuracy() + "");
        tuned.save(folder.resolve("out"));
        try (Clip before = Clip.load(MODEL);
                Clip merged = Clip.load(folder.resolve("out"));
                Clip adapted = Clip.load(MODEL, LoadOptions.DEFAULTS.withAdapter(folder.resolve("out/adapter")))) {
            assertTrue(accuracy(before, held) < 0.8);
            assertEquals(tuned.validationAccuracy().orElseThrow(), accuracy(merged, held), 1e-9);
            List<float[]> expected = embeddings(merged, held);
            List<float[]> found = embeddings(adapted, held);
            for (int i = 0; i < expected.size(); i++) { // merged into the file, weights are rounded to its f16
                assertArrayEquals(expected.get(i), found.get(i), 1e-3f);
            }
        }
    }

    private static List<float[]> values(Path out) {
        try (Clip clip = Clip.load(out)) {
            return embeddings(clip, pictures(3, 5));
        }
    }

    /**
     * One that is stopped after two epochs and goes on has the bits of one that is not, on other threads, with pictures
     * that are changed and inputs that are left out at random.
     */
    @Test
    void goesOnAfterAnInterruption() {
        LoraOptions options = LoraOptions.DEFAULTS
                .withEpochs(4)
                .withBatch(6)
                .withDropout(0.2)
                .withAugmentation(Augmentation.of("crop,flip,color"));
        LabelledPictures training = pictures(7, 1);
        LabelledPictures held = pictures(4, 2);
        tuning(1).tune(options, training, held, progress -> {}).save(folder.resolve("whole"));
        Path state = folder.resolve("state.safetensors");
        LoraOptions kept = options.withState(state);
        assertThrows(
                CancelledException.class,
                () -> tuning(2).tune(kept, training, held, progress -> {
                    if (progress.epoch() == 2) {
                        Thread.currentThread().interrupt();
                    }
                }));
        assertTrue(Thread.interrupted());
        assertTrue(Files.exists(state));
        List<Integer> epochs = new ArrayList<>();
        TunedAdapter tuned = tuning(2).tune(kept, training, held, progress -> epochs.add(progress.epoch()));
        assertEquals(List.of(3, 4), epochs);
        tuned.save(folder.resolve("parts"));
        List<float[]> expected = values(folder.resolve("whole"));
        List<float[]> found = values(folder.resolve("parts"));
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), found.get(i));
        }
        LoraTuning ofAnother = LoraTuning.of(
                folder.resolve("whole"), LoadOptions.DEFAULTS.withThreads(2), LABELS, PromptTemplates.NONE);
        List<Picture> parts = pictures(4, 2).pictures().stream()
                .map(whole -> ((Picture) whole).part(0, 0, 63, 64))
                .toList();
        List<Executable> others = List.of(
                () -> tuning(2).tune(kept.withRate(1), training, held, progress -> {}),
                () -> tuning(2).tune(kept, training, new LabelledPictures(parts, held.classes()), progress -> {}),
                () -> tuning(2).tune(kept, pictures(7, 3), held, progress -> {}),
                () -> ofAnother.tune(kept, training, held, progress -> {}));
        for (Executable other : others) {
            String refused = assertThrows(FoveaException.class, other).getMessage();
            assertTrue(refused.contains("of a training of another model, or with other pictures"), refused);
        }
    }

    @Test
    void aRateThatDivergesStopsWithTheBestStateBefore() {
        LoraOptions options = LoraOptions.DEFAULTS.withEpochs(30).withBatch(4).withRate(1e30);
        TunedAdapter tuned = tuning(2).tune(options, pictures(4, 1), LabelledPictures.NONE, progress -> {});
        assertEquals(1, tuned.remarks().size());
        String remark = tuned.remarks().getFirst();
        assertTrue(
                remark.matches("stopped at step \\d+, where the result of (text|vision)_model\\..* is no longer"
                        + " finite; the best state before is kept; take a smaller rate than 1.0E30"),
                remark);
        tuned.save(folder.resolve("out"));
        assertFalse(Float.isNaN(values(folder.resolve("out")).getFirst()[0]));
    }

    @Test
    void noShareOfTheAdditionsIsTheModelAsItWas() {
        tuning(2)
                .tune(
                        LoraOptions.DEFAULTS.withEpochs(1).withInterpolation(0),
                        pictures(2, 1),
                        LabelledPictures.NONE,
                        progress -> {})
                .save(folder.resolve("out"));
        List<float[]> expected = values(MODEL);
        List<float[]> found = values(folder.resolve("out"));
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), found.get(i));
        }
    }

    @Test
    void trainsAllWeights() {
        LabelledPictures held = pictures(20, 2);
        FullTuning tuning = FullTuning.of(MODEL, LoadOptions.DEFAULTS.withThreads(2), LABELS, PromptTemplates.NONE);
        FullOptions options = FullOptions.DEFAULTS.withEpochs(6).withBatch(4).withRate(3e-4);
        TunedCheckpoint tuned = tuning.tune(options, pictures(8, 1), held, progress -> {});
        assertTrue(tuned.validationAccuracy().orElseThrow() > 0.9, tuned.validationAccuracy() + "");
        tuned.save(folder.resolve("out"));
        try (Clip saved = Clip.load(folder.resolve("out"))) { // whose weights are rounded to f16
            assertEquals(tuned.validationAccuracy().orElseThrow(), accuracy(saved, held), 0.03);
        }
    }

    /** MobileCLIP joins its branches at load, and no gradient finds the way back to them. */
    @Test
    void weightsThatCannotBeTrainedAreRefusedBeforeAnyPicture() {
        Path model = Path.of("../models/src/test/resources/dev/fovea/models/clip/mobileclip-cases/small");
        FoveaException refused = assertThrows(
                FoveaException.class, () -> FullTuning.of(model, LoadOptions.DEFAULTS, LABELS, PromptTemplates.NONE));
        assertTrue(refused.getMessage().contains("tensors stay as they are"), refused.getMessage());
        assertTrue(refused.getMessage().endsWith("take another model, or another method"), refused.getMessage());
    }

    @Test
    void aClassWithoutPicturesIsNamed() {
        LabelledPictures one = new LabelledPictures(List.of(picture(0, new Random(1))), new int[] {0});
        FoveaException missing = assertThrows(
                FoveaException.class,
                () -> tuning(1).tune(LoraOptions.DEFAULTS, one, LabelledPictures.NONE, progress -> {}));
        assertTrue(missing.getMessage().startsWith("class \"a snail\" has no picture"), missing.getMessage());
    }
}
