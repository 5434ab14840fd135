package dev.fovea.kernels.cpu.gemm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.kernels.cpu.CpuBackend;
import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.kernels.cpu.layout.TileHeights;
import dev.fovea.kernels.cpu.loops.KernelChoice;
import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.loops.VectorKernels;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The faster way to read weights is found, whatever single products were held up by. */
class PanelReadingTest {

    private static final PackedMatrix LARGE = new PackedMatrix(512, 1024, 32, DType.F32);
    private static final PackedMatrix SMALL = new PackedMatrix(64, 64, 32, DType.F32);
    private static final int TILES = 5;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theFasterWayIsUsed(boolean wholeFirstIsFaster) {
        PanelReading reading = new PanelReading(new TileHeights(12, 0));
        int timed = 0;
        for (PanelReading.Way way = reading.next(LARGE, TILES); way.isTimed(); way = reading.next(LARGE, TILES)) {
            boolean heldUp = ++timed % 7 == 0;
            reading.took(way, (way.wholeFirst() == wholeFirstIsFaster ? 90 : 100) + (heldUp ? 100_000 : 0), 1);
        }
        assertTrue(timed >= 200 && timed < 220, timed + " products timed");
        assertEquals(wholeFirstIsFaster, reading.next(LARGE, TILES).wholeFirst());
        assertEquals(wholeFirstIsFaster, reading.next(SMALL, 1).wholeFirst());
    }

    /** Both ways take turns in these calls, and are timed: the clock decides about time alone. */
    @Test
    void bothWaysHaveTheSameBits() {
        Random random = new Random(7);
        float[] matrix = new float[512 * 1024];
        float[] rows = new float[60 * 512];
        for (float[] values : new float[][] {matrix, rows}) {
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
        }
        try (Backend backend = new CpuBackend(KernelChoice.of(new VectorKernels()), 2)) {
            WeightData data = WeightData.of("matrix", Shape.of(1024, 512), matrix);
            Weight.Linear weight = backend.linearWeight(List.of(data), List.of(), null);
            Tensor x = backend.tensor(60, 512, rows);
            float[] first = backend.linear(x, weight, Fusion.NONE).toArray();
            for (int call = 0; call < 30; call++) {
                assertArrayEquals(first, backend.linear(x, weight, Fusion.NONE).toArray(), "call " + call);
            }
        }
    }

    @Test
    void whatSaysNothingIsNotTimed() {
        PanelReading reading = new PanelReading(new TileHeights(12, 0));
        assertFalse(reading.next(SMALL, TILES).isTimed());
        assertFalse(reading.next(LARGE, Kernels.PREFETCH_TILES - 1).isTimed());
        PanelReading cold = new PanelReading(new TileHeights(12, TileHeights.COLD));
        assertFalse(cold.next(LARGE, TILES).isTimed());
    }
}
