package dev.fovea.converter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A conversion that is killed at any moment leaves nothing that looks whole, and the next one cleans up and makes the
 * same bytes. {@code -Dfovea.kills=50} kills more.
 */
class KilledConversionTest {

    private static final int KILLS = Integer.getInteger("fovea.kills", 4);
    private static final long PAUSE_MILLIS = 4;

    @TempDir
    Path directory;

    /**
     * What is killed: a conversion that pauses after each piece, so that most of its time lies between the first and
     * the last.
     */
    static final class Slow {
        public static void main(String[] arguments) {
            new Converter()
                    .progress(bytes -> {
                        System.out.println("writing");
                        try {
                            Thread.sleep(PAUSE_MILLIS);
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    })
                    .convert(Path.of(arguments[0]), Path.of(arguments[1]));
        }
    }

    @Test
    @Timeout(600)
    void theNextRunCompletes() throws Exception {
        Path source =
                Case.named("openai-vit").unpack(directory.resolve("source")).resolve("openai-vit.pt");
        Path place = directory.resolve("place");
        Path output = Files.createDirectory(place).resolve("clip");
        new Converter().convert(source, output);
        Map<String, Integer> expected = contents(output);
        delete(output);
        SplittableRandom random = new SplittableRandom(9);
        int inTheMiddle = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Process process = start(source, output);
            if (kill % 4 != 0) {
                process.inputReader().readLine(); // the others may die before they write
            }
            process.waitFor(random.nextLong(400), TimeUnit.MILLISECONDS);
            process.destroyForcibly().waitFor();
            boolean whole = Files.exists(output);
            inTheMiddle += !whole && !names(place).isEmpty() ? 1 : 0;
            if (whole) {
                assertEquals(expected, contents(output), "kill " + kill);
                delete(output);
            }
            new Converter().convert(source, output);
            assertEquals(expected, contents(output), "kill " + kill);
            assertEquals(List.of("clip"), names(place), "kill " + kill);
            delete(output);
        }
        assertTrue(inTheMiddle > 0, "no kill met a conversion at work");
    }

    private static Process start(Path source, Path output) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return new ProcessBuilder(
                        java.toString(),
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Slow.class.getName(),
                        source.toString(),
                        output.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static Map<String, Integer> contents(Path folder) throws IOException {
        Map<String, Integer> contents = new TreeMap<>();
        for (String name : names(folder)) {
            contents.put(name, Arrays.hashCode(Files.readAllBytes(folder.resolve(name))));
        }
        return contents;
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static void delete(Path folder) throws IOException {
        for (String name : names(folder)) {
            Files.delete(folder.resolve(name));
        }
        Files.delete(folder);
    }
}
