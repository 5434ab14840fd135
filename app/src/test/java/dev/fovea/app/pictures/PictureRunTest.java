package dev.fovea.app.pictures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.app.ClassifyCommandTest;
import dev.fovea.app.Ran;
import dev.fovea.app.TinyClip;
import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.Style;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PicturePipeline;
import dev.fovea.tensor.FoveaException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureRunTest {

    @TempDir
    static Path directory;

    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private final Console console = new Console(
            new ByteArrayOutputStream(),
            new PrintStream(errors, true, StandardCharsets.UTF_8),
            Style.plain(StandardCharsets.UTF_8),
            false);

    private static List<Path> pictures(String folder, int count) throws IOException {
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            files.add(ClassifyCommandTest.picture(directory.resolve(folder + "/" + (10 + i) + ".png"), i));
        }
        return files;
    }

    /** Whatever goes wrong with one picture costs no other. */
    @Test
    void everyKindOfFailureIsOnePicturesOwn() throws IOException {
        List<Path> files = pictures("failures", 40);
        Files.write(files.get(3), new byte[] {1, 2, 3});
        Files.delete(files.get(4));
        Function<Picture, Integer> prepare = picture -> {
            int number = rgb(picture);
            switch (number) {
                case 5 -> throw new FoveaException("too blue");
                case 6 -> throw new IllegalStateException("a bug");
                case 7 -> throw new OutOfMemoryError("Java heap space");
                case 8 -> throw new StackOverflowError();
                default -> {
                    return number;
                }
            }
        };
        List<Path> answered = new ArrayList<>();
        List<PictureRun.Unreadable> unreadable;
        try (PictureRun<Integer> run = new PictureRun<>(console, files, () -> PicturePipeline.reading(prepare))) {
            for (PicturePipeline.Batch<Integer> batch : run) {
                assertEquals(Arrays.stream(batch.indices()).boxed().toList(), batch.pictures());
                run.answers(batch, batch.pictures()).forEach(answer -> answered.add(answer.file()));
            }
            unreadable = run.unreadable();
        }
        List<Path> good = new ArrayList<>(files);
        good.subList(3, 9).clear();
        assertEquals(good, answered);
        assertEquals(
                List.of(3, 4, 5, 6, 7, 8),
                unreadable.stream().map(PictureRun.Unreadable::number).toList());
        List<String> lines = errors.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals(6, lines.size(), lines.toString());
        for (int i = 0; i < 6; i++) {
            assertTrue(lines.get(i).startsWith("fovea: " + files.get(3 + i)), lines.get(i));
        }
        assertEquals("fovea: " + files.get(5) + ": too blue", lines.get(2));
        assertTrue(lines.get(3).contains(": internal error: java.lang.IllegalStateException: a bug"), lines.get(3));
        assertTrue(lines.get(4).contains("raise -Xmx"), lines.get(4));
    }

    /** Where no picture of a batch can be read there is nothing to compute. */
    @Test
    void batchesWithoutAPictureAreNotGiven() throws IOException {
        List<Path> files = pictures("unreadable", 40);
        for (Path file : files.subList(0, 30)) {
            Files.write(file, new byte[] {1, 2, 3});
        }
        int computed = 0;
        try (PictureRun<Integer> run =
                new PictureRun<>(console, files, () -> PicturePipeline.reading(PictureRunTest::rgb))) {
            for (PicturePipeline.Batch<Integer> batch : run) {
                assertFalse(batch.pictures().isEmpty());
                for (PictureRun.Answer<Integer> answer : run.answers(batch, batch.pictures())) {
                    assertEquals(files.get(answer.result()), answer.file());
                    computed++;
                }
            }
            assertEquals(30, run.unreadable().size());
        }
        assertEquals(10, computed);
    }

    private static int rgb(Picture picture) {
        byte[] samples = picture.samples();
        return samples[2] & 0xFF;
    }

    @Test
    void whatIsWrongWithTheModelIsNotThePictures() throws IOException {
        FoveaException broken = new FoveaException("model: broken");
        PictureRun<Integer> run = new PictureRun<>(console, pictures("model", 2), () -> {
            throw broken;
        });
        FoveaException thrown =
                assertThrows(FoveaException.class, () -> run.iterator().next());
        assertSame(broken, thrown);
        assertEquals("", errors.toString(StandardCharsets.UTF_8));
    }

    /** Held whole at the same time, as many as a batch has, they would need four times the heap. */
    @Test
    void largePicturesFitIntoASmallHeap() throws Exception {
        Path model = TinyClip.write(directory.resolve("tiny"));
        Path folder = Files.createDirectories(directory.resolve("large"));
        BufferedImage image = new BufferedImage(2000, 1500, BufferedImage.TYPE_INT_ARGB);
        Random random = new Random(1);
        for (int i = 0; i < 3_000_000; i += 7) {
            image.setRGB(i % 2000, i / 2000, random.nextInt());
        }
        Path first = folder.resolve("00.png");
        ImageIO.write(image, "png", first.toFile());
        for (int i = 1; i < 40; i++) {
            Files.createLink(folder.resolve("%02d.png".formatted(i)), first);
        }
        Path out = directory.resolve("large.json");
        Path err = directory.resolve("large.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xmx96m",
                        "-Xmn16m",
                        "-XX:+UseSerialGC",
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.fovea.app.Main",
                        "embed",
                        "--json",
                        "--model",
                        model.toString(),
                        folder.toString())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES));
        assertEquals(0, process.exitValue(), Files.readString(err));
        JsonNode small = new Ran(0, Files.readString(out), "").json().get("embeddings");
        JsonNode large =
                Ran.fovea("embed", "--json", "--model", model, first).json().get("embeddings");
        assertEquals(40, small.size());
        small.forEach(entry -> assertEquals(large.get(0).get("vector"), entry.get("vector")));
    }
}
