package dev.fovea.tensor.spi;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Storage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Holds floats in the host's memory, outside the Java heap, where they can be aligned to cache lines. The memory is
 * always Fovea's own ({@link HostMemory}): kernels take its address, which a segment of the heap, of a closed arena or
 * of a read-only file does not have.
 */
public final class HostStorage extends Storage {

    private final MemorySegment memory;

    /**
     * @param memory of {@link HostMemory}
     */
    HostStorage(Owner owner, MemorySegment memory) {
        super(owner);
        this.memory = memory;
    }

    /**
     * Allocates memory that lives as long as somebody holds it; its content is arbitrary.
     *
     * @param owner the backend that asks
     * @param floats the number that must fit
     * @throws FoveaException if there is not that much memory
     */
    public static HostStorage allocate(Owner owner, long floats) {
        return new HostStorage(owner, HostMemory.allocate(Math.multiplyExact(Math.max(1, floats), (long) Float.BYTES)));
    }

    /** Returns the bytes, 64-byte aligned, native byte order. */
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public long capacity() {
        return memory.byteSize() / Float.BYTES;
    }

    @Override
    protected void copy(long offset, float[] target, int targetOffset, int count) {
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, offset * Float.BYTES, target, targetOffset, count);
    }

    /**
     * Copies floats from the host's heap.
     *
     * @throws IndexOutOfBoundsException if they lie outside of the memory or the array
     */
    public void write(long offset, float[] source, int sourceOffset, int count) {
        Objects.checkFromIndexSize(offset, count, capacity());
        MemorySegment.copy(source, sourceOffset, memory, ValueLayout.JAVA_FLOAT, offset * Float.BYTES, count);
    }
}
