package dev.fovea.kernels.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import java.util.List;
import org.jocl.CL;
import org.jocl.CLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which device is chosen, and what people read when none can be. */
class DevicesTest {

    private static final Device PROCESSOR = device(0, "PoCL", "pthread-skylake", Device.CPU, 64, 3000, null);
    private static final Device SMALL = device(1, "NVIDIA CUDA", "NVIDIA T400", Device.GPU, 6, 1400, null);
    private static final Device LARGE = device(2, "NVIDIA CUDA", "NVIDIA H100", Device.GPU, 132, 1900, null);
    private static final Device BROKEN =
            device(3, "Mesa", "Rusticl", Device.GPU, 999, 9000, "its driver has no compiler; install the full driver");
    private static final List<Device> ALL = List.of(PROCESSOR, SMALL, LARGE, BROKEN);

    private static Device device(
            int number, String platform, String name, String kind, int units, int megahertz, String problem) {
        return new Device(
                number, null, null, platform, name, "1.2.3", kind, units, megahertz, 8L << 30, 2L << 30, 48 << 10, 1024,
                1, problem);
    }

    @ParameterizedTest
    @CsvSource({"'',2", "0,0", "1,1", "nvidia,2", "t400,1", "PoCL,0"})
    void theBestOfThoseThatFit(String wanted, int number) {
        assertEquals(number, Devices.choose(ALL, wanted).number());
    }

    @Test
    void aProcessorIfThereIsNoGpu() {
        assertEquals(PROCESSOR, Devices.choose(List.of(PROCESSOR, BROKEN), ""));
    }

    @Test
    void unknownNames() {
        FoveaException e = assertThrows(FoveaException.class, () -> Devices.choose(ALL, "radeon"));
        assertTrue(e.getMessage().startsWith("no OpenCL device is called \"radeon\"; there are opencl:0 (pthread"));
        assertThrows(FoveaException.class, () -> Devices.choose(ALL, "4"));
        assertThrows(FoveaException.class, () -> Devices.choose(ALL, "99999999999"));
    }

    @Test
    void unusableDevices() {
        FoveaException e = assertThrows(FoveaException.class, () -> Devices.choose(ALL, "3"));
        assertEquals(
                "opencl:3 (Rusticl, Mesa, driver 1.2.3) cannot be used: its driver has no compiler;"
                        + " install the full driver",
                e.getMessage());
        assertEquals(
                "its driver has no compiler; install the full driver",
                BROKEN.listed().problem());
    }

    @Test
    void versions() {
        assertTrue(Devices.isOlderThan12("OpenCL 1.1 something"));
        assertFalse(Devices.isOlderThan12("OpenCL 1.2 something"));
        assertFalse(Devices.isOlderThan12("OpenCL 3.0 CUDA"));
    }

    @ParameterizedTest
    @CsvSource({
        CL.CL_MEM_OBJECT_ALLOCATION_FAILURE + ",is out of memory (it has 8192 MiB); use a smaller batch",
        CL.CL_DEVICE_NOT_AVAILABLE + ",was lost; look whether it still works",
        CL.CL_OUT_OF_RESOURCES + ",ran out of resources",
        CL.CL_BUILD_PROGRAM_FAILURE + ",cannot compile Fovea's kernels; update its driver"
    })
    void failuresNameDeviceAndDriver(int status, String expected) {
        String message = OpenClFailure.of(new CLException("raw", status), LARGE, "running softmax")
                .getMessage();
        assertTrue(message.startsWith("opencl:2 (NVIDIA H100, NVIDIA CUDA, driver 1.2.3) " + expected), message);
        assertTrue(message.endsWith("[running softmax]"), message);
        assertFalse(message.contains("\n"), message);
    }
}
