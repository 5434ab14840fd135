package dev.fovea.training;

import dev.fovea.tensor.kit.Surface;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TrainingSurfaceTest {

    @Test
    void signaturesNameOnlyWhatIsExported() throws IOException {
        Surface.of(Path.of("target/classes")).requireNoLeaks();
    }
}
