package dev.fovea.kernels.cpu.gemm;

import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.kernels.cpu.layout.TileHeights;
import dev.fovea.kernels.cpu.loops.Kernels;
import java.util.Arrays;

/**
 * Chooses how weights come from memory when a few tiles of rows are multiplied with them: either the next panel is
 * prefetched, a byte here and there, while one is multiplied, or each panel is read from end to end before it is.
 * Processors differ in which is faster, by up to a fifth either way; the bits are equal. So large products take turns
 * until both ways have been timed on this machine, and then the faster one is used.
 */
final class PanelReading {

    /** Products that are timed in each way: a few forward passes. */
    private static final int TIMED = 100;

    /**
     * Products in a row that take the same way. A model's layer does not have a multiple of this many products, so both
     * ways get all kinds.
     */
    private static final int TURN = 5;

    /** Smaller weights stay in the caches between two calls. */
    private static final long FEWEST_BYTES = 1 << 20;

    private final TileHeights heights;
    private final double[][] perMultiplyAdd = new double[2][TIMED];
    private final int[] timed = new int[2];
    private int turns;
    private volatile Boolean chosen;

    /**
     * Creates a choice with nothing timed yet.
     *
     * @param heights nothing is, as long as they are cold: then compilation takes the time
     */
    PanelReading(TileHeights heights) {
        this.heights = heights;
    }

    /**
     * Says how one product reads its weights.
     *
     * @param wholeFirst whether each panel is read from end to end before it is multiplied
     * @param isTimed whether {@link #took} wants to know how long it takes
     */
    record Way(boolean wholeFirst, boolean isTimed) {}

    /** Returns how the next product reads its weights. */
    Way next(PackedMatrix weight, int tiles) {
        Boolean known = chosen;
        if (known != null) {
            return new Way(known, false);
        }
        if (tiles < Kernels.PREFETCH_TILES || weight.bytes() < FEWEST_BYTES || !heights.areAll()) {
            return new Way(true, false);
        }
        synchronized (this) {
            return new Way(turns++ / TURN % 2 == 0, true);
        }
    }

    /** Learns how long a product took. */
    synchronized void took(Way way, long nanos, double multiplyAdds) {
        int index = way.wholeFirst ? 1 : 0;
        if (chosen != null || timed[index] == TIMED) {
            return;
        }
        perMultiplyAdd[index][timed[index]++] = nanos / multiplyAdds;
        if (timed[0] == TIMED && timed[1] == TIMED) {
            chosen = median(perMultiplyAdd[1]) <= median(perMultiplyAdd[0]);
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
