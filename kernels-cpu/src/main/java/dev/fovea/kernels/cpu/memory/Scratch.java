package dev.fovea.kernels.cpu.memory;

import dev.fovea.tensor.spi.HostMemory;
import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;

/**
 * Holds temporary buffers of one thread. A buffer grows to the largest request and is never given back, so that no
 * operation allocates. Each use has a slot of its own.
 */
public final class Scratch {

    /** Says what a buffer is for. */
    public enum Slot {
        /** Sums of a panel before the epilogue. */
        SUMS,
        /** One tile, or one row. */
        TILE,
        /** Rows of a product, rounded. */
        ROUNDED,
        /** Rows of the second product, rounded. */
        ROUNDED_BETWEEN,
        /** Rows between two layers. */
        BETWEEN,
        /** What a convolution's kernel sees at the pixels of a tile. */
        PATCHES,
        /** A block of weights, widened. */
        WEIGHTS,
        /** Addresses of rows. */
        ADDRESSES,
        /** The lanes of a vector, or of several. */
        LANES,
        /** What goes from one loop of an activation to the next. */
        ACTIVATION,
        /** Transposed queries. */
        QUERIES,
        /** Scores of a panel of queries. */
        SCORES,
        /** Keys of one sequence and head. */
        KEYS,
        /** Values of one sequence and head. */
        VALUES,
        /** What the gradients of a row, or of one sequence and head, are made of. */
        GRADIENTS,
        /** A panel of one of their products. */
        GRADIENT_PANEL
    }

    /** Says what an array is for: A, packed for the micro-kernel, or B before it is. */
    public enum Packed {
        /** Rows of a matrix product. */
        ROWS,
        /** Rows between two layers. */
        BETWEEN,
        /** Keys of one sequence and head. */
        KEYS,
        /** Values of one sequence and head. */
        VALUES,
        /** A tile of values of one group of channels. */
        ROWS_OF_GROUP,
        /** A part of a panel, in the order of the file. */
        BLOCK,
        /** A part of a panel, in the order of the panel. */
        TRANSPOSED,
        /** Rows of a product of gradients, or slopes of a part of a row. */
        GRADIENTS,
        /** What slopes are made of. */
        GRADIENTS_INNER
    }

    /** More floats than a panel has columns on any machine. */
    private static final int LARGEST_PANEL = 256;

    private static final ThreadLocal<MemorySegment[]> SLOTS =
            ThreadLocal.withInitial(() -> new MemorySegment[Slot.values().length]);

    private static final ThreadLocal<float[][]> ARRAYS =
            ThreadLocal.withInitial(() -> new float[Packed.values().length][0]);

    private Scratch() {}

    /** Returns the address of at least {@code count} floats, 64-byte aligned, with arbitrary content. */
    public static long floats(Slot slot, long count) {
        MemorySegment[] slots = SLOTS.get();
        MemorySegment memory = slots[slot.ordinal()];
        if (memory == null || memory.byteSize() < count * Float.BYTES) {
            memory = HostMemory.allocate(count * Float.BYTES);
            slots[slot.ordinal()] = memory;
        }
        return memory.address();
    }

    /** Does something to a copy of a row, where whole vectors may be written, and puts the result where it belongs. */
    public static void aside(long from, long to, int count, LongConsumer work) {
        long row = floats(Slot.TILE, (long) count + LARGEST_PANEL);
        Memory.copy(from, row, count);
        work.accept(row);
        Memory.copy(row, to, count);
    }

    /** Returns an array of at least {@code count} floats, with arbitrary content. */
    public static float[] array(Packed slot, int count) {
        float[][] arrays = ARRAYS.get();
        if (arrays[slot.ordinal()].length < count) {
            arrays[slot.ordinal()] = new float[count];
        }
        return arrays[slot.ordinal()];
    }
}
