package dev.fovea.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.fovea.models.clip.Clip;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedBackendTest {

    @TempDir
    private Path folder;

    /**
     * Two models have one set of threads; it is there as long as one of them is open, however often another is closed.
     */
    @Test
    void modelsShareABackend() {
        SmallModel.CLIP.copy(folder);
        LoadOptions options = LoadOptions.DEFAULTS.withThreads(2);
        Clip first = Clip.load(folder, options);
        float[] vector = first.embed("a");
        try (Clip second = Clip.load(folder, options);
                Clip other = Clip.load(folder, options.withThreads(1))) {
            assertSame(first.backend(), second.backend());
            assertNotSame(first.backend(), other.backend());
            first.close();
            first.close();
            assertArrayEquals(vector, second.embed("a"));
        }
        try (Clip again = Clip.load(folder, options)) {
            assertNotSame(first.backend(), again.backend());
            assertArrayEquals(vector, again.embed("a"));
        }
    }
}
