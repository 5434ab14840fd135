package dev.fovea.tensor;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Memory for activations that is used again: a forward pass asks for the same sizes every time, so after the first one nothing is
 * allocated. What lies unused never exceeds the most that was in use at once; the rest is left to the garbage collector.
 */
public final class HostPool {

    private static final long SMALLEST = 256;

    private final Map<Long, ArrayDeque<HostStorage>> unused = new HashMap<>();
    private long unusedFloats;
    private long usedFloats;
    private long mostUsedFloats;

    /** Memory for at least that many floats; its content is arbitrary. */
    public synchronized HostStorage take(long floats) {
        long size = sizeClass(floats);
        usedFloats += size;
        mostUsedFloats = Math.max(mostUsedFloats, usedFloats);
        ArrayDeque<HostStorage> fitting = unused.get(size);
        if (fitting != null && !fitting.isEmpty()) {
            unusedFloats -= size;
            return fitting.pop();
        }
        return new HostStorage(HostMemory.allocate(size * Float.BYTES));
    }

    /** Takes back memory that nobody will use again. */
    public synchronized void giveBack(HostStorage storage) {
        long size = storage.capacity();
        usedFloats -= size;
        if (unusedFloats + size <= mostUsedFloats) {
            unusedFloats += size;
            unused.computeIfAbsent(size, key -> new ArrayDeque<>()).push(storage);
        }
    }

    /** Bytes in use now; memory taken outside any scope counts for ever. */
    public synchronized long usedBytes() {
        return usedFloats * Float.BYTES;
    }

    /** The most bytes that were in use at once. */
    public synchronized long mostUsedBytes() {
        return mostUsedFloats * Float.BYTES;
    }

    /** Four sizes for each power of two: little is wasted, and nearly equal requests share. */
    private static long sizeClass(long floats) {
        if (floats <= SMALLEST) {
            return SMALLEST;
        }
        long step = Long.highestOneBit(floats - 1) / 4;
        return (floats + step - 1) / step * step;
    }
}
