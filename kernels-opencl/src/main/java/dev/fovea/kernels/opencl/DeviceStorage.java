package dev.fovea.kernels.opencl;

import dev.fovea.tensor.Storage;
import org.jocl.cl_mem;

/** A buffer of a device, in floats. */
final class DeviceStorage implements Storage {

    private final Queue queue;
    private final cl_mem buffer;
    private final long bytes;

    DeviceStorage(Queue queue, cl_mem buffer, long bytes) {
        this.queue = queue;
        this.buffer = buffer;
        this.bytes = bytes;
    }

    cl_mem buffer() {
        return buffer;
    }

    long bytes() {
        return bytes;
    }

    @Override
    public long capacity() {
        return bytes / Float.BYTES;
    }

    @Override
    public void read(long offset, float[] target, int targetOffset, int count) {
        queue.read(buffer, offset * Float.BYTES, (long) count * Float.BYTES, 1, count, target, targetOffset);
    }

    @Override
    public void readRows(long offset, long rowStride, int rows, int columns, float[] target) {
        queue.read(buffer, offset * Float.BYTES, rowStride * Float.BYTES, rows, columns, target, 0);
    }
}
