package dev.fovea.tensor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.kit.Surface;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What users see is small, and complete without what they do not see. */
class SurfaceTest {

    @Test
    void signaturesNameOnlyWhatIsExported() throws IOException {
        Surface.of(Path.of("target/classes")).requireNoLeaks();
    }

    /** Whoever adds a type that users must know raises this number, and says why in docs/decisions.md. */
    @Test
    void staysSmall() throws IOException {
        Surface surface = Surface.of(Path.of("target/classes"));
        assertTrue(surface.size() <= 38, () -> surface.size() + " public types: " + surface.types());
    }
}
