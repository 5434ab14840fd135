package dev.fovea.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.benchmarks.Contestant.Entrant;
import dev.fovea.benchmarks.Contestant.Times;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Precision;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrecisionTableTest {

    private static final Agreement GOOD = new Agreement(1e-6, 1);

    private final Results results = new Results(List.of(
            new Entrant("Fovea", Precision.F32, true),
            new Entrant("Fovea int16", Precision.INT16, true),
            new Entrant("Fovea int8", Precision.INT8, true),
            new Entrant("torch", Precision.F32, false),
            new Entrant("openvino", Precision.F32, false),
            new Entrant("openvino bf16", Precision.BF16, false)));

    private void add(Work work, int contestant, double... milliseconds) {
        results.add(work, contestant, Times.of(milliseconds, GOOD));
    }

    @Test
    void setsEveryPrecisionBesideItsRival() {
        Work work = Work.named("image-1");
        add(work, 0, 100, 120, 80);
        results.add(work, 1, Times.of(new double[] {30}, new Agreement(4e-4, 0.999999)));
        results.add(work, 1, Times.of(new double[] {50}, new Agreement(5e-4, 0.999998)));
        add(work, 2, 20);
        add(work, 3, 200);
        add(work, 4, 125);
        add(work, 5, 80);
        String table = new PrecisionTable(results).table();
        assertTrue(table.contains("| image-1 | Fovea | 100.0 (80.0) | 0.80 | 1.00 | 1.0e-06 | 1.000000 |"), table);
        assertTrue(table.contains("| image-1 | Fovea int16 | 40.0 (30.0) | 0.50 | 0.40 | 5.0e-04 | 0.999998 |"), table);
        assertTrue(table.contains("| image-1 | Fovea int8 | 20.0 (20.0) |  | 0.20 |"), table);
        assertTrue(table.contains("| image-1 | openvino bf16 | 80.0 (80.0) |  | 0.80 |"), table);
    }

    @Test
    void countsTokensThatChange() {
        Work work = Work.named("generate-4");
        results.add(work, 0, new Times(new double[] {9}, Agreement.UNKNOWN, new int[] {1, 2, 3, 4}));
        results.add(work, 1, new Times(new double[] {5}, Agreement.UNKNOWN, new int[] {1, 7, 3, 4}));
        results.add(work, 3, new Times(new double[] {20}, Agreement.UNKNOWN, new int[] {1, 2, 3, 4}));
        String table = new PrecisionTable(results).table();
        assertTrue(table.contains("| generate-4 | Fovea | 9.0 (9.0) | 0.45 | 1.00 | 0 of 4 tokens |"), table);
        assertTrue(table.contains("| Fovea int16 | 5.0 (5.0) |  | 0.56 | 1 of 4 tokens |"), table);
        assertFalse(table.contains("openvino"), table);
    }

    @Test
    void theTableOfF32HasARowForEachWork() {
        Results f32 = new Results(
                List.of(new Entrant("Fovea", Precision.F32, true), new Entrant("openvino", Precision.F32, false)));
        f32.add(Work.named("image-1"), 0, Times.of(new double[] {40}, GOOD));
        f32.add(Work.named("image-1"), 1, Times.of(new double[] {50}, new Agreement(2e-6, 1)));
        String table = f32.table(work -> 4e9, 200);
        assertTrue(table.contains("| image-1 | 40.0 (40.0) | 50.0 (50.0) | 0.80 | 50% | 2e-06 |"), table);
    }

    @Test
    void knowsWhichPeerHasWhichPrecision() {
        assertTrue(Peer.has("openvino", Precision.INT8));
        assertFalse(Peer.has("torch", Precision.INT8));
        assertFalse(Peer.has("onnxruntime", Precision.BF16));
        String message = assertThrows(FoveaException.class, () -> Peer.has("tensorrt", Precision.F32))
                .getMessage();
        assertEquals("no peer \"tensorrt\"; expected onnxruntime, openvino, torch", message);
    }

    @Test
    void leavesOutWhatTheMachineComputesAsF32() {
        List<Precision> had = List.of(Precision.F32, Precision.INT8);
        NativePrecisions found =
                NativePrecisions.among(List.of(Precision.INT8, Precision.BF16, Precision.F32, Precision.INT8), had);
        assertEquals(List.of(Precision.INT8, Precision.F32), found.present());
        assertTrue(found.remark().contains("bf16"), found.remark());
        assertEquals("", NativePrecisions.among(had, had).remark());
        assertThrows(FoveaException.class, () -> NativePrecisions.among(List.of(Precision.BF16), had));
    }

    @Test
    void countsTheLeastNumberOfChanges() {
        assertEquals(0, TokenChanges.between(new int[] {5, 6}, new int[] {5, 6}));
        assertEquals(1, TokenChanges.between(new int[] {5, 6, 7}, new int[] {5, 7}));
        assertEquals(3, TokenChanges.between(new int[] {1, 2, 3}, new int[0]));
        assertEquals(2, TokenChanges.between(new int[] {1, 2, 3, 4}, new int[] {2, 3, 9}));
    }
}
