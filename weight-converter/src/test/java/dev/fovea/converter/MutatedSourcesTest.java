package dev.fovea.converter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.fovea.converter.pytorch.PytorchFile;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files of PyTorch broken at random, always in the same ways: each is read and converted right, or refused with one
 * plain line, without much memory, and without anything left behind. {@code -Dfovea.mutations=10000} tries more.
 */
class MutatedSourcesTest {

    private static final int MUTATIONS = Integer.getInteger("fovea.mutations", 3_000);

    /** Far above what these small files need, far below what a lying number could ask for. */
    private static final long MOST_ALLOCATED = 64 << 20;

    private static final long[] NUMBERS = {
        0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000L, 0xFFFF_FFFFL, Long.MAX_VALUE, Long.MIN_VALUE, -1, -8
    };

    private static final String[] WORDS = {
        "cos\nsystem\n",
        "ctorch\nLongStorage\n",
        "c__torch__\nM\n",
        ")R",
        ")\u0081",
        "cnumpy\ndtype\n",
        "\u008f(N\u0090",
        "(N\u0091",
        ")}\u0092",
        "\u008b\0\0\0\u0040",
        "\u008e\u00ff\u00ff\u00ff\u00ff\0\0\0\0",
        "0",
        "1",
        "Q",
        "R",
        ".",
        "(",
        "t",
        "h\0",
        "q\0",
        "e",
        "u",
        "b",
        "N",
        "PK\1\2",
        "PK\3\4",
        "PK\5\6",
        "PK\6\6",
        "PK\6\7",
        "../../",
        "\1\0\30\0"
    };

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "every-type, zip.pt",
        "every-type, legacy.pt",
        "every-type, protocol4.pt",
        "beside-weights, zip.pt",
        "beside-weights, protocol5.pt",
        "beside-weights, legacy.pt"
    })
    @Timeout(600)
    void reading(String folder, String name) throws IOException {
        Path source = Case.named(folder).unpack(directory.resolve("source")).resolve(name);
        byte[] whole = Files.readAllBytes(source);
        Map<String, String> expected = read(source);
        SplittableRandom random = new SplittableRandom(name.hashCode());
        Path broken = directory.resolve("broken.pt");
        int survived = 0;
        for (int i = 0; i < MUTATIONS / 3; i++) {
            Files.write(broken, mutated(whole, random));
            long before = allocated();
            try {
                Map<String, String> found = read(broken);
                survived++;
                // A zip file knows by its checksums, the older format cannot.
                assertTrue(name.startsWith("legacy") || found.equals(expected), "mutation " + i);
            } catch (FoveaException e) {
                assertPlain(e, broken);
            }
            assertTrue(allocated() - before < MOST_ALLOCATED, "mutation " + i + " took " + (allocated() - before));
        }
        assertTrue(survived < MUTATIONS / 3 / 2, survived + " files were not even noticed");
    }

    private static Map<String, String> read(Path path) {
        try (PytorchFile file = PytorchFile.open(path)) {
            file.check();
            Map<String, String> contents = new TreeMap<>();
            file.tensors().forEach((name, tensor) -> {
                MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(tensor.bytes())]);
                tensor.copyTo(0, bytes);
                contents.put(
                        name,
                        tensor.dtype() + " " + tensor.shape() + Arrays.hashCode(bytes.toArray(ValueLayout.JAVA_BYTE)));
            });
            return contents;
        }
    }

    /** Fewer of them, since a conversion takes longer. */
    @ParameterizedTest
    @CsvSource({"hugging-face, pytorch_model-00001-of-00002.bin, 10", "openai-vit, openai-vit.pt, 100"})
    @Timeout(600)
    void converting(String name, String file, int fewer) throws IOException {
        Path folder = Case.named(name).unpack(directory.resolve("source"));
        Path weights = folder.resolve(file);
        byte[] whole = Files.readAllBytes(weights);
        Map<String, String> expected = converted(folder);
        Set<String> files = files();
        SplittableRandom random = new SplittableRandom(5);
        int refused = 0;
        for (int i = 0; i < MUTATIONS / fewer; i++) {
            Files.write(weights, mutated(whole, random));
            long before = allocated();
            try {
                assertEquals(expected, converted(folder), "mutation " + i);
            } catch (FoveaException e) {
                refused++;
                assertPlain(e, folder);
            }
            assertTrue(allocated() - before < MOST_ALLOCATED, "mutation " + i);
            assertEquals(files, files(), "mutation " + i);
        }
        assertTrue(refused > MUTATIONS / fewer / 2, refused + " were refused");
    }

    /** Converts, reads what came out, and deletes it. */
    private Map<String, String> converted(Path source) throws IOException {
        Path output = directory.resolve("converted");
        new Converter().convert(source, output);
        try (Checkpoint checkpoint = Checkpoint.open(output);
                Stream<Path> files = Files.list(output)) {
            Map<String, String> contents = checkpoint.tensors().stream()
                    .collect(Collectors.toMap(
                            TensorEntry::name,
                            tensor -> tensor.type()
                                    + tensor.shape()
                                    + tensor.data().asByteBuffer().hashCode()));
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(output);
            return contents;
        }
    }

    private Set<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.map(Path::toString).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static void assertPlain(FoveaException e, Path where) {
        String message = e.getMessage();
        assertEquals(1, message.lines().count(), message);
        assertTrue(message.startsWith(where.toString()) && message.contains(";"), message);
        assertTrue(message.length() < 1200 + where.toString().length(), message);
        assertTrue(message.chars().noneMatch(Character::isISOControl), message);
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    /**
     * One to four changes. Half of them at the pickle or the directory, which lie at the two ends of a file of PyTorch.
     */
    private static byte[] mutated(byte[] whole, SplittableRandom random) {
        byte[] bytes = whole.clone();
        int changes = random.nextInt(1, 5);
        for (int change = 0; change < changes && bytes.length > 8; change++) {
            int at = place(bytes, random);
            switch (random.nextInt(8)) {
                case 0, 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> bytes[at] = (byte) random.nextInt(256);
                case 3 -> overwrite(bytes, at, NUMBERS[random.nextInt(NUMBERS.length)], 1 << random.nextInt(4));
                case 4 -> bytes = inserted(bytes, at, WORDS[random.nextInt(WORDS.length)]);
                case 5 -> overwrite(bytes, at, WORDS[random.nextInt(WORDS.length)]);
                case 6 ->
                    bytes = random.nextInt(4) == 0
                            ? Arrays.copyOf(bytes, at)
                            : without(bytes, at, random.nextInt(1, 9));
                default -> bytes = duplicated(bytes, at, random.nextInt(1, 200));
            }
        }
        return bytes;
    }

    private static int place(byte[] bytes, SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(Math.min(bytes.length, 4000));
            case 1 -> bytes.length - 1 - random.nextInt(Math.min(bytes.length, 2000));
            default -> random.nextInt(bytes.length);
        };
    }

    private static void overwrite(byte[] bytes, int at, long number, int length) {
        for (int i = 0; i < length && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (number >> 8 * i);
        }
    }

    private static void overwrite(byte[] bytes, int at, String word) {
        for (int i = 0; i < word.length() && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) word.charAt(i);
        }
    }

    private static byte[] inserted(byte[] bytes, int at, String word) {
        byte[] longer = Arrays.copyOf(bytes, bytes.length + word.length());
        System.arraycopy(bytes, at, longer, at + word.length(), bytes.length - at);
        overwrite(longer, at, word);
        return longer;
    }

    /** Some bytes twice: entries of a directory, instructions, numbers. */
    private static byte[] duplicated(byte[] bytes, int at, int count) {
        int end = Math.min(bytes.length, at + count);
        byte[] longer = Arrays.copyOf(bytes, bytes.length + end - at);
        System.arraycopy(bytes, at, longer, end, bytes.length - at);
        return longer;
    }

    private static byte[] without(byte[] bytes, int at, int count) {
        int end = Math.min(bytes.length, at + count);
        byte[] shorter = Arrays.copyOf(bytes, bytes.length - (end - at));
        System.arraycopy(bytes, end, shorter, at, bytes.length - end);
        return shorter;
    }
}
