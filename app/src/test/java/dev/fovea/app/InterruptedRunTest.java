package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.app.terminal.Style;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs over a folder that do not end as they began: killed, without room on the disk, with pictures that come and go.
 */
class InterruptedRunTest {

    private static final int PICTURES = 100;

    @TempDir
    static Path directory;

    private static Path model;

    @TempDir
    Path folder;

    @BeforeAll
    static void model() throws IOException {
        model = TinyClip.write(directory.resolve("model"));
    }

    private List<Path> pictures() {
        return IntStream.range(0, PICTURES)
                .mapToObj(i -> {
                    try {
                        return ClassifyCommandTest.picture(
                                folder.resolve("pictures/%03d.png".formatted(i)), i * 0x20305);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                })
                .toList();
    }

    private Ran whole(Path file) {
        return Ran.fovea("embed", folder.resolve("pictures"), "--model", model, "--to", file);
    }

    /** The command in a process of its own, after a line of shell. */
    private Process process(String shell, Path file, Path err) throws IOException {
        return Ran.process(shell, List.of(), err, "embed", folder.resolve("pictures"), "--model", model, "--to", file);
    }

    /** Killed without a warning while it writes, a run loses nothing and the next one writes nothing twice. */
    @DisabledOnOs(OS.WINDOWS)
    @ParameterizedTest
    @CsvSource({"r.jsonl, 5, 40", "r.npy, 20, 0"})
    void aKilledRunGoesOn(String name, int firstKill, int secondKill) throws Exception {
        pictures();
        Path undisturbed = folder.resolve("undisturbed-" + name);
        assertEquals(0, whole(undisturbed).exit());
        byte[] expected = Files.readAllBytes(undisturbed);
        Path file = folder.resolve(name);
        for (int part : new int[] {firstKill, secondKill}) {
            if (part == 0) {
                continue;
            }
            Process process = process("", file, folder.resolve("err"));
            long size = (long) expected.length * part / 100;
            while (process.isAlive() && (!Files.exists(file) || Files.size(file) < size)) {
                Thread.onSpinWait();
            }
            process.destroyForcibly();
            assertTrue(process.waitFor(1, TimeUnit.MINUTES));
            assertNotEquals(0, process.exitValue(), "it was done too soon");
            assertTrue(Files.size(file) >= size, Files.readString(folder.resolve("err")));
        }
        Ran rest = whole(file);
        assertEquals(0, rest.exit(), rest.err());
        assertTrue(rest.out().contains("were done before"), rest.out());
        assertArrayEquals(expected, Files.readAllBytes(file));
    }

    /**
     * A file that may not grow is what a full disk is: one line, and what was written counts when there is room again.
     */
    @DisabledOnOs(OS.WINDOWS)
    @ParameterizedTest
    @ValueSource(strings = {"r.jsonl", "r.npy"})
    void aFullDiskIsOneLineAndTheRunGoesOnLater(String name) throws Exception {
        pictures();
        Path undisturbed = folder.resolve("undisturbed-" + name);
        assertEquals(0, whole(undisturbed).exit());
        byte[] expected = Files.readAllBytes(undisturbed);
        Path file = folder.resolve(name);
        Path err = folder.resolve("err");
        Process process = process("ulimit -f " + expected.length / 1024 + "; ", file, err);
        assertTrue(process.waitFor(2, TimeUnit.MINUTES));
        assertEquals(1, process.exitValue(), Files.readString(err));
        List<String> lines = Files.readAllLines(err).stream()
                .filter(line -> !line.startsWith("WARNING: Using incubator"))
                .toList();
        assertEquals(1, lines.size(), lines.toString());
        assertTrue(lines.getFirst().contains("check the disk"), lines.toString());
        assertTrue(Files.size(file) > 0 && Files.size(file) < expected.length);
        Ran rest = whole(file);
        assertEquals(0, rest.exit(), rest.err());
        assertTrue(rest.out().contains("were done before"), rest.out());
        assertArrayEquals(expected, Files.readAllBytes(file));
    }

    /**
     * While the first answer is printed, of a hundred pictures some that nobody has read yet vanish, shrink, change or
     * appear.
     */
    @Test
    void aFolderThatChangesCostsNothingButWhatChanged() throws IOException {
        List<Path> files = pictures();
        ByteArrayOutputStream out = new ByteArrayOutputStream() {
            private boolean changed;

            @Override
            public synchronized void write(byte[] bytes, int from, int length) {
                super.write(bytes, from, length);
                if (!changed) {
                    changed = true;
                    change(files);
                }
            }
        };
        Ran ran = Ran.into(
                out, Style.plain(StandardCharsets.UTF_8), "embed", folder.resolve("pictures"), "--model", model);
        assertEquals(1, ran.exit());
        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals(PICTURES - 3, lines.size());
        List<String> errors = ran.err().lines().toList();
        assertEquals(3, errors.size(), ran.err());
        assertTrue(errors.get(0).contains("097.png is cut short or damaged"), ran.err());
        assertTrue(errors.get(1).contains("098.png"), ran.err());
        assertTrue(errors.get(2).contains("099.png does not exist"), ran.err());
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("096.png"));
    }

    private void change(List<Path> files) {
        try {
            byte[] whole = Files.readAllBytes(files.get(97));
            Files.write(files.get(97), Arrays.copyOf(whole, whole.length / 2));
            Files.writeString(files.get(98), "<html>not found</html>");
            Files.delete(files.get(99));
            Files.write(folder.resolve("pictures/new.png"), whole);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
