package dev.fovea.tensor.observe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.kit.BackendContract;
import dev.fovea.tensor.observe.RecordingBackend.Recording;
import dev.fovea.tensor.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecordingBackendTest extends BackendContract {

    /** A recorder changes nothing: it keeps the contract itself. */
    @Override
    protected Backend open(int threads) {
        return new RecordingBackend(new ReferenceBackend(), name -> true, recording -> {});
    }

    @Override
    protected boolean reusesMemory() {
        return false;
    }

    private static Weight.Linear layer(Backend backend, String... names) {
        List<WeightData> parts = new ArrayList<>();
        for (String name : names) {
            parts.add(WeightData.of(name, Shape.of(2, 2), 1, 2, 3, 4));
        }
        return backend.linearWeight(parts, List.of(), null);
    }

    @Test
    void namesFollowTheScopes() {
        RecordingBackend backend = new RecordingBackend(new ReferenceBackend());
        Weight.Linear fused =
                layer(backend, "vision.layers.0.attn.q.weight", "vision.layers.0.attn.k.weight", "other.v.weight");
        Weight.Linear projection = layer(backend, "projection.weight");
        backend.scoped("vision", () -> {
            Tensor x = backend.tensor(1, 2, new float[] {1, 2});
            for (int i = 0; i < 2; i++) {
                Tensor before = x;
                x = backend.scoped("layers." + i, () -> {
                    backend.linear(before, fused, Fusion.NONE);
                    Tensor sum = backend.add(before, before);
                    return backend.scoped("", () -> backend.add(sum, sum));
                });
            }
            return backend.linear(x, projection, Fusion.NONE);
        });
        backend.softmax(backend.tensor(1, 1, new float[1]));
        assertEquals(
                List.of(
                        "vision.layers.0.linear(attn.q+k+other.v)",
                        "vision.layers.0.add",
                        "vision.layers.0.add#2",
                        "vision.layers.0",
                        "vision.layers.1.linear(vision.layers.0.attn.q+k+other.v)",
                        "vision.layers.1.add",
                        "vision.layers.1.add#2",
                        "vision.layers.1",
                        "vision.linear(projection)",
                        "vision",
                        "softmax"),
                List.copyOf(backend.recordings().keySet()));
        assertArrayEquals(
                new float[] {16, 32},
                backend.recordings().get("vision.layers.1").values());
        assertArrayEquals(
                new float[] {16 + 64, 48 + 128},
                backend.recordings().get("vision").values());
    }

    @Test
    void scopesThatRunTwiceAreCountedWithinTheirCallerOnly() {
        RecordingBackend backend = new RecordingBackend(new ReferenceBackend());
        for (int call = 1; call <= 2; call++) {
            float value = call;
            backend.scoped("model", () -> {
                for (int i = 0; i < 2; i++) {
                    backend.scoped("block", () -> backend.tensor(1, 1, new float[] {value}));
                }
                return null;
            });
        }
        assertEquals(
                Set.of("model.block", "model.block#2"), backend.recordings().keySet());
        assertEquals(2, backend.recordings().get("model.block#2").values()[0]);
        backend.clear();
        assertTrue(backend.recordings().isEmpty());
    }

    @Test
    void listsAreRecordedOneByOneAndFailuresLeaveTheScope() {
        RecordingBackend backend = new RecordingBackend(new ReferenceBackend());
        backend.scoped("list", () -> {
            assertThrows(
                    IllegalStateException.class,
                    () -> backend.scoped("fails", () -> {
                        throw new IllegalStateException();
                    }));
            Tensor x = backend.tensor(2, 1, new float[] {1, 2});
            return List.of(x.rows(0, 1), x);
        });
        assertEquals(
                List.of("list[0]", "list[1]"), List.copyOf(backend.recordings().keySet()));
        assertEquals(2, backend.recordings().get("list[1]").rows());
    }

    /** Two heads of one channel; the scores are log 3 apart, so the probabilities are 1/4 and 3/4. */
    @Test
    void attentionMapsAreProbabilities() {
        RecordingBackend backend = new RecordingBackend(new ReferenceBackend());
        float log3 = (float) Math.log(3);
        Tensor queries = backend.tensor(3, 2, new float[] {1, 0, 2, 1, 9, 9});
        Tensor keys = backend.tensor(3, 2, new float[] {0, 0, log3, -log3, 5, 5});
        Segments segments = Segments.ofLengths(2, 1);
        AttentionShape causal = new AttentionShape(2, 1, AttentionShape.Mask.CAUSAL);
        backend.scoped("block", () -> backend.attention(queries, keys, keys, segments, segments, causal));
        Recording first = backend.recordings().get("block.attention.probabilities[0]");
        assertEquals(4, first.rows());
        assertEquals(2, first.columns());
        assertArrayEquals(new float[] {1, 0, 0.1f, 0.9f, 1, 0, 0.75f, 0.25f}, first.values(), 1e-6f);
        assertArrayEquals(
                new float[] {1, 1},
                backend.recordings().get("block.attention.probabilities[1]").values());
    }

    /** The map times the values is what attention returns, whatever the heads, masks and mappings. */
    @Test
    void attentionMapsExplainTheResult() {
        RecordingBackend backend = new RecordingBackend(new ReferenceBackend());
        int heads = 3;
        float[] numbers = new float[5 * heads * 4];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) Math.sin(i * 1.7);
        }
        Tensor x = backend.tensor(5, heads * 4, numbers);
        Segments queries = Segments.mapped(new int[] {0, 2, 3}, new int[] {4, 1, 2});
        Segments keys = Segments.mapped(new int[] {0, 3, 5}, new int[] {0, 0, 3, 2, 1});
        for (AttentionShape.Mask mask : AttentionShape.Mask.values()) {
            backend.clear();
            float[] result = backend.attention(x, x, x, queries, keys, new AttentionShape(heads, 0.5f, mask))
                    .toArray();
            for (int segment = 0; segment < 2; segment++) {
                Recording map = backend.recordings().get("attention.probabilities[" + segment + "]");
                for (int place = 0; place < map.rows(); place++) {
                    int head = place / queries.length(segment);
                    int row = queries.row(queries.start(segment) + place % queries.length(segment));
                    for (int column = head * 4; column < head * 4 + 4; column++) {
                        double sum = 0;
                        for (int key = 0; key < map.columns(); key++) {
                            int keyRow = keys.row(keys.start(segment) + key);
                            sum += map.values()[place * map.columns() + key] * numbers[keyRow * heads * 4 + column];
                        }
                        assertEquals(sum, result[row * heads * 4 + column], 1e-6);
                    }
                }
            }
        }
    }

    @Test
    void onlyWhatIsWantedIsCopied() {
        List<String> heard = new ArrayList<>();
        RecordingBackend backend = new RecordingBackend(
                new ReferenceBackend(), name -> name.endsWith("softmax"), recording -> heard.add(recording.name()));
        backend.scoped("a", () -> backend.softmax(backend.add(one(backend), one(backend))));
        assertEquals(List.of("a.softmax"), heard);
        assertTrue(backend.recordings().isEmpty());
    }

    private static Tensor one(Backend backend) {
        return backend.tensor(1, 1, new float[] {1});
    }

    @Test
    void threadsDoNotMixTheirNames() throws Exception {
        RecordingBackend backend = new RecordingBackend(new ReferenceBackend());
        try (ExecutorService executor = Executors.newFixedThreadPool(8)) {
            List<Future<Tensor>> calls = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                int number = i;
                calls.add(executor.submit(() -> backend.scoped("call" + number, () -> {
                    Tensor value = backend.tensor(1, 1, new float[] {number});
                    return backend.scoped("inner", () -> backend.add(value, value));
                })));
            }
            for (Future<Tensor> call : calls) {
                call.get();
            }
        }
        Set<String> expected = ConcurrentHashMap.newKeySet();
        IntStream.range(0, 64)
                .forEach(i -> expected.addAll(List.of("call" + i, "call" + i + ".inner", "call" + i + ".inner.add")));
        assertEquals(
                expected,
                backend.recordings().values().stream().map(Recording::name).collect(Collectors.toSet()));
        assertEquals(14, backend.recordings().get("call7").values()[0]);
    }
}
