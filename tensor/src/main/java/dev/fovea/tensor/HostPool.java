package dev.fovea.tensor;

import java.util.ArrayDeque;
import java.util.TreeMap;

/**
 * Memory for activations that is used again: a forward pass asks for the same sizes every time, so after the first one nothing is
 * allocated. New memory is only made when no unused piece fits; if then more than twice what was ever in use at once would be held, the
 * largest unused pieces are left to the garbage collector.
 */
public final class HostPool {

    private static final long SMALLEST = 256;

    /** Floats that may lie unused in any case: 64 MiB. */
    private static final long SLACK = 16L << 20;

    private final TreeMap<Long, ArrayDeque<HostStorage>> unused = new TreeMap<>();
    private long unusedFloats;
    private long usedFloats;
    private long mostUsedFloats;

    /** Memory for at least that many floats; its content is arbitrary. */
    public synchronized HostStorage take(long floats) {
        long size = sizeClass(floats);
        usedFloats += size;
        mostUsedFloats = Math.max(mostUsedFloats, usedFloats);
        ArrayDeque<HostStorage> fitting = unused.get(size);
        if (fitting == null) {
            dropUnusedBeyond(2 * mostUsedFloats + SLACK - usedFloats);
            return new HostStorage(HostMemory.allocate(size * Float.BYTES));
        }
        return pop(size, fitting);
    }

    /** Takes back memory that nobody will use again. */
    public synchronized void giveBack(HostStorage storage) {
        long size = storage.capacity();
        usedFloats -= size;
        unusedFloats += size;
        unused.computeIfAbsent(size, key -> new ArrayDeque<>()).push(storage);
    }

    private HostStorage pop(long size, ArrayDeque<HostStorage> fitting) {
        HostStorage storage = fitting.pop();
        unusedFloats -= size;
        if (fitting.isEmpty()) {
            unused.remove(size);
        }
        return storage;
    }

    private void dropUnusedBeyond(long floats) {
        while (unusedFloats > floats) {
            pop(unused.lastKey(), unused.lastEntry().getValue());
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
