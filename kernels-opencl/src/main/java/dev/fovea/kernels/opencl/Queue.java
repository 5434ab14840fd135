package dev.fovea.kernels.opencl;

import dev.fovea.tensor.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;

/**
 * Drives a device: its context and one queue that runs commands in the order in which it received them. So nothing
 * needs to wait for anything: memory that was given back may be handed out again while the kernel that reads it still
 * runs. The host waits in {@link #read}, and in {@link #write} when too much is on its way, as while weights are
 * loaded.
 *
 * <p>May be used by many threads at once.
 */
final class Queue implements AutoCloseable {

    /** Uploads of at most this many bytes are copied first and then travel while the host continues. */
    private static final int ASIDE_BYTES = 4 << 20;

    /** Uploads on their way from which on the finished ones are looked for. */
    private static final int UPLOADS = 32;

    /**
     * Bytes of the host's memory that uploads hold from which on the host waits for them, as while weights are loaded.
     */
    private static final long UPLOAD_BYTES = 64L << 20;

    private final Device device;
    private final cl_context context;
    private final cl_command_queue queue;
    private final AtomicLong hostWaits = new AtomicLong();
    private final AtomicLong launches = new AtomicLong();

    /** Memory that the device may still be reading from. */
    private final ArrayDeque<Upload> uploads = new ArrayDeque<>();

    private long uploadBytes;
    private boolean closed;

    private record Upload(cl_event done, Arena source, long bytes) {}

    Queue(Device device) {
        this.device = device;
        try {
            cl_context_properties properties = new cl_context_properties();
            properties.addProperty(CL.CL_CONTEXT_PLATFORM, device.platform());
            context = CL.clCreateContext(properties, 1, new cl_device_id[] {device.id()}, null, null, null);
            queue = createQueue();
        } catch (CLException e) {
            throw OpenClFailure.of(e, device, "opening it");
        }
    }

    @SuppressWarnings("deprecation") // its successor is of OpenCL 2.0, which not every driver has
    private cl_command_queue createQueue() {
        try {
            return CL.clCreateCommandQueue(context, device.id(), 0, null);
        } catch (CLException e) {
            CL.clReleaseContext(context);
            throw e;
        }
    }

    Device device() {
        return device;
    }

    /**
     * Returns the context to make buffers and programs in. A closed one would take the driver, and with it the JVM,
     * into freed memory.
     */
    synchronized cl_context context() {
        requireOpen("preparing it");
        return context;
    }

    /** Returns how often the host waited for the device. */
    long hostWaits() {
        return hostWaits.get();
    }

    /** Returns the kernels that were started. */
    long launches() {
        return launches.get();
    }

    /** Tells the driver something; its failure becomes one line. */
    interface Command {
        void run() throws CLException;
    }

    private void requireOpen(String doing) {
        if (closed) {
            throw new DeviceException(device.label() + " is closed; open a backend again [" + doing + "]");
        }
    }

    private synchronized void enqueue(String doing, Command command) {
        requireOpen(doing);
        try {
            command.run();
        } catch (CLException e) {
            throw OpenClFailure.of(e, device, doing);
        }
    }

    /**
     * Starts a kernel when all before it is done.
     *
     * @param setArguments sets the kernel's arguments; a kernel has one set of them, so nobody else may do so in
     *     between
     * @param items in each dimension, a multiple of {@code group}
     * @param group items of a group in each dimension
     */
    void launch(String name, cl_kernel kernel, Command setArguments, long[] items, long[] group) {
        enqueue("running " + name, () -> {
            setArguments.run();
            CL.clEnqueueNDRangeKernel(queue, kernel, items.length, null, items, group, 0, null, null);
        });
        launches.incrementAndGet();
    }

    /** Sets bytes to zero, a multiple of four from a multiple of four on. */
    void clear(DeviceStorage target, long offset, long bytes) {
        if (bytes > 0) {
            Pointer zero = Pointer.to(new int[1]);
            enqueue(
                    "clearing memory",
                    () -> CL.clEnqueueFillBuffer(
                            queue, target.buffer(), zero, Integer.BYTES, target.from() + offset, bytes, 0, null, null));
        }
    }

    /** Copies the host's bytes to the device. They may be changed as soon as this returns. */
    void write(DeviceStorage target, MemorySegment source) {
        for (long done = 0; done < source.byteSize(); done += ASIDE_BYTES) {
            long at = done;
            long bytes = Math.min(ASIDE_BYTES, source.byteSize() - done);
            Arena arena = Arena.ofShared();
            MemorySegment aside = arena.allocate(bytes, Long.BYTES).copyFrom(source.asSlice(done, bytes));
            ByteBuffer memory = aside.asByteBuffer();
            cl_event event = new cl_event();
            enqueue("copying to it", () -> {
                CL.clEnqueueWriteBuffer(
                        queue,
                        target.buffer(),
                        CL.CL_FALSE,
                        target.from() + at,
                        bytes,
                        Pointer.to(memory),
                        0,
                        null,
                        event);
                uploads.add(new Upload(event, arena, bytes));
                uploadBytes += bytes;
                forgetFinishedUploads();
            });
        }
    }

    private void forgetFinishedUploads() {
        int[] status = new int[1];
        while (uploads.size() >= UPLOADS || uploadBytes > UPLOAD_BYTES) {
            Upload oldest = uploads.peek();
            CL.clGetEventInfo(
                    oldest.done, CL.CL_EVENT_COMMAND_EXECUTION_STATUS, Integer.BYTES, Pointer.to(status), null);
            if (status[0] > CL.CL_COMPLETE) {
                if (uploadBytes <= UPLOAD_BYTES) {
                    return;
                }
                hostWaits.incrementAndGet();
                CL.clWaitForEvents(1, new cl_event[] {oldest.done});
            }
            uploads.remove();
            uploadBytes -= oldest.bytes;
            CL.clReleaseEvent(oldest.done);
            oldest.source.close();
        }
    }

    /**
     * Waits until all before is done and copies floats to the host.
     *
     * @param offset bytes
     * @param rowStride bytes from row to row on the device
     * @param target {@code [rows, columns]} from {@code targetOffset} on
     */
    void read(cl_mem buffer, long offset, long rowStride, int rows, int columns, float[] target, int targetOffset) {
        if (rows == 0 || columns == 0) {
            return;
        }
        hostWaits.incrementAndGet();
        long rowBytes = (long) columns * Float.BYTES;
        boolean endToEnd = rowStride == rowBytes || rows == 1;
        try (Arena arena = Arena.ofShared()) {
            MemorySegment aside = arena.allocate(rows * rowBytes, Float.BYTES);
            if (aside.byteSize() > Integer.MAX_VALUE) {
                throw new DeviceException(
                        "a result of " + rows + " x " + columns + " floats is too large to read at once");
            }
            Pointer memory = Pointer.to(aside.asByteBuffer());
            cl_event event = new cl_event();
            // The wait is outside the lock: other threads can tell the device things meanwhile.
            enqueue("copying from it", () -> {
                if (endToEnd) {
                    CL.clEnqueueReadBuffer(queue, buffer, CL.CL_FALSE, offset, rows * rowBytes, memory, 0, null, event);
                } else {
                    CL.clEnqueueReadBufferRect(
                            queue,
                            buffer,
                            CL.CL_FALSE,
                            new long[] {offset % rowStride, offset / rowStride, 0},
                            new long[3],
                            new long[] {rowBytes, rows, 1},
                            rowStride,
                            0,
                            rowBytes,
                            0,
                            memory,
                            0,
                            null,
                            event);
                }
                CL.clFlush(queue);
            });
            try {
                CL.clWaitForEvents(1, new cl_event[] {event});
                CL.clReleaseEvent(event);
            } catch (CLException e) {
                throw OpenClFailure.of(e, device, "waiting for it");
            }
            MemorySegment.copy(aside, ValueLayout.JAVA_FLOAT, 0, target, targetOffset, rows * columns);
        }
    }

    /** Waits until all that was told is done. */
    void finish() {
        hostWaits.incrementAndGet();
        enqueue("waiting for it", () -> CL.clFinish(queue));
    }

    @Override
    public void close() {
        close(() -> {});
    }

    /**
     * Waits for what is under way and lets the device go.
     *
     * @param release lets go what was made for this device, after the last command and before a thread that comes too
     *     late could use it
     */
    synchronized void close(Runnable release) {
        if (closed) {
            return;
        }
        closed = true;
        try {
            CL.clFinish(queue);
            release.run();
            for (Upload upload : uploads) {
                CL.clReleaseEvent(upload.done);
                upload.source.close();
            }
            uploads.clear();
            CL.clReleaseCommandQueue(queue);
            CL.clReleaseContext(context);
        } catch (CLException e) {
            throw OpenClFailure.of(e, device, "closing it");
        }
    }
}
