package dev.fovea.tensor.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.kit.BackendContract;
import dev.fovea.tensor.observe.ProfilingBackend.Entry;
import dev.fovea.tensor.reference.ReferenceBackend;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProfilingBackendTest extends BackendContract {

    /** A profiler changes nothing: it keeps the contract itself. */
    @Override
    protected Backend open(int threads) {
        return new ProfilingBackend(new ReferenceBackend());
    }

    @Override
    protected boolean reusesMemory() {
        return false;
    }

    private static Tensor zeros(Backend backend, int rows, int columns) {
        return backend.tensor(rows, columns, new float[rows * columns]);
    }

    private static Entry only(ProfilingBackend backend, String operation) {
        List<Entry> found = backend.byOperation().stream()
                .filter(entry -> entry.operation().equals(operation))
                .toList();
        assertEquals(1, found.size(), operation);
        return found.getFirst();
    }

    @Test
    void linearLayersCountTwoForEveryProduct() {
        ProfilingBackend backend = new ProfilingBackend(new ReferenceBackend());
        Weight.Linear first = backend.linearWeight(
                List.of(WeightData.of("first.weight", Shape.of(5, 3), new float[15])), List.of(), null);
        Weight.Linear second = backend.linearWeight(
                List.of(WeightData.of("second.weight", Shape.of(2, 3), new float[6])), List.of(), null);
        Tensor x = zeros(backend, 7, 3);
        backend.linear(x, first, Fusion.NONE);
        backend.linear(x, first, Fusion.NONE.withResidual(zeros(backend, 7, 5)));
        backend.linear(x, second, Fusion.NONE);
        Entry linear = only(backend, "linear");
        assertEquals(3, linear.calls());
        assertEquals(2 * (2 * 7 * 5 * 3) + 2 * 7 * 2 * 3, linear.flop());
        double moved = 4 * (3 * 21 + 2 * 35 + 35 + 14) + 2.0 * first.bytes() + second.bytes();
        assertEquals(moved, linear.bytes());
        assertEquals("", linear.weight());
        List<Entry> byWeight = backend.byWeight();
        assertEquals(2, byWeight.size());
        Entry ofSecond = byWeight.stream()
                .filter(entry -> entry.weight().equals("second.weight"))
                .findFirst()
                .orElseThrow();
        assertEquals(1, ofSecond.calls());
        assertEquals(2 * 7 * 2 * 3, ofSecond.flop());
        assertTrue(ofSecond.nanos() > 0);
        assertEquals(ofSecond.flop() / ofSecond.nanos() * 1e9, ofSecond.flopPerSecond(), 1e-3);
        backend.reset();
        assertTrue(backend.byOperation().isEmpty());
    }

    @Test
    void attentionCountsTheKeysThatAreSeen() {
        ProfilingBackend backend = new ProfilingBackend(new ReferenceBackend());
        Tensor x = zeros(backend, 5, 4);
        Segments segments = Segments.ofLengths(3, 2);
        backend.attention(x, x, x, segments, segments, new AttentionShape(2, 1, AttentionShape.Mask.CAUSAL));
        assertEquals(
                2 * (1 + 2 + 3 + 1 + 2) * (4 + 4), only(backend, "attention").flop());
        assertEquals(4 * 4 * 20, only(backend, "attention").bytes());
    }

    @Test
    void convolutionsCountEveryTap() {
        ProfilingBackend backend = new ProfilingBackend(new ReferenceBackend());
        ConvolutionShape shape = new ConvolutionShape(4, 6, 3, 2, 1, 0, 2);
        Weight.Convolution weight =
                backend.convolutionWeight(WeightData.of("kernel", Shape.of(6, 2, 3, 2), new float[72]), null, shape);
        backend.convolution(zeros(backend, 20, 4), new Grid(1, 4, 5), weight, Activation.RELU);
        assertEquals(2 * (2 * 4) * 6 * (2 * 3 * 2), only(backend, "convolution").flop());
    }

    @Test
    void theSlowestComesFirstAndSharesAddUp() {
        ProfilingBackend backend = new ProfilingBackend(new ReferenceBackend());
        Tensor large = zeros(backend, 120, 120);
        Tensor small = zeros(backend, 1, 2);
        for (int i = 0; i < 20; i++) {
            backend.matmul(large, large);
            backend.add(small, small);
        }
        List<Entry> entries = backend.byOperation();
        assertEquals("matmul", entries.getFirst().operation());
        assertEquals("add", entries.getLast().operation());
        assertEquals(20 * 2.0 * 120 * 120 * 120, entries.getFirst().flop());
        List<String> lines = ProfilingBackend.table(entries).lines().toList();
        assertEquals(4, lines.size());
        assertTrue(lines.get(0).startsWith("operation"));
        assertTrue(lines.get(1).matches("matmul +20 +[0-9.]+ +[0-9.]+% +[0-9.]+ +[0-9.]+"), lines.get(1));
        assertTrue(lines.get(3).matches("all +40 +[0-9.]+ +100.0% .*"), lines.get(3));
        assertTrue(ProfilingBackend.table(List.of()).contains("0.0%"));
    }

    @Test
    void callersAddUp() {
        ProfilingBackend backend = new ProfilingBackend(new ReferenceBackend());
        IntStream.range(0, 200).parallel().forEach(i -> backend.softmax(zeros(backend, 2, 3)));
        assertEquals(200, only(backend, "softmax").calls());
        assertEquals(200 * 5 * 6, only(backend, "softmax").flop());
    }
}
