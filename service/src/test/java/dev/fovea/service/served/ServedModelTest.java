package dev.fovea.service.served;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.Models;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PictureInput;
import dev.fovea.service.TestService;
import dev.fovea.service.compute.Deadline;
import dev.fovea.service.compute.Lane;
import dev.fovea.service.compute.Operation;
import dev.fovea.service.metrics.ServiceMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a model computes side by side. */
@Timeout(60)
class ServedModelTest {

    private static final List<String> TEXTS = List.of("a cat", "two people at a table", "snow");

    private final ServedModels models = new ServedModels(256, new ServiceMetrics());
    private final ServedModel model =
            models.add("clip", Models.folder("clip-mini", LoadOptions.DEFAULTS), LoadOptions.DEFAULTS);
    private final Deadline deadline = Deadline.in(Duration.ofSeconds(50));

    @AfterEach
    void close() {
        models.close();
    }

    /** The lane of pictures is held by a latch, so that texts can only be answered beside it. */
    @Test
    void textsAreEmbeddedWhilePicturesAreComputed() throws Exception {
        ModelEmbedder embedder = model.embedder(deadline);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<List<Integer>> pictures = threads.submit(() -> model.compute(
                    Operation.<Integer, Integer>alone("held", Lane.PICTURES, input -> {
                        begun.countDown();
                        try {
                            go.await();
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                        return input;
                    }),
                    List.of(1),
                    deadline));
            begun.await();
            try {
                assertArrayEquals(
                        model.clip(deadline).embed("a cat"),
                        model.computeOne(ModelOperations.embedTexts(embedder), "a cat", deadline));
                assertFalse(pictures.isDone());
                assertFalse(model.unloadIfIdle(Duration.ZERO), "a model was unloaded under what it computes");
            } finally {
                go.countDown();
            }
        }
    }

    @Test
    void whatIsComputedSideBySideHasTheBitsOfThatAlone() throws Exception {
        ModelEmbedder embedder = model.embedder(deadline);
        PictureInput picture = Picture.read(TestService.picture("octopus.png"));
        List<float[]> textsAlone = model.clip(deadline).embedTexts(TEXTS);
        float[] pictureAlone = model.clip(deadline).embed(picture);
        List<PictureInput> batch = Collections.nCopies(16, picture);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<float[]>>> pictures = new ArrayList<>();
            List<Future<List<float[]>>> texts = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                pictures.add(
                        threads.submit(() -> model.compute(ModelOperations.embedPictures(embedder), batch, deadline)));
                texts.add(threads.submit(() -> model.compute(ModelOperations.embedTexts(embedder), TEXTS, deadline)));
            }
            for (Future<List<float[]>> one : pictures) {
                one.get().forEach(vector -> assertArrayEquals(pictureAlone, vector));
            }
            for (Future<List<float[]>> some : texts) {
                for (int i = 0; i < TEXTS.size(); i++) {
                    assertArrayEquals(textsAlone.get(i), some.get().get(i));
                }
            }
        }
    }
}
