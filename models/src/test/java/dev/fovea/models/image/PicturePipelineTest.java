package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PicturePipelineTest {
    private static final int BROKEN = 7;

    @TempDir
    static Path folder;

    private static Backend backend;

    @BeforeAll
    static void open() {
        backend = Backends.open(Backends.DEFAULT, 2);
    }

    @AfterAll
    static void close() {
        backend.close();
    }

    /** Pictures as wide as their index plus one, of which one is none. */
    private static List<Path> pictures(int count) throws IOException {
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Path file = folder.resolve("p" + i + ".ppm");
            byte[] pixels = new byte[3 * (i + 1)];
            byte[] header = ("P6 " + (i + 1) + " 1 255\n").getBytes();
            byte[] whole = Arrays.copyOf(header, header.length + pixels.length);
            Files.write(file, i == BROKEN ? new byte[] {1, 2, 3} : whole);
            files.add(file);
        }
        return files;
    }

    private static void assertOutcomes(List<Path> files, List<PicturePipeline.Outcome<Integer>> outcomes) {
        assertEquals(
                IntStream.range(0, files.size()).boxed().toList(),
                outcomes.stream().map(PicturePipeline.Outcome::index).toList());
        for (PicturePipeline.Outcome<Integer> outcome : outcomes) {
            assertSame(files.get(outcome.index()), outcome.file());
            if (outcome.index() == BROKEN) {
                assertNull(outcome.result());
                assertInstanceOf(FoveaException.class, outcome.error());
            } else {
                assertEquals(outcome.index() + 1, outcome.result());
                assertNull(outcome.error());
            }
        }
    }

    private static PicturePipeline.Work<Integer, Integer> identity(Set<Thread> threads) {
        return (batch, indices) -> {
            threads.add(Thread.currentThread());
            for (int i = 0; i < indices.length; i++) assertEquals(indices[i] + 1, batch.get(i));
            return batch;
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16, 17, 33, 100})
    void everyFileHasOneOutcomeInItsPlace(int count) throws IOException {
        List<Path> files = pictures(count);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        List<PicturePipeline.Outcome<Integer>> shared = new ArrayList<>();
        PicturePipeline.<Integer>start(files, () -> PicturePipeline.reading(Picture::width))
                .run(identity(threads), shared::add);
        assertOutcomes(files, shared);
        assertTrue(count == 0 || threads.equals(Set.of(Thread.currentThread())), threads.toString());

        List<PicturePipeline.Outcome<Integer>> alone = new ArrayList<>();
        PicturePipeline.<Integer>start(files, () -> PicturePipeline.reading(Picture::width))
                .run(backend, identity(threads), alone::add);
        assertOutcomes(files, alone);
    }

    @Test
    void aComplaintNamesTheFileAndCostsNoOtherPicture() throws IOException {
        List<Path> files = pictures(3);
        List<PicturePipeline.Outcome<Integer>> outcomes = new ArrayList<>();
        PicturePipeline.<Integer>start(
                        files,
                        () -> PicturePipeline.reading(picture -> {
                            if (picture.width() == 2) throw new FoveaException("too wide");
                            return picture.width();
                        }))
                .run((batch, indices) -> batch, outcomes::add);
        assertEquals(files.get(1) + ": too wide", outcomes.get(1).error().getMessage());
        assertEquals(3, outcomes.get(2).result());
    }

    @Test
    void aCancelledPreparationIsNoComplaintAboutThePicture() throws IOException {
        List<PicturePipeline.Outcome<Integer>> outcomes = new ArrayList<>();
        PicturePipeline.<Integer>start(
                        pictures(3),
                        () -> PicturePipeline.reading(picture -> {
                            if (picture.width() == 2) throw new CancelledException();
                            return picture.width();
                        }))
                .run((batch, indices) -> batch, outcomes::add);
        assertInstanceOf(CancelledException.class, outcomes.get(1).error());
        assertEquals(3, outcomes.get(2).result());
    }

    @Test
    void whatIsWrongWithTheWorkEndsTheRun() throws IOException {
        List<Path> files = pictures(60);
        PicturePipeline<Integer> pipeline = PicturePipeline.start(files, () -> PicturePipeline.reading(Picture::width));
        IllegalStateException wrong = assertThrows(
                IllegalStateException.class,
                () -> pipeline.run(
                        backend,
                        (batch, indices) -> {
                            throw new IllegalStateException("the model");
                        },
                        outcome -> {}));
        assertEquals("the model", wrong.getMessage());
    }

    @Test
    void anInterruptedRunStopsAndWhatWasReceivedStays() throws IOException {
        List<Path> files = pictures(100);
        List<PicturePipeline.Outcome<Integer>> received = new ArrayList<>();
        PicturePipeline<Integer> pipeline = PicturePipeline.start(files, () -> PicturePipeline.reading(Picture::width));
        try {
            assertThrows(
                    CancelledException.class,
                    () -> pipeline.run(backend, (batch, indices) -> batch, outcome -> {
                        received.add(outcome);
                        if (received.size() == 10) Thread.currentThread().interrupt();
                    }));
            assertTrue(Thread.currentThread().isInterrupted());
            assertTrue(received.size() >= 10 && received.size() < 100, received.size() + " outcomes");
        } finally {
            Thread.interrupted();
        }
    }

    /** Another thread's interrupt reaches a run that waits, and what the threads work on ends before the run does. */
    @Test
    void anInterruptFromOutsideStopsWhatRuns() throws Exception {
        List<Path> files = pictures(100);
        CountDownLatch working = new CountDownLatch(1);
        AtomicInteger inside = new AtomicInteger();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicInteger insideAtEnd = new AtomicInteger(-1);
        Thread runner = Thread.ofPlatform().start(() -> {
            try {
                PicturePipeline.<Integer>start(files, () -> PicturePipeline.reading(Picture::width))
                        .run(
                                backend,
                                (batch, indices) -> {
                                    inside.incrementAndGet();
                                    working.countDown();
                                    try {
                                        Thread.sleep(60_000);
                                        return batch;
                                    } catch (InterruptedException e) {
                                        throw new CancelledException(e);
                                    } finally {
                                        inside.decrementAndGet();
                                    }
                                },
                                outcome -> {});
            } catch (CancelledException e) {
                thrown.set(e);
                insideAtEnd.set(inside.get());
            }
        });
        assertTrue(working.await(30, TimeUnit.SECONDS));
        runner.interrupt();
        assertTrue(runner.join(Duration.ofSeconds(10)), "it still waits");
        assertInstanceOf(CancelledException.class, thrown.get());
        assertEquals(0, insideAtEnd.get());
    }
}
