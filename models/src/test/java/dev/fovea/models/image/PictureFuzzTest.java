package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.fovea.tensor.FoveaException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pictures damaged along their structure are read or refused in one line, in little time and memory. Set the system
 * property {@code fovea.fuzz.pictures} to a number of mutants a format to run longer than the build does.
 */
class PictureFuzzTest {
    private static final int MUTANTS = Integer.getInteger("fovea.fuzz.pictures", 1500);
    private static final long SEED = Long.getLong("fovea.fuzz.seed", 1);
    private static final long MAX_NANOSECONDS = 2_000_000_000L;
    private static final long MAX_BYTES = 512L << 20;

    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** What this thread allocated so far. */
    private static long allocated() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }

    private static List<byte[]> seeds(String format) throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        try (Stream<Path> files = Files.list(PictureReplayTest.cases())) {
            for (Path file : files.sorted().toList()) {
                if (file.getFileName().toString().endsWith(format)) seeds.add(Files.readAllBytes(file));
            }
        }
        return seeds;
    }

    @ParameterizedTest
    @ValueSource(strings = {".png", ".gif", ".webp"})
    void mutantsArePicturesOrPlainErrors(String format) throws IOException {
        PictureMutator mutator = new PictureMutator(seeds(format), SEED);
        int pictures = 0;
        for (int i = 0; i < MUTANTS; i++) {
            byte[] mutant = mutator.next();
            String name = "mutant " + i + " of " + format + " with seed " + SEED;
            long bytes = allocated();
            long start = THREADS.getCurrentThreadCpuTime();
            try {
                Picture picture = Picture.read(new ByteArrayInputStream(mutant));
                byte[] row = new byte[3 * picture.width()];
                RgbConversion.convertRow(picture, picture.height() - 1, 0, picture.width(), row);
                pictures++;
            } catch (FoveaException plain) {
                assertEquals(1, plain.getMessage().lines().count(), name);
                // What decoders of ours do not expect must not be taken for damage.
                if (plain.getCause() instanceof RuntimeException bug) fail(name, bug);
            } catch (RuntimeException | StackOverflowError bug) {
                fail(name, bug);
            }
            assertTrue(THREADS.getCurrentThreadCpuTime() - start < MAX_NANOSECONDS, name + " is slow");
            assertTrue(allocated() - bytes < MAX_BYTES, name + " takes " + (allocated() - bytes) + " bytes");
        }
        System.out.println(format + ": " + pictures + " of " + MUTANTS + " mutants are pictures");
        assertTrue(pictures > MUTANTS / 10, "mutants are too broken to reach the decoders: " + pictures);
    }
}
