package dev.fovea.kernels.opencl;

import dev.fovea.tensor.Tensor;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;

/** Holds a compiled kernel; {@link #call} starts it. */
final class Kernel {

    /** Items of a group where it does not matter. */
    private static final long GROUP = 64;

    private final Queue queue;
    private final String name;
    private final cl_kernel kernel;

    Kernel(Queue queue, String name, cl_kernel kernel) {
        this.queue = queue;
        this.name = name;
        this.kernel = kernel;
    }

    Call call() {
        return new Call();
    }

    void release() {
        CL.clReleaseKernel(kernel);
    }

    private record Argument(long size, Pointer value) {}

    /** Prepares one start of the kernel: its arguments in their order, then how many items. */
    final class Call {
        private final List<Argument> arguments = new ArrayList<>();
        private final List<Object> owners = new ArrayList<>();

        /** Passes an array: buffer and first byte; null is allowed where the kernel does not read it. */
        Call array(DeviceStorage storage) {
            return buffer(storage).number(storage == null ? 0L : storage.from());
        }

        private Call buffer(DeviceStorage storage) {
            owners.add(storage);
            return add(Sizeof.cl_mem, storage == null ? null : Pointer.to(storage.buffer()));
        }

        /** Passes a tensor: buffer, offset and row stride; null is allowed where the kernel does not read it. */
        Call tensor(Tensor tensor) {
            if (tensor == null) {
                return buffer(null).number(0L).number(0L);
            }
            DeviceStorage storage = (DeviceStorage) tensor.storage();
            return buffer(storage)
                    .number(storage.from() / Float.BYTES + tensor.offset())
                    .number(tensor.rowStride());
        }

        Call number(int value) {
            return add(Sizeof.cl_int, Pointer.to(new int[] {value}));
        }

        Call number(long value) {
            return add(Sizeof.cl_long, Pointer.to(new long[] {value}));
        }

        Call number(float value) {
            return add(Sizeof.cl_float, Pointer.to(new float[] {value}));
        }

        private Call add(long size, Pointer value) {
            arguments.add(new Argument(size, value));
            return this;
        }

        /** Runs at least {@code count} items; the kernel ends those beyond at once. */
        void items(long count) {
            groups(new long[] {(count + GROUP - 1) / GROUP}, new long[] {GROUP});
        }

        /** Runs groups, as many in each dimension as given; none if one of them is 0. */
        void groups(long[] groups, long[] group) {
            long[] items = new long[groups.length];
            for (int i = 0; i < groups.length; i++) {
                if (groups[i] == 0) {
                    return;
                }
                items[i] = groups[i] * group[i];
            }
            queue.launch(name, kernel, this::setArguments, items, group);
            // Only now does the driver hold the buffers on its own.
            Reference.reachabilityFence(owners);
        }

        private void setArguments() {
            for (int i = 0; i < arguments.size(); i++) {
                Argument argument = arguments.get(i);
                CL.clSetKernelArg(kernel, i, argument.size, argument.value);
            }
        }
    }
}
