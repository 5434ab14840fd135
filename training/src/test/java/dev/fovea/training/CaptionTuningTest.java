package dev.fovea.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LoRA on blip-mini: eight pictures are learned by heart, and what is written is what was to be learned. */
class CaptionTuningTest {

    private static final Path MODEL = Models.folder("blip-mini", "captioner", LoadOptions.DEFAULTS);
    private static final List<String> CAPTIONS = List.of(
            "a snail",
            "two keys and a boot",
            "a harp on a boot",
            "the boot of a snail",
            "a trumpet",
            "keys",
            "a snail and a trumpet and a harp",
            "two boots");

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

    @Test
    void theTextThatIsWrittenIsTheOneThatWasLearned() {
        List<Picture> pictures = pictures();
        List<TuningProgress> progress = new ArrayList<>();
        LoraOptions options = LoraOptions.DEFAULTS
                .withRank(8)
                .withAlpha(16)
                .withEpochs(60)
                .withBatch(4)
                .withRate(1e-2);
        CaptionTuning.of(MODEL, LoadOptions.DEFAULTS.withThreads(2))
                .tune(options, new CaptionedPictures(pictures, CAPTIONS), progress::add)
                .save(folder.resolve("out"));
        assertTrue(progress.getLast().loss() < 0.05, progress.getLast() + "");
        try (BlipCaptioner before = BlipCaptioner.load(MODEL);
                BlipCaptioner merged = BlipCaptioner.load(folder.resolve("out"));
                BlipCaptioner adapted =
                        BlipCaptioner.load(MODEL, LoadOptions.DEFAULTS.withAdapter(folder.resolve("out/adapter")))) {
            for (int i = 0; i < CAPTIONS.size(); i++) {
                assertNotEquals(CAPTIONS.get(i), before.caption(pictures.get(i)));
                assertEquals(CAPTIONS.get(i), merged.caption(pictures.get(i)));
                assertEquals(CAPTIONS.get(i), adapted.caption(pictures.get(i)));
            }
        }
    }

    @Test
    void anotherBlipIsRefused() {
        Path matcher = Models.folder("blip-mini", "matcher", LoadOptions.DEFAULTS);
        CaptionedPictures one = new CaptionedPictures(pictures().subList(0, 1), List.of("a boot"));
        FoveaException refused = assertThrows(
                FoveaException.class,
                () -> CaptionTuning.of(matcher, LoadOptions.DEFAULTS).tune(LoraOptions.DEFAULTS, one, done -> {}));
        assertTrue(refused.getMessage().contains("use one that writes captions"), refused.getMessage());
    }
}
