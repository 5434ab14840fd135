package dev.fovea.tensor.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.FoveaException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files broken at random, always the same ones: each opens and can be read, or is refused with one plain line. */
class MutatedFilesTest {

    private static final int MUTATIONS = 3_000;

    /** Far above what these small files need, far below what a lying number could ask for. */
    private static final long MOST_ALLOCATED = 1 << 20;

    private static final String[] NUMBERS = {
        "0",
        "1",
        "4294967296",
        "2147483648",
        "1152921504606846976",
        "4611686018427387904",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551600",
        "18446744073709551615",
        "18446744073709551616"
    };

    private static final String[] WORDS = {
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "0",
        "-1",
        "1e9",
        "null",
        "\\u0000",
        "\\ud800",
        " ",
        "\u0000",
        "\u00ff",
        "[[[[",
        "4294967296",
        "2147483648",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "\"F32\"",
        "\"F4\"",
        "\"C64\"",
        "\"__metadata__\"",
        "\"dtype\"",
        "\"shape\"",
        "\"data_offsets\":[0,0]",
        "\"weight_map\":{",
        "../",
        "model.safetensors"
    };

    @TempDir
    Path folder;

    private final SplittableRandom random = new SplittableRandom(2026);
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private int opened;
    private int refused;

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = MutatedFilesTest.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void mutatedFilesOpenOrAreRefused() throws IOException {
        byte[] large = resource("every-dtype.safetensors");
        byte[] small = SafetensorsFiles.bytes(
                "{\"__metadata__\":{\"format\":\"pt\"}," + SafetensorsFiles.entry("a", "F32", "[2,3]", 0, 24) + ","
                        + SafetensorsFiles.entry("b", "F16", "[0]", 24, 24) + ","
                        + SafetensorsFiles.entry("c", "BF16", "[]", 24, 26)
                        + "}",
                26);
        Path file = folder.resolve("model.safetensors");
        warmUp(file, large);
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] mutated = mutate(i % 3 == 0 ? large : small);
            rewrite(file, mutated);
            tryToOpen(file, mutated);
        }
        assertBothHappen();
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void mutatedIndexesOpenOrAreRefused() throws IOException {
        Path inner = Files.createDirectories(folder.resolve("inner"));
        byte[] a = SafetensorsFiles.bytes("{" + SafetensorsFiles.entry("a", "U8", "[1]", 0, 1) + "}", 1);
        byte[] b = SafetensorsFiles.bytes("{" + SafetensorsFiles.entry("b", "U8", "[1]", 0, 1) + "}", 1);
        Files.write(inner.resolve("1.safetensors"), a);
        Files.write(inner.resolve("2.safetensors"), b);
        Files.write(folder.resolve("1.safetensors"), a);
        byte[] index = ("{\"metadata\":{\"total_size\":2},\n"
                        + "\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}}")
                .getBytes(StandardCharsets.UTF_8);
        Path file = inner.resolve("model.safetensors.index.json");
        warmUp(file, index);
        for (int i = 0; i < MUTATIONS / 3; i++) {
            byte[] mutated = mutate(index);
            rewrite(file, mutated);
            tryToOpen(inner, mutated);
        }
        assertBothHappen();
    }

    /** The first call of anything allocates for classes and call sites, which is not what is measured. */
    private void warmUp(Path file, byte[] content) throws IOException {
        rewrite(file, content);
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            checkpoint.tensors().forEach(MutatedFilesTest::read);
        }
        rewrite(file, Arrays.copyOf(content, content.length - 1));
        assertThrows(FoveaException.class, () -> Checkpoint.open(file));
    }

    /** A new file each time: some file systems flush one that is truncated and written again. */
    private static void rewrite(Path file, byte[] content) throws IOException {
        Files.deleteIfExists(file);
        Files.write(file, content);
    }

    private void assertBothHappen() {
        assertTrue(opened > 0 && refused > opened, opened + " opened, " + refused + " refused");
    }

    private void tryToOpen(Path path, byte[] content) {
        long before = threads.getCurrentThreadAllocatedBytes();
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            checkpoint.tensors().forEach(MutatedFilesTest::read);
            opened++;
        } catch (FoveaException e) {
            assertEquals(1, e.getMessage().lines().count(), e::getMessage);
            assertTrue(e.getMessage().length() < 1_000, e::getMessage);
            refused++;
        } catch (RuntimeException | Error e) {
            throw new AssertionError("neither opened nor refused: " + Arrays.toString(content), e);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < MOST_ALLOCATED, () -> allocated + " bytes allocated for " + Arrays.toString(content));
    }

    private static void read(TensorEntry tensor) {
        tensor.data().toArray(ValueLayout.JAVA_BYTE);
        if (tensor.dtype().filter(DType::isFloating).isPresent()) {
            assertEquals(tensor.shape().elements(), tensor.weight().toFloats().length);
        }
    }

    private byte[] mutate(byte[] original) {
        byte[] content = original;
        for (int left = 1 + random.nextInt(3); left > 0 && content.length > 0; left--) {
            content = switch (random.nextInt(10)) {
                case 0 -> flipBit(content, content.length);
                case 1 -> flipBit(content, Math.min(content.length, 300));
                case 2 -> flipBit(content, Math.min(content.length, 8));
                case 3 -> Arrays.copyOf(content, random.nextInt(content.length + 1));
                case 4 -> Arrays.copyOf(content, content.length + 1 + random.nextInt(20));
                case 5 -> splice(content, WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.UTF_8), 0);
                case 6 -> splice(content, new byte[0], 1 + random.nextInt(20));
                case 7 -> repeatPart(content);
                default -> replaceNumber(content);
            };
        }
        // Half of the time the length is put right again, so that mutations reach past the first check.
        return random.nextBoolean() ? withHonestLength(content) : content;
    }

    private byte[] flipBit(byte[] content, int within) {
        byte[] flipped = content.clone();
        flipped[random.nextInt(within)] ^= (byte) (1 << random.nextInt(8));
        return flipped;
    }

    /** Shapes and offsets that lie: the mutation that most often passes as JSON. */
    private byte[] replaceNumber(byte[] content) {
        int begin = random.nextInt(content.length);
        while (begin < content.length && !Character.isDigit(content[begin])) {
            begin++;
        }
        int end = begin;
        while (end < content.length && Character.isDigit(content[end])) {
            end++;
        }
        String number = random.nextBoolean() ? NUMBERS[random.nextInt(NUMBERS.length)] : "" + random.nextInt(64);
        return splice(content, number.getBytes(StandardCharsets.US_ASCII), begin, end - begin);
    }

    private byte[] splice(byte[] content, byte[] inserted, int removed) {
        return splice(content, inserted, random.nextInt(content.length), removed);
    }

    private static byte[] splice(byte[] content, byte[] inserted, int at, int removed) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(content, 0, at);
        out.writeBytes(inserted);
        int rest = Math.min(content.length, at + removed);
        out.write(content, rest, content.length - rest);
        return out.toByteArray();
    }

    private byte[] repeatPart(byte[] content) {
        int from = random.nextInt(content.length);
        byte[] part = Arrays.copyOfRange(content, from, Math.min(content.length, from + 1 + random.nextInt(80)));
        return splice(content, part, random.nextBoolean() ? part.length : 0);
    }

    /** The header length that ends after the last closing brace, if the file looks like safetensors. */
    private static byte[] withHonestLength(byte[] content) {
        int end = content.length;
        while (end > 8 && content[end - 1] != '}') {
            end--;
        }
        return end <= 8 || content[0] == '{'
                ? content
                : SafetensorsFiles.bytes(
                        Arrays.copyOfRange(content, 8, end), Arrays.copyOfRange(content, end, content.length));
    }
}
