package dev.fovea.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Floats in the host's memory, outside the Java heap, where they can be aligned to cache lines.
 *
 * @param memory the bytes, 64-byte aligned, native byte order
 */
public record HostStorage(MemorySegment memory) implements Storage {

    @Override
    public long capacity() {
        return memory.byteSize() / Float.BYTES;
    }

    @Override
    public void read(long offset, float[] target, int targetOffset, int count) {
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, offset * Float.BYTES, target, targetOffset, count);
    }

    /** Copies floats from the host's heap. */
    public void write(long offset, float[] source, int sourceOffset, int count) {
        MemorySegment.copy(source, sourceOffset, memory, ValueLayout.JAVA_FLOAT, offset * Float.BYTES, count);
    }

    /** Storages are told apart by identity: two of them never are the same memory. */
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
