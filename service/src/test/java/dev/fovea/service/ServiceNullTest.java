package dev.fovea.service;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.tensor.kit.Nulls;
import dev.fovea.tensor.kit.Surface;
import java.io.OutputStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ServiceNullTest {

    @Test
    void everyParameterOfEveryExportedTypeIsNamed() throws Exception {
        int calls = new Nulls()
                .with(FoveaService.builder())
                .with(FoveaMcp.builder())
                .with(FoveaMcp.builder().open())
                .with(OutputStream.class, OutputStream.nullOutputStream())
                .with(LoadOptions.DEFAULTS)
                .check(Surface.of(Path.of("target/classes")));
        assertTrue(calls > 10, calls + " calls");
    }
}
