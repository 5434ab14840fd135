package dev.fovea.hub;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.DownloadProgress;
import dev.fovea.models.LoadOptions;
import dev.fovea.tensor.kit.Nulls;
import dev.fovea.tensor.kit.Surface;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Null for any parameter of any public method is one line that names what is null. */
class NullTest {

    @Test
    void everyParameterOfEveryExportedTypeIsNamed() throws Exception {
        int calls = new Nulls()
                .with(LoadOptions.class, LoadOptions.DEFAULTS)
                .with(DownloadProgress.class, DownloadProgress.NONE)
                .with(ModelName.class, FakeHub.MODEL)
                .with(Hub.class, Hub.ofEnvironment().offline())
                .with(HubCache.class, new HubCache(Path.of("nowhere")))
                .with(HubRepository.class, new HubRepository())
                .check(Surface.of(Path.of("target/classes")));
        assertTrue(calls > 10, calls + " calls");
    }
}
