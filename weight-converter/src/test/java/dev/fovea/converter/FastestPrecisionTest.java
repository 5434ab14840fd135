package dev.fovea.converter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.files.DiskCache;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a model chooses for itself, and that it is measured only once. */
class FastestPrecisionTest {

    private static final LoadOptions ONE_THREAD = LoadOptions.DEFAULTS.withThreads(1);

    @TempDir
    Path directory;

    private Path model(String name, String file) throws IOException {
        Path source = Case.named(name).unpack(directory.resolve("source")).resolve(file);
        Path folder = directory.resolve("model");
        new Converter().convert(source, folder);
        return folder;
    }

    private DiskCache cache() {
        return new DiskCache(directory.resolve("cache"));
    }

    private List<Path> kept() throws IOException {
        if (!Files.exists(directory.resolve("cache"))) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory.resolve("cache"))) {
            return files.toList();
        }
    }

    @ParameterizedTest
    @CsvSource({"openai-vit, openai-vit.pt", "blip-caption, blip-caption.pth"})
    void isOneThatErrsLittle(String name, String file) throws IOException {
        FastestPrecision found = FastestPrecision.of(model(name, file), ONE_THREAD, cache());
        assertTrue(Backends.precisions(Backends.DEFAULT).contains(found.precision()), found.toString());
        assertTrue(found.error() <= FastestPrecision.LARGEST_ERROR, found.toString());
        assertEquals(found.precision() == Precision.F32, found.error() == 0, found.toString());
    }

    @Test
    void isMeasuredOnceForEachCheckpoint() throws IOException {
        Path folder = model("openai-vit", "openai-vit.pt");
        FastestPrecision measured = FastestPrecision.of(folder, ONE_THREAD, cache());
        if (kept().isEmpty()) {
            return; // nothing is faster than f32 here, so nothing is measured
        }
        assertEquals(measured, FastestPrecision.of(folder, ONE_THREAD, cache()));
        Path kept = kept().getFirst();
        Files.writeString(kept, "f32 0.5");
        assertEquals(
                new FastestPrecision(Precision.F32, 0.5),
                FastestPrecision.of(folder, ONE_THREAD, cache()),
                "what is kept counts");
        for (String damaged : new String[] {"", "int8", "int8 much", "int3 0.01", "\u0000\u0000 1"}) {
            Files.write(kept, damaged.getBytes(StandardCharsets.UTF_8));
            assertEquals(measured, FastestPrecision.of(folder, ONE_THREAD, cache()), damaged);
        }
        Files.writeString(folder.resolve("another.txt"), "the folder changed");
        assertEquals(measured, FastestPrecision.of(folder, ONE_THREAD, cache()));
        assertEquals(2, kept().size());
    }

    @Test
    void aBackendWithoutFasterArithmeticComputesInF32() throws IOException {
        Path folder = model("openai-vit", "openai-vit.pt");
        assertEquals(
                new FastestPrecision(Precision.F32, 0),
                FastestPrecision.of(folder, ONE_THREAD.withDevice("no such device"), cache()));
        assertEquals(List.of(), kept());
    }
}
