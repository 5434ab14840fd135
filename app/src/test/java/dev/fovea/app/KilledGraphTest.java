package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.files.NpyHeader;
import dev.fovea.search.PhotoIndex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * An index whose process is killed without a warning while the graph of its pictures is built: everything was committed
 * before, searches compare all, and the next run builds the graph. {@code -Dfovea.kills=100} kills more often.
 */
@DisabledOnOs(OS.WINDOWS)
class KilledGraphTest {

    /** More than the 20,000 from which on there is a graph. */
    private static final int PICTURES = 21_000;

    private static final int DIMENSION = 8;
    private static final int KILLS = Integer.getInteger("fovea.kills", 1);

    @TempDir
    static Path directory;

    private static Path model;
    private static Path vectors;

    @BeforeAll
    static void vectors() throws IOException {
        model = TinyClip.write(directory.resolve("model"));
        vectors = Files.createDirectories(directory.resolve("vectors"));
        Random random = new Random(1);
        ByteBuffer file = ByteBuffer.allocate(NpyHeader.BYTES + PICTURES * DIMENSION * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(NpyHeader.of(PICTURES, DIMENSION));
        for (int i = 0; i < PICTURES; i++) {
            double[] vector = random.doubles(DIMENSION, -1, 1).toArray();
            double length = Math.sqrt(IntStream.range(0, DIMENSION)
                    .mapToDouble(k -> vector[k] * vector[k])
                    .sum());
            for (double value : vector) {
                file.putFloat((float) (value / length));
            }
        }
        Files.write(vectors.resolve("vectors.npy"), file.array());
        List<String> names = IntStream.range(0, PICTURES)
                .mapToObj("{\"image\": \"/photos/%05d.jpg\"}"::formatted)
                .toList();
        Files.write(vectors.resolve("pictures.jsonl"), names);
    }

    @Test
    void whatWasCommittedStaysAndTheNextRunBuildsTheGraph() throws Exception {
        int killed = 0;
        Random random = new Random();
        for (int kill = 0; kill < KILLS; kill++) {
            Path index = directory.resolve("killed-" + kill);
            Process process = Ran.process(
                    "", List.of(), directory.resolve("err"), "import", vectors, "--into", index, "--model", model);
            while (process.isAlive() && pictures(index) < PICTURES) {
                Thread.sleep(5);
            }
            killed += process.waitFor(random.nextInt(200), TimeUnit.MILLISECONDS) ? 0 : 1;
            process.destroyForcibly();
            assertTrue(process.waitFor(1, TimeUnit.MINUTES));
            assertEquals(PICTURES, pictures(index));
            assertEquals(0, Ran.fovea("search", index, "a frog", "--top", 3).exit());

            Ran again = Ran.fovea("import", vectors, "--into", index, "--model", model, "--json");
            assertEquals(0, again.exit(), again.err());
            assertEquals(PICTURES, again.json().get("pictures").asInt());
            assertEquals(PICTURES, pictures(index));
            try (Stream<Path> files = Files.list(index)) {
                assertFalse(files.anyMatch(file -> file.toString().endsWith(".tmp")));
            }
        }
        assertTrue(killed > 0, "every run had ended before it was killed");
    }

    /** Returns how many pictures were committed. */
    private static int pictures(Path index) throws IOException {
        if (!Files.isDirectory(index)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(index)) {
            if (files.noneMatch(file -> file.getFileName().toString().startsWith("segments_"))) {
                return 0;
            }
        }
        try (PhotoIndex photos = PhotoIndex.open(index)) {
            return photos.info().pictures();
        }
    }
}
