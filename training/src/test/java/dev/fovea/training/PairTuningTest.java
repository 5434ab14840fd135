package dev.fovea.training;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.clip.PromptTemplates;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Eight coloured grids under texts that mean something else: each is to find its own in the end. */
class PairTuningTest {

    private static final Path MODEL = Models.folder("clip-mini", LoadOptions.DEFAULTS);
    private static final List<String> TEXTS =
            List.of("a snail", "two keys", "a harp", "a boot", "a trumpet", "the moon", "an anchor", "a cactus");

    @TempDir
    private Path folder;

    private static List<Picture> pictures() {
        Random random = new Random(5);
        List<Picture> pictures = new ArrayList<>();
        for (int i = 0; i < TEXTS.size(); i++) {
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

    private static int found(Clip clip) {
        List<float[]> images = clip.embedAll(pictures());
        List<float[]> texts = clip.embedTexts(TEXTS);
        int found = 0;
        for (int i = 0; i < images.size(); i++) {
            int best = 0;
            for (int j = 1; j < texts.size(); j++) {
                best = dot(images.get(i), texts.get(j)) > dot(images.get(i), texts.get(best)) ? j : best;
            }
            found += best == i ? 1 : 0;
        }
        return found;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static PairTuning tuning(int threads) {
        return PairTuning.of(MODEL, LoadOptions.DEFAULTS.withThreads(threads));
    }

    @Test
    void eachPictureFindsItsText() {
        TextExamples pairs = TextExamples.captions(pictures(), TEXTS);
        List<TuningProgress> progress = new ArrayList<>();
        LoraOptions options = LoraOptions.DEFAULTS.withEpochs(30).withBatch(8).withRate(4e-3);
        tuning(2).lora(options, pairs, pairs, progress::add).save(folder.resolve("out"));
        assertTrue(progress.getLast().validationLoss().orElseThrow() < 0.1, progress.getLast() + "");
        try (Clip before = Clip.load(MODEL);
                Clip after = Clip.load(folder.resolve("out"))) {
            assertTrue(found(before) < 4);
            assertEquals(TEXTS.size(), found(after));
        }
    }

    /** The gradients of a batch do not depend on how it is cut: full tuning has the same bits on other threads. */
    @Test
    void allWeightsLearnWithTheSameBitsOnAnyThreads() {
        TextExamples pairs = TextExamples.captions(pictures(), TEXTS);
        List<Double> losses = new ArrayList<>();
        for (int threads : new int[] {1, 2}) {
            FullOptions options = FullOptions.DEFAULTS
                    .withEpochs(2)
                    .withBatch(3)
                    .withRate(1e-4)
                    .withAugmentation(Augmentation.of("crop=0.9"));
            tuning(threads)
                    .full(
                            options,
                            pairs,
                            pairs,
                            done -> losses.add(done.validationLoss().orElseThrow()));
        }
        assertEquals(losses.subList(0, 2), losses.subList(2, 4));
        assertTrue(losses.get(1) < losses.get(0), losses.toString());
    }

    /** What is left out of the inputs is the same for the loss and for the way back: the loss falls all the same. */
    @Test
    void pairsAreLearnedWithDropout() {
        TextExamples pairs = TextExamples.captions(pictures(), TEXTS);
        List<TuningProgress> progress = new ArrayList<>();
        LoraOptions options =
                LoraOptions.DEFAULTS.withEpochs(20).withBatch(8).withRate(4e-3).withDropout(0.25);
        tuning(2).lora(options, pairs, pairs, progress::add).saveAdapter(folder);
        assertTrue(progress.getLast().validationLoss().orElseThrow() < 0.5, progress.getLast() + "");
        String config = assertDoesNotThrow(() -> Files.readString(folder.resolve("adapter_config.json")));
        assertTrue(config.contains("\"lora_dropout\": 0.25") || config.contains("\"lora_dropout\":0.25"), config);
    }

    /** All weights of a small SigLIP: each picture finds its text, and what scores are made of is trained and saved. */
    @Test
    void siglipLearnsPairs() {
        Path model = Path.of("../models/src/test/resources/dev/fovea/models/siglip/cases/lowercase");
        TextExamples pairs = TextExamples.captions(pictures(), TEXTS);
        FullOptions options =
                FullOptions.DEFAULTS.withEpochs(40).withBatch(8).withRate(3e-3).withDecay(0);
        List<TuningProgress> progress = new ArrayList<>();
        TunedCheckpoint tuned =
                PairTuning.of(model, LoadOptions.DEFAULTS.withThreads(2)).full(options, pairs, pairs, progress::add);
        assertEquals(List.of(), tuned.remarks());
        tuned.save(folder.resolve("out"));
        assertTrue(
                progress.getLast().validationLoss().orElseThrow()
                        < progress.getFirst().validationLoss().orElseThrow() / 4,
                progress.getLast() + "");
        try (Clip before = Clip.load(model);
                Clip after = Clip.load(folder.resolve("out"))) {
            assertTrue(found(before) < 4);
            assertEquals(TEXTS.size(), found(after));
            assertNotEquals(before.logitFactor(), after.logitFactor());
        }
        PairTuning.of(model, LoadOptions.DEFAULTS)
                .lora(LoraOptions.DEFAULTS.withEpochs(1), pairs, TextExamples.NONE, done -> {})
                .save(folder.resolve("lora"));
        FoveaException classes = assertThrows(
                FoveaException.class, () -> LoraTuning.of(model, LoadOptions.DEFAULTS, TEXTS, PromptTemplates.NONE));
        assertTrue(
                classes.getMessage().contains("is a SigLIP, which scores each label by itself"), classes.getMessage());
    }

    @Test
    void whatIsLeftOutIsSaid() {
        Picture picture = pictures().getFirst();
        TextExamples one = TextExamples.captions(List.of(picture), List.of("a snail"));
        assertTrue(assertThrows(
                        FoveaException.class,
                        () -> tuning(1).lora(LoraOptions.DEFAULTS, one, TextExamples.NONE, done -> {}))
                .getMessage()
                .startsWith("1 pairs to learn from; two or more are needed"));
        TextExamples two =
                TextExamples.captions(pictures().subList(0, 2), List.of("a snail", "a snail and ".repeat(20)));
        TunedAdapter tuned = tuning(1).lora(LoraOptions.DEFAULTS.withEpochs(1), two, TextExamples.NONE, done -> {});
        assertEquals(
                List.of("of 1 of 2 texts the end was left out, since the model reads at most 32 tokens"),
                tuned.remarks());
    }
}
