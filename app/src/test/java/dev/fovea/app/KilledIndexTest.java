package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.search.PhotoIndex;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * An index whose process is killed without a warning at random moments, or that finds no room on the disk: the next run
 * completes it, nothing is lost or there twice. {@code -Dfovea.kills=100} kills more often than the build does.
 */
@DisabledOnOs(OS.WINDOWS)
class KilledIndexTest {

    private static final int PICTURES = 300;
    private static final int KILLS = Integer.getInteger("fovea.kills", 4);

    @TempDir
    static Path directory;

    private static Path model;
    private static Path photos;
    private static Map<Path, float[]> expected;

    @BeforeAll
    static void pictures() throws IOException {
        model = TinyClip.write(directory.resolve("model"));
        photos = directory.resolve("photos");
        for (int i = 0; i < PICTURES; i++) {
            Path file = ClassifyCommandTest.picture(photos.resolve("%03d.png".formatted(i)), i * 0x20305 + 1);
            Files.setLastModifiedTime(file, FileTime.fromMillis(1_600_000_000_000L));
        }
        Path undisturbed = directory.resolve("undisturbed");
        assertEquals(
                0,
                Ran.fovea("index", photos, "--into", undisturbed, "--model", model)
                        .exit());
        expected = vectors(undisturbed);
        assertEquals(PICTURES, expected.size());
    }

    private static Map<Path, float[]> vectors(Path index) {
        Map<Path, float[]> vectors = new TreeMap<>();
        int[] count = new int[1];
        try (PhotoIndex photos = PhotoIndex.open(index)) {
            photos.forEach((file, vector) -> {
                vectors.put(file, vector);
                count[0]++;
            });
        }
        assertEquals(count[0], vectors.size(), "a picture is there twice");
        return vectors;
    }

    /** The command in a process of its own, after a line of shell. */
    private static Process process(String shell, Path index, Path err) throws IOException {
        return Ran.process(
                shell, List.of("-Dfovea.search.commit=20"), err, "index", photos, "--into", index, "--model", model);
    }

    private static void assertCompletes(Path index) throws IOException {
        Ran rest = Ran.fovea("index", photos, "--into", index, "--model", model, "--json");
        assertEquals(0, rest.exit(), rest.err());
        JsonNode report = rest.json();
        assertEquals(PICTURES, report.get("pictures").asInt());
        assertEquals(
                PICTURES, report.get("added").asInt() + report.get("unchanged").asInt(), report.toString());
        Map<Path, float[]> found = vectors(index);
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((file, vector) -> {
            for (int i = 0; i < vector.length; i++) {
                assertEquals(vector[i], found.get(file)[i], 1e-6f, file.toString());
            }
        });
    }

    @Test
    void theNextRunCompletesWhatAKilledOneBegan() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int begun = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Path index = directory.resolve("killed-" + kill);
            Process process = process("", index, directory.resolve("err"));
            int commits = (kill % 2) * (2 + random.nextInt(8)); // 0: at any time from its start on
            while (process.isAlive() && commits(index) < commits) {
                Thread.onSpinWait();
            }
            process.waitFor(random.nextInt(commits == 0 ? 1500 : 50), TimeUnit.MILLISECONDS);
            process.destroyForcibly();
            assertTrue(process.waitFor(1, TimeUnit.MINUTES));
            begun += commits(index) > 0 && !vectors(index).isEmpty() ? 1 : 0;
            assertCompletes(index);
        }
        assertTrue(begun > 0, "every run was killed before it wrote anything, seed " + seed);
    }

    /** Returns how often an index was committed. */
    private static long commits(Path index) throws IOException {
        if (!Files.isDirectory(index)) {
            return 0;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(index, "segments_*")) {
            long commits = 0;
            for (Path file : files) {
                String name = file.getFileName().toString();
                commits = Math.max(commits, Long.parseLong(name.substring("segments_".length()), 36));
            }
            return commits;
        }
    }

    /** Files that may not grow are what a full disk is: one line, and what was committed counts. */
    @Test
    void aFullDiskIsOneLineAndTheNextRunCompletes() throws Exception {
        Path index = directory.resolve("full");
        Path err = directory.resolve("full-err");
        Process process = process("ulimit -f 12; ", index, err);
        assertTrue(process.waitFor(2, TimeUnit.MINUTES));
        List<String> lines = Files.readAllLines(err).stream()
                .filter(line -> !line.startsWith("WARNING: Using incubator"))
                .toList();
        assertEquals(1, process.exitValue(), lines.toString());
        assertEquals(1, lines.size(), lines.toString());
        assertTrue(lines.getFirst().contains("cannot be written"), lines.toString());
        assertCompletes(index);
    }
}
