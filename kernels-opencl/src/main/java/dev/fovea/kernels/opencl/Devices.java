package dev.fovea.kernels.opencl;

import static org.jocl.CL.CL_DEVICE_NOT_FOUND;
import static org.jocl.CL.CL_DEVICE_TYPE_ACCELERATOR;
import static org.jocl.CL.CL_DEVICE_TYPE_ALL;
import static org.jocl.CL.CL_DEVICE_TYPE_CPU;
import static org.jocl.CL.CL_DEVICE_TYPE_GPU;

import dev.fovea.tensor.DeviceException;
import dev.fovea.tensor.FoveaException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/** Finds the OpenCL devices of this machine and chooses one. */
final class Devices {

    /** What the widest group of the kernels needs. */
    private static final long GROUP_NEEDED = 256;

    private static final long LOCAL_BYTES_NEEDED = 32 << 10;

    private static final String INSTALL =
            "install the driver of your GPU, or \"apt install pocl-opencl-icd ocl-icd-opencl-dev\" for OpenCL on"
                    + " the CPU";

    private static final String NOT_INSTALLED =
            "OpenCL is not installed on this machine (no libOpenCL was found); " + INSTALL;

    private static final String DENIED =
            "OpenCL is a native library, and this JVM denies native access; start Java with"
                    + " --enable-native-access=ALL-UNNAMED";

    private static final String NO_DEVICE =
            "OpenCL is installed, but none of its platforms has a device that works; " + INSTALL;

    private Devices() {}

    /**
     * Returns all devices of all platforms, the unusable ones included.
     *
     * @throws FoveaException if there is no OpenCL or no device at all, saying what to do
     */
    static List<Device> all() {
        List<Device> devices = new ArrayList<>();
        for (cl_platform_id platform : platforms()) {
            int[] count = new int[1];
            int status = quiet(() -> CL.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, null, count));
            if (status == CL_DEVICE_NOT_FOUND || count[0] == 0) {
                continue;
            }
            cl_device_id[] ids = new cl_device_id[count[0]];
            CL.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count[0], ids, null);
            for (cl_device_id id : ids) {
                devices.add(describe(devices.size(), platform, id));
            }
        }
        if (devices.isEmpty()) {
            throw new DeviceException(NO_DEVICE);
        }
        return devices;
    }

    private static cl_platform_id[] platforms() {
        requireLibrary();
        try {
            CL.setExceptionsEnabled(true);
            int[] count = new int[1];
            int status = quiet(() -> CL.clGetPlatformIDs(0, null, count));
            if (status != CL.CL_SUCCESS || count[0] == 0) {
                throw new DeviceException("OpenCL is installed but has no platform, so no driver; " + INSTALL);
            }
            cl_platform_id[] platforms = new cl_platform_id[count[0]];
            CL.clGetPlatformIDs(count[0], platforms, null);
            return platforms;
        } catch (UnsatisfiedLinkError | NoClassDefFoundError | UnsupportedOperationException e) {
            throw new DeviceException(isDenied() ? DENIED : NOT_INSTALLED, e);
        }
    }

    /** Returns whether the JVM forbids to load a library; JOCL's error is then the one of a missing library. */
    private static boolean isDenied() {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup("OpenCL", arena);
            return false;
        } catch (IllegalArgumentException noSuchLibrary) {
            return false;
        } catch (IllegalCallerException denied) {
            return true;
        }
    }

    /**
     * Makes sure that there is a library to load: without one, JOCL complains on the standard output, which is not its
     * own.
     */
    private static void requireLibrary() {
        if (!System.getProperty("os.name").equals("Linux") || isThere("libOpenCL.so")) {
            return;
        }
        throw new DeviceException(
                isThere("libOpenCL.so.1")
                        ? "OpenCL is installed as libOpenCL.so.1 alone, and JOCL looks for libOpenCL.so; install"
                                + " ocl-icd-opencl-dev (Debian, Ubuntu) or ocl-icd-devel (Fedora),"
                                + " or make a link of that name"
                        : NOT_INSTALLED);
    }

    private static boolean isThere(String library) {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(library, arena);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        } catch (IllegalCallerException nativeAccessDenied) {
            return true; // JOCL will see
        }
    }

    private interface Call {
        int status();
    }

    /** Makes a call whose failure is an answer. */
    private static int quiet(Call call) {
        try {
            return call.status();
        } catch (CLException e) {
            return e.getStatus();
        }
    }

    private static Device describe(int number, cl_platform_id platform, cl_device_id id) {
        String platformName = text(
                (name, size, target, found) -> CL.clGetPlatformInfo(platform, name, size, target, found),
                CL.CL_PLATFORM_NAME);
        Info info = (name, size, target, found) -> CL.clGetDeviceInfo(id, name, size, target, found);
        try {
            return new Device(
                    number,
                    platform,
                    id,
                    platformName + ", " + openClVersion(text(info, CL.CL_DEVICE_VERSION)),
                    text(info, CL.CL_DEVICE_NAME),
                    text(info, CL.CL_DRIVER_VERSION),
                    kind(number(info, CL.CL_DEVICE_TYPE)),
                    (int) number(info, CL.CL_DEVICE_MAX_COMPUTE_UNITS),
                    (int) number(info, CL.CL_DEVICE_MAX_CLOCK_FREQUENCY),
                    number(info, CL.CL_DEVICE_GLOBAL_MEM_SIZE),
                    number(info, CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE),
                    number(info, CL.CL_DEVICE_LOCAL_MEM_SIZE),
                    number(info, CL.CL_DEVICE_MAX_WORK_GROUP_SIZE),
                    (int) number(info, CL.CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT),
                    problem(info));
        } catch (CLException e) {
            String problem = "its driver does not answer (" + e.getMessage() + "); install it again";
            return new Device(number, platform, id, platformName, "?", "?", "other", 0, 0, 0, 0, 0, 0, 0, problem);
        }
    }

    private static String problem(Info info) {
        if (number(info, CL.CL_DEVICE_AVAILABLE) == 0) {
            return "the driver says that it is not available; another program may hold it";
        }
        if (number(info, CL.CL_DEVICE_COMPILER_AVAILABLE) == 0) {
            return "its driver has no compiler; install the full driver";
        }
        if (number(info, CL.CL_DEVICE_ENDIAN_LITTLE) == 0) {
            return "it is big-endian, and Fovea's kernels are not";
        }
        if (isOlderThan12(text(info, CL.CL_DEVICE_VERSION))) {
            return "it speaks " + text(info, CL.CL_DEVICE_VERSION).strip() + ", and Fovea needs OpenCL 1.2";
        }
        if (number(info, CL.CL_DEVICE_MAX_WORK_GROUP_SIZE) < GROUP_NEEDED
                || number(info, CL.CL_DEVICE_LOCAL_MEM_SIZE) < LOCAL_BYTES_NEEDED) {
            return "its groups are too small: Fovea needs " + GROUP_NEEDED + " items and " + (LOCAL_BYTES_NEEDED >> 10)
                    + " KiB of local memory";
        }
        return null;
    }

    /** Returns "OpenCL 3.0 and what the maker adds" without the addition. */
    private static String openClVersion(String version) {
        return Arrays.stream(version.split(" ")).limit(2).collect(Collectors.joining(" "));
    }

    static boolean isOlderThan12(String version) {
        return version.startsWith("OpenCL 1.0") || version.startsWith("OpenCL 1.1");
    }

    private static String kind(long type) {
        return (type & CL_DEVICE_TYPE_GPU) != 0
                ? Device.GPU
                : (type & CL_DEVICE_TYPE_CPU) != 0
                        ? Device.CPU
                        : (type & CL_DEVICE_TYPE_ACCELERATOR) != 0 ? "accelerator" : "other";
    }

    private interface Info {
        int get(int name, long size, Pointer target, long[] found);
    }

    private static String text(Info info, int name) {
        long[] size = new long[1];
        info.get(name, 0, null, size);
        byte[] bytes = new byte[(int) size[0]];
        info.get(name, bytes.length, Pointer.to(bytes), null);
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.substring(0, Math.max(0, text.indexOf('\0'))).strip();
    }

    /** Returns an integer of whatever size the driver gives it. */
    private static long number(Info info, int name) {
        long[] size = new long[1];
        byte[] bytes = new byte[Long.BYTES];
        info.get(name, bytes.length, Pointer.to(bytes), size);
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getLong();
    }

    /**
     * Returns the device that somebody asked for.
     *
     *
     * @param wanted an index in the list, a part of a device's or platform's name, or an empty string for the fastest:
     *     GPUs first, then what has most units times clock
     * @throws FoveaException if there is none such, or it cannot be used
     */
    static Device choose(List<Device> devices, String wanted) {
        List<Device> fitting =
                devices.stream().filter(device -> fits(device, wanted)).toList();
        if (fitting.isEmpty()) {
            throw new DeviceException("no OpenCL device is called \"" + wanted + "\"; there "
                    + (devices.size() == 1 ? "is " : "are ")
                    + devices.stream().map(Device::label).collect(Collectors.joining(", ")));
        }
        return fitting.stream()
                .filter(Device::isUsable)
                .max(Comparator.comparing((Device device) -> device.kind().equals(Device.GPU))
                        .thenComparing(device -> !device.kind().equals(Device.CPU))
                        .thenComparing(device -> (long) device.computeUnits() * device.megahertz())
                        .thenComparing(Device::number, Comparator.reverseOrder()))
                .orElseThrow(() -> new DeviceException(fitting.getFirst().label() + " cannot be used: "
                        + fitting.getFirst().problem()));
    }

    private static boolean fits(Device device, String wanted) {
        if (wanted.matches("\\d{1,9}")) {
            return device.number() == Integer.parseInt(wanted);
        }
        return (device.name() + '\n' + device.platformName())
                .toLowerCase(Locale.ROOT)
                .contains(wanted.toLowerCase(Locale.ROOT));
    }
}
