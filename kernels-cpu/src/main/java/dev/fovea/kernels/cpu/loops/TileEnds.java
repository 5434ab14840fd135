package dev.fovea.kernels.cpu.loops;

import static dev.fovea.kernels.cpu.loops.Simd.FLOATS;
import static dev.fovea.kernels.cpu.loops.Simd.ORDER;
import static dev.fovea.kernels.cpu.memory.Memory.ALL;

import jdk.incubator.vector.FloatVector;

/**
 * Finishes a tile of sums, row by row of two vectors. A loop over a row of any length takes longer to start than these
 * rows take. Twin: {@code PlainKernels.endTile}.
 */
final class TileEnds {

    private static final long VECTOR = Simd.VECTOR_BYTES;
    private static final long PANEL = 2 * VECTOR;

    private TileEnds() {}

    /** Computes {@link Kernels#endTile}. */
    static void end(long sums, long added, long addedStride, boolean relu, long out, long outStride, int rows) {
        if (added == 0) {
            if (relu) {
                relu(sums, out, outStride, rows);
            } else {
                store(sums, out, outStride, rows);
            }
        } else if (relu) {
            addRelu(sums, added, addedStride, out, outStride, rows);
        } else {
            add(sums, added, addedStride, out, outStride, rows);
        }
    }

    private static void store(long sums, long out, long outStride, int rows) {
        for (int row = 0; row < rows; row++) {
            long from = sums + row * PANEL;
            long to = out + row * outStride;
            FloatVector.fromMemorySegment(FLOATS, ALL, from, ORDER).intoMemorySegment(ALL, to, ORDER);
            FloatVector.fromMemorySegment(FLOATS, ALL, from + VECTOR, ORDER).intoMemorySegment(ALL, to + VECTOR, ORDER);
        }
    }

    private static void relu(long sums, long out, long outStride, int rows) {
        for (int row = 0; row < rows; row++) {
            long from = sums + row * PANEL;
            long to = out + row * outStride;
            FloatVector.fromMemorySegment(FLOATS, ALL, from, ORDER).max(0f).intoMemorySegment(ALL, to, ORDER);
            FloatVector.fromMemorySegment(FLOATS, ALL, from + VECTOR, ORDER)
                    .max(0f)
                    .intoMemorySegment(ALL, to + VECTOR, ORDER);
        }
    }

    private static void add(long sums, long added, long addedStride, long out, long outStride, int rows) {
        for (int row = 0; row < rows; row++) {
            long from = sums + row * PANEL;
            long other = added + row * addedStride;
            long to = out + row * outStride;
            FloatVector.fromMemorySegment(FLOATS, ALL, from, ORDER)
                    .add(FloatVector.fromMemorySegment(FLOATS, ALL, other, ORDER))
                    .intoMemorySegment(ALL, to, ORDER);
            FloatVector.fromMemorySegment(FLOATS, ALL, from + VECTOR, ORDER)
                    .add(FloatVector.fromMemorySegment(FLOATS, ALL, other + VECTOR, ORDER))
                    .intoMemorySegment(ALL, to + VECTOR, ORDER);
        }
    }

    private static void addRelu(long sums, long added, long addedStride, long out, long outStride, int rows) {
        for (int row = 0; row < rows; row++) {
            long from = sums + row * PANEL;
            long other = added + row * addedStride;
            long to = out + row * outStride;
            FloatVector.fromMemorySegment(FLOATS, ALL, from, ORDER)
                    .add(FloatVector.fromMemorySegment(FLOATS, ALL, other, ORDER))
                    .max(0f)
                    .intoMemorySegment(ALL, to, ORDER);
            FloatVector.fromMemorySegment(FLOATS, ALL, from + VECTOR, ORDER)
                    .add(FloatVector.fromMemorySegment(FLOATS, ALL, other + VECTOR, ORDER))
                    .max(0f)
                    .intoMemorySegment(ALL, to + VECTOR, ORDER);
        }
    }
}
