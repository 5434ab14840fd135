package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DecodingMemoryTest {

    private static final String NAME = "photo.jpg";
    private static final long ANY = Long.MAX_VALUE;
    private static final long MIB = 1 << 20;

    @TempDir
    static Path directory;

    private static Picture tiny() {
        return Picture.ofRgb(1, 1, new byte[3]);
    }

    /** A decoder of pictures of so many pixels. */
    private static Supplier<Picture> decoder(long pixels) {
        return () -> {
            DecodingMemory.await(pixels);
            return tiny();
        };
    }

    @Test
    void noMoreIsWholeAtATimeThanThereIsMemoryFor() throws Exception {
        DecodingMemory memory = new DecodingMemory(100 * MIB);
        AtomicInteger whole = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Callable<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            calls.add(() -> memory.run(
                    NAME,
                    0,
                    ANY,
                    decoder(4 * MIB),
                    picture -> { // 36 MiB and a bit: two fit
                        most.accumulateAndGet(whole.incrementAndGet(), Math::max);
                        sleep(10);
                        return whole.decrementAndGet();
                    }));
        }
        runAll(calls, 8);
        assertEquals(2, most.get());
    }

    @Test
    void aPictureLargerThanAllMemoryIsReadAlone() throws Exception {
        DecodingMemory memory = new DecodingMemory(100 * MIB);
        AtomicInteger whole = new AtomicInteger();
        List<Callable<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            boolean large = i % 3 == 1;
            calls.add(() -> memory.run(NAME, 0, ANY, decoder((large ? 400 : 1) * MIB), picture -> {
                int with = whole.incrementAndGet();
                sleep(5);
                int after = whole.decrementAndGet();
                return large ? Math.max(with - 1, after) : 0;
            }));
        }
        for (int others : runAll(calls, 6)) {
            assertEquals(0, others);
        }
    }

    @Test
    void runningOutOfMemoryIsTriedAgainWhenTheOthersAreDone() throws Exception {
        DecodingMemory memory = new DecodingMemory(100 * MIB);
        CountDownLatch started = new CountDownLatch(1);
        AtomicInteger others = new AtomicInteger(1);
        AtomicInteger attempts = new AtomicInteger();
        List<Callable<Integer>> calls = List.of(
                () -> memory.run(NAME, 0, ANY, decoder(MIB), picture -> {
                    started.countDown();
                    sleep(100);
                    return others.decrementAndGet();
                }),
                () -> memory.run(
                        NAME,
                        0,
                        ANY,
                        () -> {
                            await(started);
                            DecodingMemory.await(MIB);
                            if (attempts.incrementAndGet() == 1) {
                                throw new FoveaException("no memory", new OutOfMemoryError());
                            }
                            return tiny();
                        },
                        picture -> others.get()));
        assertEquals(List.of(0, 0), runAll(calls, 2));
        assertEquals(2, attempts.get());
    }

    @Test
    void whatDoesNotFitAloneSaysHowMuchItNeeds() {
        DecodingMemory memory = new DecodingMemory(100 * MIB);
        for (Throwable failure :
                List.of(new OutOfMemoryError("Java heap space"), new FoveaException("photo", new OutOfMemoryError()))) {
            FoveaException wrong = assertThrows(
                    FoveaException.class,
                    () -> memory.run(NAME, 10 * MIB, ANY, decoder(50_000_000), picture -> sneak(failure)));
            assertTrue(
                    wrong.getMessage().startsWith("photo.jpg has 50000000 pixels and needs some 450 MiB of memory"),
                    wrong.getMessage());
            assertTrue(wrong.getMessage().endsWith("raise -Xmx or scale it down"), wrong.getMessage());
        }
        assertEquals(7, memory.<Integer>run(NAME, 0, ANY, decoder(400 * MIB), picture -> 7)); // nothing was kept back
    }

    @Test
    void otherFailuresAreNotTriedAgain() {
        DecodingMemory memory = new DecodingMemory(100 * MIB);
        AtomicInteger attempts = new AtomicInteger();
        FoveaException damaged = new FoveaException("photo.jpg is damaged");
        FoveaException thrown = assertThrows(
                FoveaException.class,
                () -> memory.run(NAME, 0, ANY, decoder(MIB), picture -> {
                    attempts.incrementAndGet();
                    return sneak(damaged);
                }));
        assertSame(damaged, thrown);
        assertEquals(1, attempts.get());
    }

    /** A decoder may say twice how large a picture is, and those that hold some memory must not wait for each other. */
    @Test
    void askingForMoreNeverWaits() throws Exception {
        DecodingMemory memory = new DecodingMemory(100 * MIB);
        List<Callable<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            calls.add(() -> memory.run(
                    NAME,
                    0,
                    ANY,
                    () -> {
                        DecodingMemory.await(4 * MIB);
                        sleep(5);
                        DecodingMemory.await(11 * MIB);
                        return tiny();
                    },
                    picture -> 1));
        }
        assertEquals(8, runAll(calls, 8).size());
    }

    @Test
    void filesArePreparedAsPicturesAre() throws IOException {
        BufferedImage image = new BufferedImage(61, 45, BufferedImage.TYPE_INT_ARGB);
        Random random = new Random(3);
        for (int i = 0; i < 61 * 45; i++) {
            image.setRGB(i % 61, i / 61, random.nextInt());
        }
        Path file = directory.resolve("picture.png");
        ImageIO.write(image, "png", file.toFile());
        for (Preprocessing steps : List.of(Preprocessing.clip(16), Preprocessing.clip(64))) {
            PreparedPicture prepared = steps.prepare(file);
            assertEquals(61, prepared.width());
            assertEquals(45, prepared.height());
            assertArrayEquals(steps.apply(Picture.read(file)), steps.apply(prepared));
            assertSame(prepared, steps.prepare(prepared));
        }
        assertEquals("61 x 45", Picture.read(file, picture -> picture.width() + " x " + picture.height()));
        Path none = directory.resolve("none.png");
        FoveaException missing =
                assertThrows(FoveaException.class, () -> Preprocessing.clip(16).prepare(none));
        assertEquals(none + " does not exist; check the name of the picture", missing.getMessage());
        Path text = Files.writeString(directory.resolve("text.png"), "hello");
        assertThrows(FoveaException.class, () -> Preprocessing.clip(16).prepare(text));
    }

    @Test
    void aServiceAcceptsFewerPixels() throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(61, 45, BufferedImage.TYPE_INT_RGB), "png", file);
        byte[] bytes = file.toByteArray();
        Duration time = Duration.ofSeconds(30);
        assertEquals(61, Picture.<Integer>read(bytes, 61 * 45, time, Picture::width));
        PictureException refused =
                assertThrows(PictureException.class, () -> Picture.read(bytes, 61 * 45 - 1, time, Picture::width));
        assertEquals(
                "the picture has 2745 pixels, more than the 2744 that are accepted here; scale it down first",
                refused.getMessage());
    }

    private static <T> T sneak(Throwable failure) {
        switch (failure) {
            case Error error -> throw error;
            case RuntimeException wrong -> throw wrong;
            default -> throw new IllegalArgumentException(failure);
        }
    }

    private static <T> List<T> runAll(List<Callable<T>> calls, int threads) throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<T> results = new ArrayList<>();
            for (Future<T> result : pool.invokeAll(calls)) {
                results.add(result.get());
            }
            return results;
        }
    }

    private static void sleep(int milliseconds) {
        try {
            TimeUnit.MILLISECONDS.sleep(milliseconds);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
