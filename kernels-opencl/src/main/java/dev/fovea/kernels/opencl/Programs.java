package dev.fovea.kernels.opencl;

import dev.fovea.tensor.DeviceException;
import dev.fovea.tensor.files.DiskCache;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_device_id;
import org.jocl.cl_program;

/**
 * Compiles the kernels of the {@code .cl} files beside this class for one device; what was compiled once is kept on
 * disk.
 */
final class Programs implements AutoCloseable {

    private static final String COMMON = "common";

    /** Lines of a compiler's complaint that fit into a message. */
    private static final int COMPLAINT = 200;

    private final Queue queue;
    private final String options;
    private final DiskCache cache;
    private final Map<String, cl_program> programs = new HashMap<>();
    private final Map<String, Kernel> kernels = new HashMap<>();

    /**
     * @param options macros that hold for all kernels on this device
     */
    Programs(Queue queue, String options, DiskCache cache) {
        this.queue = queue;
        this.options = options;
        this.cache = cache;
    }

    /**
     * Returns a kernel, compiled at its first use.
     *
     * @param file name of the file, without {@code .cl}
     * @param macros further macros, such as {@code "-D SIDE=16"}, or an empty string
     */
    synchronized Kernel kernel(String file, String name, String macros) {
        return kernels.computeIfAbsent(file + ' ' + macros + ' ' + name, key -> {
            cl_program program = programs.computeIfAbsent(
                    file + ' ' + macros, ignored -> build(source(COMMON) + source(file), options + ' ' + macros, file));
            try {
                return new Kernel(queue, name, CL.clCreateKernel(program, name, null));
            } catch (CLException e) {
                throw OpenClFailure.of(e, queue.device(), "preparing " + name);
            }
        });
    }

    private static String source(String file) {
        try (InputStream stream = Programs.class.getResourceAsStream(file + ".cl")) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new DeviceException("cannot read the kernels of " + file + ".cl; build or download Fovea again", e);
        }
    }

    /** Returns a program from the disk, or compiles it and keeps it there. */
    cl_program build(String source, String macros, String what) {
        String key = DiskCache.key(queue.device().label(), macros, source);
        byte[] kept = cache.read(key);
        cl_program program = kept == null ? null : fromBinary(kept, macros);
        if (program == null) {
            program = compile(source, macros, what);
            cache.write(key, binary(program));
        }
        return program;
    }

    /**
     * Returns a program made of a binary, or null if the driver does not take it: the driver was updated, or the file
     * is damaged.
     */
    private cl_program fromBinary(byte[] binary, String macros) {
        try {
            cl_program program = CL.clCreateProgramWithBinary(
                    queue.context(), 1, devices(), new long[] {binary.length}, new byte[][] {binary}, new int[1], null);
            CL.clBuildProgram(program, 1, devices(), macros, null, null);
            return program;
        } catch (CLException e) {
            return null;
        }
    }

    private cl_program compile(String source, String macros, String what) {
        cl_program program = null;
        try {
            program = CL.clCreateProgramWithSource(
                    queue.context(), 1, new String[] {source}, new long[] {source.length()}, null);
            CL.clBuildProgram(program, 1, devices(), macros, null, null);
            return program;
        } catch (CLException e) {
            throw OpenClFailure.of(e, queue.device(), "compiling " + what + ".cl with " + macros + complaint(program));
        }
    }

    private cl_device_id[] devices() {
        return new cl_device_id[] {queue.device().id()};
    }

    /** Returns what the compiler said, in one line. */
    private String complaint(cl_program program) {
        if (program == null) {
            return "";
        }
        try {
            long[] size = new long[1];
            CL.clGetProgramBuildInfo(program, queue.device().id(), CL.CL_PROGRAM_BUILD_LOG, 0, null, size);
            byte[] log = new byte[(int) size[0]];
            CL.clGetProgramBuildInfo(
                    program, queue.device().id(), CL.CL_PROGRAM_BUILD_LOG, log.length, Pointer.to(log), null);
            String line = new String(log, StandardCharsets.UTF_8)
                    .replace('\0', ' ')
                    .replaceAll("\\s+", " ")
                    .strip();
            return ": " + line.substring(0, Math.min(COMPLAINT, line.length()));
        } catch (CLException e) {
            return "";
        }
    }

    private static byte[] binary(cl_program program) {
        long[] size = new long[1];
        CL.clGetProgramInfo(program, CL.CL_PROGRAM_BINARY_SIZES, Sizeof.size_t, Pointer.to(size), null);
        byte[] binary = new byte[(int) size[0]];
        CL.clGetProgramInfo(
                program, CL.CL_PROGRAM_BINARIES, Sizeof.POINTER, Pointer.to(new Pointer[] {Pointer.to(binary)}), null);
        return binary;
    }

    @Override
    public synchronized void close() {
        kernels.values().forEach(Kernel::release);
        kernels.clear();
        programs.values().forEach(CL::clReleaseProgram);
        programs.clear();
    }
}
