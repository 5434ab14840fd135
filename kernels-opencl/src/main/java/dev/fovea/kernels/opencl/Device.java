package dev.fovea.kernels.opencl;

import dev.fovea.tensor.BackendDevice;
import dev.fovea.tensor.Precision;
import java.util.List;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/**
 * Describes an OpenCL device and what its driver says of it.
 *
 * @param number its index in the list of all devices, the N of {@code --device opencl:N}
 * @param platform the driver's handle of the platform
 * @param id the driver's handle of the device
 * @param platformName who made the driver, and the version of OpenCL
 * @param name as the driver calls it
 * @param driver version of the driver
 * @param kind {@code GPU}, {@code CPU}, {@code accelerator} or {@code other}
 * @param computeUnits what works independently: multiprocessors, cores
 * @param megahertz the highest clock
 * @param memoryBytes of the device
 * @param largestBuffer bytes of the largest single piece
 * @param localBytes memory that the items of a group share
 * @param largestGroup items of the largest group
 * @param nativeWidth floats of a vector register
 * @param problem why it cannot be used, or null
 */
record Device(
        int number,
        cl_platform_id platform,
        cl_device_id id,
        String platformName,
        String name,
        String driver,
        String kind,
        int computeUnits,
        int megahertz,
        long memoryBytes,
        long largestBuffer,
        long localBytes,
        long largestGroup,
        int nativeWidth,
        String problem) {

    static final String CPU = "CPU";
    static final String GPU = "GPU";

    /** Returns the name that error messages use: which device, and whose driver to look after. */
    String label() {
        return "opencl:" + number + " (" + name + ", " + platformName + ", driver " + driver + ")";
    }

    boolean isUsable() {
        return problem == null;
    }

    BackendDevice listed() {
        return new BackendDevice(
                "opencl:" + number,
                kind,
                name,
                platformName,
                driver,
                computeUnits,
                memoryBytes,
                List.of(Precision.F32),
                problem);
    }
}
