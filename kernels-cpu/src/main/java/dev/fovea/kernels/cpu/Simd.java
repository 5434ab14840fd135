package dev.fovea.kernels.cpu;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vectors of this machine: their width, and how they are read and written. The width is the machine's preferred one; the
 * system property {@value #WIDTH_PROPERTY} (128, 256 or 512) forces another, so that every path can be tested on one machine.
 */
final class Simd {

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

    /** Unaligned, since the check that an address is a multiple of 4 would stand in every inner loop. */
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private static final VectorShuffle<Float> SWAP_8 = swap(8);
    private static final VectorShuffle<Float> SWAP_4 = swap(4);
    private static final VectorShuffle<Float> SWAP_2 = swap(2);
    private static final VectorShuffle<Float> SWAP_1 = swap(1);

    private Simd() {}

    private static VectorShuffle<Float> swap(int distance) {
        return VectorShuffle.fromOp(FLOATS, lane -> (lane ^ distance) % LANES);
    }

    private static VectorSpecies<Float> chosenSpecies() {
        Integer bits = Integer.getInteger(WIDTH_PROPERTY);
        return bits == null
                ? FloatVector.SPECIES_PREFERRED
                : VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
    }

    /** The vector at an address. */
    static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(FLOATS, Memory.ALL, address, ORDER);
    }

    /** The same in the lanes of a mask, 0 elsewhere; memory outside the mask is not touched. */
    static FloatVector load(long address, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(FLOATS, Memory.ALL, address, ORDER, mask);
    }

    /** Writes a vector to an address. */
    static void store(FloatVector vector, long address) {
        vector.intoMemorySegment(Memory.ALL, address, ORDER);
    }

    /** Writes the lanes of a mask. */
    static void store(FloatVector vector, long address, VectorMask<Float> mask) {
        vector.intoMemorySegment(Memory.ALL, address, ORDER, mask);
    }

    /** The same number in every lane. */
    static FloatVector broadcast(float value) {
        return FloatVector.broadcast(FLOATS, value);
    }

    /**
     * Sum of all lanes, halves added to halves. The API's own reduction leaves the order open, and compiled code takes another than the
     * interpreter: the same input would not always give the same bits.
     */
    static float sum(FloatVector vector) {
        FloatVector v = vector;
        if (LANES > 8) {
            v = v.add(v.rearrange(SWAP_8));
        }
        if (LANES > 4) {
            v = v.add(v.rearrange(SWAP_4));
        }
        v = v.add(v.rearrange(SWAP_2));
        return v.add(v.rearrange(SWAP_1)).lane(0);
    }
}
