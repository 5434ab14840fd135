package dev.fovea.tensor.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.observe.TimelineBackend.Span;
import dev.fovea.tensor.reference.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimelineBackendTest {

    @Test
    void spansLieWithinEachOther() {
        TimelineBackend timeline = new TimelineBackend(new ReferenceBackend());
        Tensor x = timeline.tensor(2, 2, new float[] {1, 2, 3, 4});
        Tensor result =
                timeline.scoped("outer", () -> timeline.scoped("inner", () -> timeline.softmax(timeline.matmul(x, x))));
        assertEquals(2, result.rows());
        List<Span> spans = timeline.spans();
        assertEquals(
                List.of("matmul", "softmax", "inner", "outer"),
                spans.stream().map(Span::name).toList());
        assertEquals(List.of(2, 2, 1, 0), spans.stream().map(Span::depth).toList());
        assertEquals(16, spans.get(0).call().flop());
        assertNull(spans.get(3).call());
        for (int i = 0; i + 1 < spans.size(); i++) {
            Span outer = spans.get(Math.max(2, i + 1));
            assertTrue(outer.start() <= spans.get(i).start() && spans.get(i).end() <= outer.end());
        }
        timeline.close();
    }
}
