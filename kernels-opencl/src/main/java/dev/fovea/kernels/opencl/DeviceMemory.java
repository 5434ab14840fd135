package dev.fovea.kernels.opencl;

import dev.fovea.tensor.FoveaException;
import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_mem;

/**
 * The device's memory: buffers that live as long as the backend, for weights, and buffers for activations that are used again. What
 * nobody holds any more is freed when the garbage collector finds out; the device's memory is not the collector's, so it is asked to
 * when the device has no more.
 */
final class DeviceMemory implements AutoCloseable {

    private static final Cleaner CLEANER = Cleaner.create();

    /** An unused buffer may be so much larger than what is asked for. */
    private static final double WASTE = 1.25;

    private static final long SMALLEST = 1024;

    private final Queue queue;
    private final Set<Handle> handles = ConcurrentHashMap.newKeySet();
    private final AtomicLong heldBytes = new AtomicLong();
    private final AtomicLong mostHeldBytes = new AtomicLong();

    /** Buffers to use again, by their size. */
    private final TreeMap<Long, ArrayDeque<DeviceStorage>> unused = new TreeMap<>();

    DeviceMemory(Queue queue) {
        this.queue = queue;
    }

    /** The driver's buffer, released once: by the cleaner, or at the end. */
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

    /** Bytes that the device holds for this backend now. */
    long heldBytes() {
        return heldBytes.get();
    }

    /** The most bytes that it ever held. */
    long mostHeldBytes() {
        return mostHeldBytes.get();
    }

    /** A buffer that is freed when nobody holds it any more; its content is arbitrary. */
    DeviceStorage allocate(long bytes) {
        long size = Math.max(SMALLEST, bytes);
        Device device = queue.device();
        if (size > device.largestBuffer()) {
            throw new FoveaException(device.label() + " gives at most " + (device.largestBuffer() >> 20)
                    + " MiB in one piece, and " + (size >> 20)
                    + " MiB are needed; use a smaller batch or picture, --weights f16 or int8, or --device cpu");
        }
        Handle handle;
        try {
            handle = create(size);
        } catch (CLException e) {
            if (!Failure.isOutOfMemory(e)) {
                throw Failure.of(e, device, "allocating " + (size >> 20) + " MiB");
            }
            handle = createAfterCleaning(size);
        }
        DeviceStorage storage = new DeviceStorage(queue, handle.buffer, size);
        CLEANER.register(storage, handle);
        return storage;
    }

    private Handle create(long size) {
        return new Handle(CL.clCreateBuffer(queue.context(), CL.CL_MEM_READ_WRITE, size, null, null), size);
    }

    private Handle createAfterCleaning(long size) {
        synchronized (this) {
            unused.clear();
        }
        System.gc();
        queue.finish();
        try {
            Thread.sleep(50); // the cleaner's thread comes after the collection
            return create(size);
        } catch (CLException e) {
            throw Failure.of(e, queue.device(), "allocating " + (size >> 20) + " MiB");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FoveaException(
                    "interrupted while waiting for memory of " + queue.device().label(), e);
        }
    }

    /** A buffer for an activation: one that was given back, or a new one. */
    DeviceStorage take(long bytes) {
        long wanted = Math.max(SMALLEST, (bytes + SMALLEST - 1) / SMALLEST * SMALLEST);
        synchronized (this) {
            Map.Entry<Long, ArrayDeque<DeviceStorage>> fitting = unused.ceilingEntry(wanted);
            if (fitting != null && fitting.getKey() <= WASTE * wanted) {
                DeviceStorage storage = fitting.getValue().pop();
                if (fitting.getValue().isEmpty()) {
                    unused.remove(fitting.getKey());
                }
                return storage;
            }
        }
        return allocate(wanted);
    }

    /** Takes back a buffer of {@link #take} that nobody will use in a command to come. */
    synchronized void giveBack(DeviceStorage storage) {
        unused.computeIfAbsent(storage.bytes(), size -> new ArrayDeque<>()).push(storage);
    }

    /** Frees everything. */
    @Override
    public synchronized void close() {
        unused.clear();
        handles.forEach(Handle::run);
    }
}
