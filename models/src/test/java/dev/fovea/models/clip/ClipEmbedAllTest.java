package dev.fovea.models.clip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PicturePipeline.Outcome;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole folders of picture files through {@link Clip}. */
class ClipEmbedAllTest {

    @TempDir
    private Path folder;

    private Clip clip;

    @BeforeEach
    void load() throws IOException {
        clip = Clip.load(OracleCase.copy("float16", Files.createDirectory(folder.resolve("model"))));
    }

    @AfterEach
    void close() {
        clip.close();
    }

    private List<Path> pictures(int count) throws IOException {
        Random random = new Random(5);
        Path pictures = Files.createDirectories(folder.resolve("pictures"));
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] pixels = new byte[3 * 24 * 32];
            random.nextBytes(pixels);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes("P6 24 32 255\n".getBytes());
            bytes.writeBytes(pixels);
            files.add(Files.write(pictures.resolve("%03d.ppm".formatted(i)), bytes.toByteArray()));
        }
        return files;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16, 17, 70})
    void vectorsAreThoseOfEachPictureAlone(int count) throws IOException {
        List<Path> files = pictures(count);
        List<Outcome<float[]>> listed = new ArrayList<>();
        clip.embedFiles(files, listed::add);
        List<Outcome<float[]>> streamed = new ArrayList<>();
        clip.embedFiles(files.stream(), streamed::add);
        assertEquals(count, listed.size());
        assertEquals(count, streamed.size());
        for (int i = 0; i < count; i++) {
            float[] alone = clip.embed(Picture.read(files.get(i)));
            for (Outcome<float[]> outcome : List.of(listed.get(i), streamed.get(i))) {
                assertEquals(i, outcome.index());
                assertSame(files.get(i), outcome.file());
                assertArrayEquals(alone, outcome.result());
                assertNull(outcome.error());
            }
        }
    }

    /** The example of {@link Clip#embedFiles}. */
    @Test
    void whatCannotBeReadIsAnOutcome() throws IOException {
        List<Path> files = pictures(40);
        Files.write(files.get(20), new byte[] {1, 2, 3});
        Map<Path, float[]> vectors = new LinkedHashMap<>();
        List<String> complaints = new ArrayList<>();
        try (Stream<Path> photos = Files.walk(folder.resolve("pictures"))
                .filter(Files::isRegularFile)
                .sorted()) {
            clip.embedFiles(Stream.concat(photos, Stream.of(folder.resolve("gone.jpg"))), outcome -> {
                if (outcome.error() == null) {
                    vectors.put(outcome.file(), outcome.result());
                } else {
                    assertInstanceOf(FoveaException.class, outcome.error());
                    complaints.add(outcome.error().getMessage());
                }
            });
        }
        assertEquals(39, vectors.size());
        assertEquals(2, complaints.size());
        assertTrue(complaints.get(0).startsWith(files.get(20).toString()), complaints.get(0));
        assertTrue(complaints.get(1).contains("gone.jpg does not exist"), complaints.get(1));
    }

    /** An endless stream, from which no more is taken than is worked on, until the thread is interrupted. */
    @Test
    void anInterruptEndsAnEndlessStreamAtOnce() throws IOException {
        Path file = pictures(1).getFirst();
        AtomicInteger taken = new AtomicInteger();
        AtomicInteger received = new AtomicInteger();
        AtomicInteger mostAhead = new AtomicInteger();
        Stream<Path> endless = Stream.generate(() -> {
            taken.incrementAndGet();
            return file;
        });
        long[] interrupted = new long[1];
        try {
            assertThrows(
                    CancelledException.class,
                    () -> clip.embedFiles(endless, outcome -> {
                        mostAhead.accumulateAndGet(taken.get() - received.incrementAndGet(), Math::max);
                        if (received.get() == 2000) {
                            interrupted[0] = System.nanoTime();
                            Thread.currentThread().interrupt();
                        }
                    }));
            long milliseconds = (System.nanoTime() - interrupted[0]) / 1_000_000;
            assertTrue(Thread.currentThread().isInterrupted());
            assertTrue(milliseconds < 2000, milliseconds + " ms until it stopped");
        } finally {
            Thread.interrupted();
        }
        assertTrue(received.get() >= 2000 && received.get() < 2016, received + " outcomes");
        int few = 16 + 16 * Runtime.getRuntime().availableProcessors() + 8;
        assertTrue(mostAhead.get() <= few, mostAhead + " names were taken ahead");
        int before = taken.get();
        assertEquals(1, clip.embedAll(List.of(Picture.read(file))).size());
        assertEquals(before, taken.get());
    }

    @Test
    void whatTheReceiverThrowsEndsTheWork() throws IOException {
        List<Path> files = pictures(60);
        IllegalStateException full = new IllegalStateException("the disk is full");
        IllegalStateException thrown = assertThrows(
                IllegalStateException.class,
                () -> clip.embedFiles(files, outcome -> {
                    throw full;
                }));
        assertSame(full, thrown);
        assertThrows(
                NullPointerException.class,
                () -> clip.embedFiles(Stream.of(files.get(0), null, files.get(1)), outcome -> {}));
    }
}
