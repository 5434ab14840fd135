package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * JPEG files of every kind, whole and damaged, give Pillow's pixels or are refused where it refuses ({@code
 * oracle/jpeg_cases.py}).
 */
class JpegReplayTest {
    static Path cases() {
        try {
            return Path.of(JpegReplayTest.class.getResource("jpeg").toURI());
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static JsonValue recorded(String name) {
        return JsonReader.readObject(cases().resolve("cases.json")).get(name);
    }

    static Stream<JsonValue> files() {
        return recorded("cases").items().stream();
    }

    static JpegKernels[] kernels() {
        JpegKernels plain = new JpegPlainKernels();
        return JpegVectorKernels.fits()
                ? new JpegKernels[] {plain, new JpegVectorKernels()}
                : new JpegKernels[] {plain};
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyFileGivesPillowsAnswer(JsonValue recorded) throws IOException {
        byte[] file = Files.readAllBytes(cases().resolve(recorded.get("file").text(null)));
        check(file, 1, recorded.get("answer"));
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyDraftIsPillows(JsonValue recorded) throws IOException {
        byte[] file = Files.readAllBytes(cases().resolve(recorded.get("file").text(null)));
        for (int i = 0; i < 3; i++)
            check(file, 2 << i, recorded.get("drafts").items().get(i));
    }

    @Test
    void aFileCutAnywhereGivesPillowsAnswer() throws IOException {
        byte[] file = Files.readAllBytes(cases().resolve("cut-anywhere.jpg"));
        Map<Integer, JsonValue> answers = new HashMap<>();
        for (JsonValue cut : recorded("cut").items())
            answers.put((int) cut.get("length").integer(0), cut.get("answer"));
        assertTrue(answers.size() > 5 && answers.size() < file.length / 2);
        for (int length = 0; length <= file.length; length++)
            check(Arrays.copyOf(file, length), 1, answers.get(length));
    }

    private static void check(byte[] file, int reduction, JsonValue answer) throws IOException {
        DraftReduction draft = (width, height) -> reduction;
        for (JpegKernels kernels : kernels()) {
            if (answer == null || !answer.isObject()) {
                String message = assertThrows(
                                BrokenPictureException.class,
                                () -> JpegDecoder.decode(file, DecodingBudget.ofWork(), draft, kernels))
                        .getMessage();
                assertEquals(1, message.lines().count());
                continue;
            }
            Picture picture = JpegDecoder.decode(file, DecodingBudget.ofWork(), draft, kernels);
            assertEquals(answer.get("width").integer(0), picture.width());
            assertEquals(answer.get("height").integer(0), picture.height());
            PictureMode mode = switch (answer.get("mode").text(null)) {
                case "L" -> PictureMode.GREY;
                case "RGB" -> PictureMode.RGB;
                default -> PictureMode.CMYK;
            };
            assertEquals(mode, picture.mode());
            assertEquals(
                    answer.get("sha").text(null),
                    sha(picture.samples()),
                    kernels.getClass().getSimpleName() + " at 1/" + reduction);
        }
    }

    private static String sha(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Test
    void whatNobodyDecodesIsRefusedByName() throws IOException {
        assertRefused("hierarchical", "hierarchical.jpg");
        assertRefused("lossless", "lossless.jpg");
        assertRefused("samples of 12 bits, expected 8", "twelve-bits.jpg");
        assertRefused("2 colour components, expected 1, 3 or 4", "two-components.jpg");
        assertRefused("no whole multiples", "sampling-3-to-2.jpg");
    }

    private static void assertRefused(String message, String name) throws IOException {
        byte[] file = Files.readAllBytes(cases().resolve(name));
        String actual = assertThrows(
                        BrokenPictureException.class,
                        () -> JpegDecoder.decode(file, DecodingBudget.ofWork(), DraftReduction.NONE))
                .getMessage();
        assertTrue(actual.contains(message), actual);
    }

    @Test
    void vectorLoopsGiveThePlainOnesBits() {
        assumeTrue(JpegVectorKernels.fits(), "no vectors of 256 bits");
        JpegKernels plain = new JpegPlainKernels();
        JpegKernels vector = new JpegVectorKernels();
        Random random = new Random(3);
        for (int round = 0; round < 2000; round++) {
            assertTransformsAlike(plain, vector, random);
            int width = 3 + random.nextInt(70);
            byte[] samples = new byte[3 * width + JpegKernels.MARGIN];
            random.nextBytes(samples);
            byte[] wide = new byte[2 * width + 2 * JpegKernels.MARGIN];
            byte[] wideVector = wide.clone();
            plain.both(samples, width, 2 * width, width, wide);
            vector.both(samples, width, 2 * width, width, wideVector);
            assertArrayEquals(Arrays.copyOf(wide, 2 * width), Arrays.copyOf(wideVector, 2 * width), "both");
            plain.across(samples, width, width, wide);
            vector.across(samples, width, width, wideVector);
            assertArrayEquals(Arrays.copyOf(wide, 2 * width), Arrays.copyOf(wideVector, 2 * width), "across");
            byte[] pixels = new byte[3 * width + random.nextInt(80)];
            byte[] pixelsVector = pixels.clone();
            plain.yccToRgb(samples, 0, samples, width, samples, 2 * width, width, pixels, 0);
            vector.yccToRgb(samples, 0, samples, width, samples, 2 * width, width, pixelsVector, 0);
            assertArrayEquals(Arrays.copyOf(pixels, 3 * width), Arrays.copyOf(pixelsVector, 3 * width), "colours");
        }
    }

    /** Transforms as many blocks as a batch may hold, of which some are flat and some overflow. */
    private static void assertTransformsAlike(JpegKernels plain, JpegKernels vector, Random random) {
        int blocks = 1 + random.nextInt(JpegBatch.BLOCKS);
        JpegBatch plainBatch = new JpegBatch();
        JpegBatch vectorBatch = new JpegBatch();
        int range = 1 << 1 + random.nextInt(16);
        int places = 1 + random.nextInt(64);
        int rows = random.nextInt(3) == 0 ? 1 : 8;
        for (int block = 0; block < blocks; block++) {
            for (int i = random.nextInt(places + 1); i > 0; i--) {
                int place = random.nextInt(8 * (random.nextInt(3) == 0 ? 1 : rows));
                short value = (short) (random.nextInt(range) - range / 2);
                for (JpegKernels kernels : new JpegKernels[] {plain, vector}) {
                    JpegBatch batch = kernels == plain ? plainBatch : vectorBatch;
                    int lane = kernels.lane(block);
                    batch.coefficients[(place << JpegBatch.SHIFT) + lane] = value;
                    batch.seen[lane] |= (byte) place;
                }
            }
        }
        int stride = 8 * (JpegBatch.BLOCKS + JpegKernels.SPARE_BLOCKS);
        byte[] expected = new byte[8 * stride];
        byte[] actual = new byte[8 * stride];
        plain.transform(plainBatch, blocks, expected, 0, stride);
        vector.transform(vectorBatch, blocks, actual, 0, stride);
        for (int y = 0; y < 8; y++) {
            int from = y * stride;
            assertArrayEquals(
                    Arrays.copyOfRange(expected, from, from + 8 * blocks),
                    Arrays.copyOfRange(actual, from, from + 8 * blocks),
                    "transform");
        }
    }
}
