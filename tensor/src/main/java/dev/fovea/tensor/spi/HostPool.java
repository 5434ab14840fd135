package dev.fovea.tensor.spi;

import dev.fovea.tensor.DeviceException;
import dev.fovea.tensor.Owner;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Reuses memory for activations: a forward pass asks for the same sizes every time, so after the first one nothing is
 * allocated. Small pieces wait for the next request of their size. Large ones are cut out of regions ({@link Regions}),
 * which are held until they are unused and more than twice what was ever in use at once.
 */
public final class HostPool {

    private static final long SMALLEST = 256 * Float.BYTES;

    /** From here on pieces are cut out of regions. */
    private static final long LARGE = 1 << 20;

    /** Far more than any machine has; sizes below can be rounded up without a thought. */
    private static final long MOST_FLOATS = 1L << 48;

    /** Bytes that may be held in any case. */
    private static final long SLACK = 64 << 20;

    private static final Cleaner CLEANER = Cleaner.create();

    private final Map<Long, ArrayDeque<HostStorage>> unusedSmall = new HashMap<>();

    /** The garbage collector frees what is dropped. On Linux what is never touched takes no memory. */
    private final Regions<MemorySegment> regions = new Regions<>(64L << 20, HostMemory::allocate, dropped -> {});

    /** Large pieces in use, by address. The cleaner gives those back that nobody holds any more. */
    private final Map<Long, Cleaner.Cleanable> usedLarge = new HashMap<>();

    private final Owner owner;
    private long usedBytes;
    private long mostUsedBytes;

    /**
     * Creates a pool that holds nothing yet.
     *
     * @param owner the backend whose tensors lie in this memory
     */
    public HostPool(Owner owner) {
        this.owner = owner;
    }

    /** Returns memory for at least the given number of floats; its content is arbitrary. */
    public synchronized HostStorage take(long floats) {
        if (floats < 0 || floats > MOST_FLOATS) {
            throw new DeviceException("no memory for " + floats + " numbers; use a smaller batch or picture");
        }
        long size = sizeClass(floats * Float.BYTES);
        HostStorage storage = size < LARGE ? small(size) : large(size);
        usedBytes += size;
        mostUsedBytes = Math.max(mostUsedBytes, usedBytes);
        return storage;
    }

    /** Takes back memory that nobody will use again. */
    public synchronized void giveBack(HostStorage storage) {
        long size = storage.memory().byteSize();
        if (size >= LARGE) {
            Cleaner.Cleanable used = usedLarge.get(storage.memory().address());
            if (used != null) {
                used.clean();
            }
            return;
        }
        usedBytes -= size;
        unusedSmall.computeIfAbsent(size, key -> new ArrayDeque<>()).push(storage);
    }

    private HostStorage small(long size) {
        ArrayDeque<HostStorage> fitting = unusedSmall.get(size);
        return fitting == null || fitting.isEmpty() ? new HostStorage(owner, HostMemory.allocate(size)) : fitting.pop();
    }

    private HostStorage large(long size) {
        Regions.Block<MemorySegment> block = regions.take(size);
        if (block == null) {
            regions.shrink(Math.max(0, 2 * Math.max(mostUsedBytes, usedBytes + size) + SLACK - size));
            regions.grow(size);
            block = regions.take(size);
        }
        Regions.Block<MemorySegment> taken = block;
        HostStorage storage = new HostStorage(owner, taken.region().asSlice(taken.from(), taken.size()));
        usedLarge.put(storage.memory().address(), CLEANER.register(storage, () -> giveBack(taken)));
        return storage;
    }

    private synchronized void giveBack(Regions.Block<MemorySegment> block) {
        usedLarge.remove(block.region().address() + block.from());
        usedBytes -= block.size();
        regions.giveBack(block);
    }

    /** Returns the bytes in use now; small pieces taken outside any scope count for ever. */
    public synchronized long usedBytes() {
        return usedBytes;
    }

    /** Returns the most bytes that were in use at once. */
    public synchronized long mostUsedBytes() {
        return mostUsedBytes;
    }

    /** Returns the bytes in use or kept for later, in large pieces. */
    synchronized long heldBytes() {
        return regions.heldBytes();
    }

    /**
     * Rounds a size up to one of four for each power of two: little is wasted, and nearly equal requests share. Large
     * sizes are whole cache lines.
     */
    private static long sizeClass(long bytes) {
        if (bytes <= SMALLEST) {
            return SMALLEST;
        }
        long step = bytes < LARGE ? Long.highestOneBit(bytes - 1) / 4 : HostMemory.ALIGNMENT;
        return (bytes + step - 1) / step * step;
    }
}
