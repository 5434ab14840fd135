package dev.fovea.kernels.cpu.memory;

import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.spi.HostMemory;
import dev.fovea.tensor.spi.HostStorage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads and writes memory by address. All kernels use one constant segment that spans the whole address space: C2 then
 * knows its class, base and bounds, and a vector load is one instruction. With segments as arguments, the inlining of
 * every access depends on type profiles that the whole JVM shares. Once a third kind of segment (heap, mapped, native)
 * has been seen anywhere, kernels box their vectors and run fifty times slower.
 *
 * <p>The price: nothing checks bounds here, so operations check shapes before they compute, and whoever holds an
 * address keeps the object that owns the memory reachable ({@link java.lang.ref.Reference#reachabilityFence}).
 */
public final class Memory {

    public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /** Unaligned, since inner loops would otherwise check that an address is a multiple of 4. */
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    /** More than the widest panel of any machine. */
    public static final int MOST_ZEROS = 1024;

    private static final MemorySegment ZEROS = HostMemory.allocate((long) MOST_ZEROS * Float.BYTES);

    static {
        ZEROS.fill((byte) 0);
    }

    /** Sink for prefetch reads, so that the JIT cannot eliminate them. */
    @SuppressWarnings("unused")
    private static int sink;

    private Memory() {}

    /** Returns the address of {@code count} zeros that nobody overwrites. */
    public static long zeros(int count) {
        if (count > MOST_ZEROS) {
            throw new IllegalArgumentException("no " + count + " zeros");
        }
        return ZEROS.address();
    }

    /** Returns where a row of a tensor begins. */
    public static long address(Tensor tensor, int row) {
        return ((HostStorage) tensor.storage()).memory().address()
                + (tensor.offset() + row * tensor.rowStride()) * Float.BYTES;
    }

    /** Returns the bytes from one row of a tensor to the next. */
    public static long stride(Tensor tensor) {
        return tensor.rowStride() * Float.BYTES;
    }

    public static float get(long address) {
        return ALL.get(FLOAT, address);
    }

    public static void set(long address, float value) {
        ALL.set(FLOAT, address, value);
    }

    /** Writes 64 bits. */
    public static void setLong(long address, long value) {
        ALL.set(LONG, address, value);
    }

    /** Copies {@code count} floats. */
    public static void copy(long from, long to, int count) {
        MemorySegment.copy(ALL, from, ALL, to, (long) count * Float.BYTES);
    }

    /** Copies floats out of an array. */
    public static void write(float[] from, int offset, int count, long to) {
        MemorySegment.copy(from, offset, ALL, ValueLayout.JAVA_FLOAT, to, count);
    }

    /** Copies floats into an array. */
    public static void read(long from, float[] to, int offset, int count) {
        MemorySegment.copy(ALL, ValueLayout.JAVA_FLOAT, from, to, offset, count);
    }

    /**
     * Prefetches some rows: reads a byte of every cache line, in the order that the hardware recognises. Whatever reads
     * or writes the rows in another order afterwards finds them in the caches. Java has no prefetch instruction.
     */
    public static void touch(Tensor tensor, int row, int rows) {
        long gap = stride(tensor) - (long) tensor.columns() * Float.BYTES;
        touch(address(tensor, row), rows * stride(tensor) - gap);
    }

    /** Prefetches memory by reading a byte of every cache line. */
    public static void touch(long address, long bytes) {
        int touched = 0;
        for (long i = 0; i < bytes; i += HostMemory.ALIGNMENT) {
            touched ^= ALL.get(ValueLayout.JAVA_BYTE, address + i);
        }
        sink = touched;
    }

    /** Sets {@code count} floats to zero. */
    public static void zero(long address, long count) {
        ALL.asSlice(address, count * Float.BYTES).fill((byte) 0);
    }
}
