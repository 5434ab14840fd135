package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.fovea.tensor.FoveaException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Damaged BMP and TIFF files give a picture or one plain line, quickly. {@code -Dfovea.mutants=N} asks for more than
 * usual.
 */
class BmpTiffDamageTest {
    private static final int MUTANTS = Integer.getInteger("fovea.mutants", 40);

    static Stream<Path> files() throws IOException {
        Path folder = PictureReplayTest.cases().resolveSibling("bmp-tiff");
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> !file.toString().endsWith(".json")).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void mutantsAreReadOrRefused(Path file) throws IOException {
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(file.getFileName().toString().hashCode());
        assertTimeoutPreemptively(Duration.ofSeconds(30 + MUTANTS / 10), () -> {
            for (int i = 0; i < MUTANTS; i++) read(mutant(whole, random));
        });
    }

    private static byte[] mutant(byte[] whole, Random random) {
        if (random.nextInt(4) == 0) return Arrays.copyOf(whole, random.nextInt(whole.length));
        byte[] mutant = whole.clone();
        for (int change = 0; change <= random.nextInt(4); change++) {
            int at =
                    random.nextBoolean() ? random.nextInt(mutant.length) : random.nextInt(Math.min(300, mutant.length));
            mutant[at] = (byte) List.of(0, 1, 255, random.nextInt(256), mutant[at] ^ 1 << random.nextInt(8))
                    .get(random.nextInt(5))
                    .intValue();
        }
        return mutant;
    }

    private static void read(byte[] file) {
        try {
            assertNotNull(Picture.read(new ByteArrayInputStream(file)).toRgb());
        } catch (FoveaException plain) {
            boolean internal = plain.getCause() instanceof RuntimeException
                    || plain.getMessage().contains("\n");
            if (internal) fail(plain.getMessage(), plain);
        }
    }

    @Test
    void everyBeginningOfAFileIsReadOrRefused() throws IOException {
        for (String name : List.of("bmp-run-lengths-8.bmp", "tiff-fax-group4.tif", "tiff-rgb-5-big.tif")) {
            byte[] whole = Files.readAllBytes(
                    PictureReplayTest.cases().resolveSibling("bmp-tiff").resolve(name));
            for (int length = 0; length < whole.length; length++) read(Arrays.copyOf(whole, length));
        }
    }

    /** Each of many strips claims the same megabyte, whose bits lie in reverse. */
    @Test
    void stripsThatOverlapAreNoWayToAskForAnyAmountOfWork() {
        int rows = 60_000;
        int data = 200 + 8 * rows;
        int[][] tags = {
            {256, 1, 1},
            {257, 1, rows},
            {258, 1, 8},
            {259, 1, 32773},
            {262, 1, 1},
            {266, 1, 2},
            {273, rows, 200},
            {277, 1, 1},
            {278, 1, 1},
            {279, rows, 200 + 4 * rows}
        };
        ByteBuffer file = ByteBuffer.allocate(data + (1 << 20)).order(ByteOrder.LITTLE_ENDIAN);
        file.put("II*\0".getBytes()).putInt(8).putShort((short) tags.length);
        for (int[] tag : tags)
            file.putShort((short) tag[0]).putShort((short) 4).putInt(tag[1]).putInt(tag[2]);
        for (int row = 0; row < rows; row++) {
            file.putInt(200 + 4 * row, data).putInt(200 + 4 * (rows + row), 1 << 20);
        }
        String refusal = assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThrows(FoveaException.class, () -> Picture.read(new ByteArrayInputStream(file.array())))
                        .getMessage());
        assertTrue(refusal.contains("more decoding work than any honest picture"), refusal);
    }

    @Test
    void whatIsNotSupportedIsNamed() throws IOException {
        byte[] tiff = Files.readAllBytes(
                PictureReplayTest.cases().resolveSibling("bmp-tiff").resolve("tiff-rgb-1-little.tif"));
        for (int at = 10; at < tiff.length; at += 12) {
            if (tiff[at] == 3 && tiff[at + 1] == 1) {
                byte[] thunderScan = tiff.clone();
                thunderScan[at + 8] = (byte) (32809 & 0xFF);
                thunderScan[at + 9] = (byte) (32809 >> 8);
                FoveaException refused =
                        assertThrows(FoveaException.class, () -> Picture.read(new ByteArrayInputStream(thunderScan)));
                assertTrue(refused.getMessage().contains("compression 32809"), refused.getMessage());
                return;
            }
        }
        fail("no compression tag");
    }
}
