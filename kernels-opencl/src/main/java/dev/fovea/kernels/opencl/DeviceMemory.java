package dev.fovea.kernels.opencl;

import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.DeviceException;
import dev.fovea.tensor.Owner;
import dev.fovea.tensor.spi.Regions;
import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_mem;

/**
 * Manages the device's memory: buffers that live as long as somebody holds them, for weights, and pieces of regions for
 * activations, used again and again. What is forgotten comes back when the garbage collector finds it. The collector
 * does not see the device's memory, so it is asked to run when the device has no more.
 */
final class DeviceMemory implements AutoCloseable {

    private static final Cleaner CLEANER = Cleaner.create();

    /** Pieces begin at a multiple: whole lines of every cache. */
    private static final long ALIGNMENT = 256;

    private static final long REGION = 16L << 20;

    /** Below, pieces wait for the next request of their size; from here on they are joined with their neighbours. */
    private static final long LARGE = 1 << 20;

    private final Owner owner;
    private final Queue queue;
    private final Set<Handle> handles = ConcurrentHashMap.newKeySet();
    private final AtomicLong heldBytes = new AtomicLong();
    private final AtomicLong mostHeldBytes = new AtomicLong();

    private final Regions<Handle> regions = new Regions<>(REGION, this::buffer, Handle::run);
    private final Map<Long, ArrayDeque<DeviceStorage>> unusedSmall = new HashMap<>();
    private long usedBytes;
    private long mostUsedBytes;

    /**
     * Creates a memory that holds nothing yet.
     *
     * @param owner the backend whose tensors lie here
     */
    DeviceMemory(Owner owner, Queue queue) {
        this.owner = owner;
        this.queue = queue;
    }

    /** Releases the driver's buffer once: by the cleaner, or at the end. */
    private final class Handle implements Runnable {
        private final cl_mem buffer;
        private final long bytes;
        private final AtomicBoolean released = new AtomicBoolean();

        Handle(cl_mem buffer, long bytes) {
            this.buffer = buffer;
            this.bytes = bytes;
            handles.add(this);
            mostHeldBytes.accumulateAndGet(heldBytes.addAndGet(bytes), Math::max);
        }

        @Override
        public void run() {
            if (released.compareAndSet(false, true)) {
                handles.remove(this);
                heldBytes.addAndGet(-bytes);
                CL.clReleaseMemObject(buffer);
            }
        }
    }

    /** Returns the bytes that the device holds for this backend now. */
    long heldBytes() {
        return heldBytes.get();
    }

    /** Returns the most bytes that it ever held. */
    long mostHeldBytes() {
        return mostHeldBytes.get();
    }

    /** Returns a buffer that is freed when nobody holds it any more; its content is arbitrary. */
    DeviceStorage allocate(long bytes) {
        Handle handle = buffer(Math.max(ALIGNMENT, bytes));
        DeviceStorage storage = new DeviceStorage(owner, queue, handle.buffer, 0, handle.bytes);
        CLEANER.register(storage, handle);
        return storage;
    }

    private Handle buffer(long bytes) {
        Device device = queue.device();
        if (bytes > device.largestBuffer()) {
            throw new DeviceException(device.label() + " gives at most " + (device.largestBuffer() >> 20)
                    + " MiB in one piece, and " + (bytes >> 20)
                    + " MiB are needed; use a smaller batch or picture, weights stored as f16 or int8,"
                    + " or the device cpu");
        }
        try {
            return create(bytes);
        } catch (CLException e) {
            if (!OpenClFailure.isOutOfMemory(e)) {
                throw OpenClFailure.of(e, device, "allocating " + (bytes >> 20) + " MiB");
            }
            return createAfterCleaning(bytes);
        }
    }

    private Handle create(long bytes) {
        return new Handle(CL.clCreateBuffer(queue.context(), CL.CL_MEM_READ_WRITE, bytes, null, null), bytes);
    }

    private Handle createAfterCleaning(long bytes) {
        System.gc();
        queue.finish();
        try {
            synchronized (this) {
                wait(50); // the cleaner's thread comes after the collection, and gives pieces back in between
                unusedSmall.values().forEach(pieces -> pieces.forEach(DeviceStorage::giveBack));
                unusedSmall.clear();
                regions.shrink(0);
            }
            return create(bytes);
        } catch (CLException e) {
            throw OpenClFailure.of(e, queue.device(), "allocating " + (bytes >> 20) + " MiB");
        } catch (InterruptedException e) {
            throw new CancelledException(e);
        }
    }

    /** Returns a piece for an activation, until {@link #giveBack}; its content is arbitrary. */
    synchronized DeviceStorage take(long bytes) {
        long size = roundedUp(Math.max(ALIGNMENT, bytes));
        ArrayDeque<DeviceStorage> fitting = unusedSmall.get(size);
        if (fitting != null && !fitting.isEmpty()) {
            return fitting.pop();
        }
        Regions.Block<Handle> block = regions.take(size);
        if (block == null) {
            regions.shrink(Math.max(0, 2 * Math.max(mostUsedBytes, usedBytes + size) - size));
            regions.grow(size);
            block = regions.take(size);
        }
        usedBytes += size;
        mostUsedBytes = Math.max(mostUsedBytes, usedBytes);
        Regions.Block<Handle> taken = block;
        DeviceStorage storage = new DeviceStorage(owner, queue, taken.region().buffer, taken.from(), size);
        storage.onGiveBack(CLEANER.register(storage, () -> giveBack(taken))::clean);
        return storage;
    }

    /** Rounds a size up to one of four for each power of two, so that nearly equal requests share. */
    private static long roundedUp(long bytes) {
        long step = Math.max(ALIGNMENT, bytes < LARGE ? Long.highestOneBit(bytes - 1) / 4 : 0);
        return (bytes + step - 1) / step * step;
    }

    /** Takes back a piece of {@link #take} that nobody will use in a command to come. */
    void giveBack(DeviceStorage storage) {
        if (storage.bytes() >= LARGE) {
            storage.giveBack();
            return;
        }
        synchronized (this) {
            unusedSmall
                    .computeIfAbsent(storage.bytes(), size -> new ArrayDeque<>())
                    .push(storage);
        }
    }

    private synchronized void giveBack(Regions.Block<Handle> block) {
        usedBytes -= block.size();
        regions.giveBack(block);
    }

    /** Frees everything. */
    @Override
    public synchronized void close() {
        handles.forEach(Handle::run);
    }
}
