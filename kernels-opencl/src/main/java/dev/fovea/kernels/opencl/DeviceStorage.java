package dev.fovea.kernels.opencl;

import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Storage;
import org.jocl.cl_mem;

/** Holds a piece of a device's memory: a buffer, or a part of one. */
final class DeviceStorage extends Storage {

    private final Queue queue;
    private final cl_mem buffer;
    private final long from;
    private final long bytes;

    /** What gives the piece back, once; null if it lives as long as somebody holds it. */
    private Runnable giveBack;

    /**
     * @param from first byte of the buffer
     */
    DeviceStorage(Owner owner, Queue queue, cl_mem buffer, long from, long bytes) {
        super(owner);
        this.queue = queue;
        this.buffer = buffer;
        this.from = from;
        this.bytes = bytes;
    }

    cl_mem buffer() {
        return buffer;
    }

    /** Returns the index of the first byte in the buffer. */
    long from() {
        return from;
    }

    long bytes() {
        return bytes;
    }

    void onGiveBack(Runnable action) {
        giveBack = action;
    }

    void giveBack() {
        giveBack.run();
    }

    @Override
    public long capacity() {
        return bytes / Float.BYTES;
    }

    @Override
    protected void copy(long offset, float[] target, int targetOffset, int count) {
        queue.read(buffer, from + offset * Float.BYTES, (long) count * Float.BYTES, 1, count, target, targetOffset);
    }

    @Override
    protected void copyRows(long offset, long rowStride, int rows, int columns, float[] target) {
        queue.read(buffer, from + offset * Float.BYTES, rowStride * Float.BYTES, rows, columns, target, 0);
    }
}
