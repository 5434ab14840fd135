package dev.fovea.converter;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.kit.Nulls;
import dev.fovea.tensor.kit.Surface;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Null for any parameter of any public method is one line that names what is null. */
class NullTest {

    @Test
    void everyParameterOfEveryExportedTypeIsNamed() throws Exception {
        try (Backend backend = Backends.open("reference", 1)) {
            int calls = new Nulls()
                    .with(Backend.class, backend)
                    .with(LoadOptions.class, LoadOptions.DEFAULTS)
                    .with(DType.class, DType.F32)
                    .with(Precision.class, Precision.F32)
                    .with(Shape.class, Shape.of(1))
                    .with(Converter.class, new Converter())
                    .with(OutputChange.class, new OutputChange("logits", 1, 1, 0, 0))
                    .mayBeNull("Converter", "type") // as stored
                    .mayBeNull("Converter", "name") // as the files tell
                    .mayBeNull("Conversion", "change") // not measured
                    .mayBeNull("Conversion", "changeSkipped")
                    .check(Surface.of(Path.of("target/classes")));
            assertTrue(calls > 10, calls + " calls");
        }
    }
}
