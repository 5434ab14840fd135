package dev.fovea.kernels.opencl;

import dev.fovea.tensor.DeviceException;
import dev.fovea.tensor.FoveaException;
import org.jocl.CL;
import org.jocl.CLException;

/** Explains the driver's error codes to people: one line that names the device, its driver and what to do. */
final class OpenClFailure {

    private OpenClFailure() {}

    /**
     * @param doing what was being done, such as {@code "running layer_norm"}
     */
    static FoveaException of(CLException cause, Device device, String doing) {
        String explained = switch (cause.getStatus()) {
            case CL.CL_MEM_OBJECT_ALLOCATION_FAILURE, CL.CL_OUT_OF_HOST_MEMORY, CL.CL_INVALID_BUFFER_SIZE ->
                "is out of memory (it has " + (device.memoryBytes() >> 20)
                        + " MiB); use a smaller batch or picture, weights stored as f16 or int8, or the device cpu";
            case CL.CL_DEVICE_NOT_AVAILABLE, CL.CL_INVALID_COMMAND_QUEUE, CL.CL_INVALID_CONTEXT, CL.CL_INVALID_DEVICE ->
                "was lost; look whether it still works (the system's log says more), start again,"
                        + " or use the device cpu";
            case CL.CL_OUT_OF_RESOURCES ->
                "ran out of resources or broke off a kernel; use a smaller batch, update its driver,"
                        + " or use the device cpu";
            case CL.CL_BUILD_PROGRAM_FAILURE, CL.CL_COMPILER_NOT_AVAILABLE, CL.CL_LINKER_NOT_AVAILABLE ->
                "cannot compile Fovea's kernels; update its driver, or use the device cpu";
            default ->
                "failed with " + CL.stringFor_errorCode(cause.getStatus())
                        + "; update its driver, or use the device cpu";
        };
        return new DeviceException(device.label() + " " + explained + " [" + doing + "]", cause);
    }

    /** Returns whether the driver said that memory is short, so that it may help to give some back. */
    static boolean isOutOfMemory(CLException e) {
        return e.getStatus() == CL.CL_MEM_OBJECT_ALLOCATION_FAILURE
                || e.getStatus() == CL.CL_OUT_OF_RESOURCES
                || e.getStatus() == CL.CL_OUT_OF_HOST_MEMORY;
    }
}
