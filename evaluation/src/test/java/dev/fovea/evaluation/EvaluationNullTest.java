package dev.fovea.evaluation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.evaluation.metrics.Box;
import dev.fovea.evaluation.metrics.Mask;
import dev.fovea.evaluation.metrics.ScoredCaption;
import dev.fovea.tensor.kit.Nulls;
import dev.fovea.tensor.kit.Surface;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/** Null for any parameter of any public method is one line that names what is null. */
class EvaluationNullTest {

    @Test
    void everyParameterOfEveryExportedTypeIsNamed() throws Exception {
        int calls = new Nulls()
                .with(new double[0][])
                .with(ToDoubleFunction.class, (ToDoubleFunction<Object>) drawn -> 0)
                .with(new Box(0, 0, 1, 1))
                .with(Mask.ofPolygons(List.of(), 1, 1))
                .with(new ScoredCaption(List.of(), List.of(List.of())))
                .check(Surface.of(Path.of("target/classes")));
        assertTrue(calls > 40, calls + " calls");
    }
}
