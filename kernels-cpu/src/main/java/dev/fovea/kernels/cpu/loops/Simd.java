package dev.fovea.kernels.cpu.loops;

import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.kernels.cpu.memory.Scratch;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Knows the vectors of this machine: their width, and how they are read and written. The width is the machine's
 * preferred one; the system property {@value #WIDTH_PROPERTY} (128, 256 or 512) forces another, so that every path can
 * be tested on one machine.
 */
public final class Simd {

    static final String WIDTH_PROPERTY = "fovea.vector.bits";

    static final VectorSpecies<Float> FLOATS = chosenSpecies();
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    static final int LANES = FLOATS.length();
    static final long VECTOR_BYTES = FLOATS.vectorByteSize();

    /** Rows of the highest tile of 2 vectors: AVX-512 and NEON have 32 vector registers, AVX2 and SSE 16. */
    static final int TALLEST_TILE =
            FLOATS.vectorBitSize() >= 512 || System.getProperty("os.arch").equals("aarch64") ? 12 : 6;

    static final int PANEL_COLUMNS = 2 * LANES;

    static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private Simd() {}

    private static VectorSpecies<Float> chosenSpecies() {
        Integer bits = Integer.getInteger(WIDTH_PROPERTY);
        return bits == null
                ? FloatVector.SPECIES_PREFERRED
                : VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
    }

    /**
     * Knows how lanes are halved: for pieces of half the lanes, a quarter and so on down to one. Apart, since masks and
     * shuffles take 20 ms to load, which not every program needs.
     */
    static final class Halves {

        /** The lanes of every second piece. */
        @SuppressWarnings({"unchecked", "rawtypes"})
        static final VectorMask<Float>[] UPPER = new VectorMask[Integer.numberOfTrailingZeros(LANES)];

        /** The lane that each one is swapped with. */
        @SuppressWarnings({"unchecked", "rawtypes"})
        static final VectorShuffle<Float>[] SWAPPED = new VectorShuffle[UPPER.length];

        static {
            for (int level = 0; level < UPPER.length; level++) {
                int half = LANES >> (level + 1);
                boolean[] upper = new boolean[LANES];
                for (int lane = 0; lane < LANES; lane++) {
                    upper[lane] = (lane & half) != 0;
                }
                UPPER[level] = VectorMask.fromArray(FLOATS, upper, 0);
                SWAPPED[level] = VectorShuffle.fromOp(FLOATS, lane -> lane ^ half);
            }
        }

        private Halves() {}
    }

    /** Returns the address where this thread may store a vector to read its lanes. */
    static long lanes() {
        return Scratch.floats(Scratch.Slot.LANES, LANES);
    }

    /** Returns where this thread may put as many vectors as one has lanes. */
    static long square() {
        return Scratch.floats(Scratch.Slot.LANES, (long) LANES * LANES);
    }

    /**
     * Returns the sum of the lanes of a vector in memory, adding halves to halves, in place. The API's own reduction
     * leaves the order open, and compiled code takes another than the interpreter: the same input would not always give
     * the same bits.
     */
    static float sum(long lanes) {
        // Written out for the usual widths: stores and loads in between take several times as long.
        if (LANES == 16) {
            return (sixteenth(lanes, 0) + sixteenth(lanes, 2)) + (sixteenth(lanes, 1) + sixteenth(lanes, 3));
        }
        if (LANES == 8) {
            return (eighth(lanes, 0) + eighth(lanes, 2)) + (eighth(lanes, 1) + eighth(lanes, 3));
        }
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                Memory.set(lanes + i * 4L, Memory.get(lanes + i * 4L) + Memory.get(lanes + (half + i) * 4L));
            }
        }
        return Memory.get(lanes);
    }

    /** Returns what remains of one lane after halving sixteen lanes twice. */
    private static float sixteenth(long lanes, int i) {
        return (Memory.get(lanes + i * 4L) + Memory.get(lanes + (i + 8) * 4L))
                + (Memory.get(lanes + (i + 4) * 4L) + Memory.get(lanes + (i + 12) * 4L));
    }

    /** Returns what remains of one lane after halving eight lanes once. */
    private static float eighth(long lanes, int i) {
        return Memory.get(lanes + i * 4L) + Memory.get(lanes + (i + 4) * 4L);
    }
}
