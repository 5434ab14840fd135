package dev.fovea.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fovea.tensor.kit.Surface;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServiceSurfaceTest {

    @Test
    void signaturesNameOnlyWhatIsExported() throws IOException {
        Surface.of(Path.of("target/classes")).requireNoLeaks();
    }

    @Test
    void oneTypeForEachProtocolIsAll() throws IOException {
        Surface surface = Surface.of(Path.of("target/classes"));
        assertEquals(
                List.of(
                        "dev.fovea.service.FoveaMcp",
                        "dev.fovea.service.FoveaMcp$Builder",
                        "dev.fovea.service.FoveaService",
                        "dev.fovea.service.FoveaService$Builder"),
                surface.types());
    }
}
