package dev.fovea.kernels.cpu.machine;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;

/**
 * Holds machine code where the processor may execute it. The pages are written first and made executable afterwards,
 * and are never both: then a mistake elsewhere cannot change code, and hardened systems agree.
 *
 * <p>The memory is given back when neither this object nor a function of it is reachable.
 */
public final class ExecutableMemory {

    /**
     * System property that makes every attempt fail if it is {@code refuse}, as on a system that forbids executable
     * memory.
     */
    public static final String PROPERTY = "fovea.cpu.executableMemory";

    /** Says why there is no executable memory, in one clause. */
    public static final class Refused extends Exception {
        Refused(String reason) {
            super(reason);
        }

        Refused(String reason, Throwable cause) {
            super(reason, cause);
        }
    }

    private final MemorySegment code;

    private ExecutableMemory(MemorySegment code) {
        this.code = code;
    }

    /**
     * Copies machine code into memory of its own and makes that executable.
     *
     * @param code instructions of this processor that return to their caller
     * @throws Refused if the system, the processor or the JVM does not allow it
     */
    public static ExecutableMemory of(byte[] code) throws Refused {
        if (code.length == 0) {
            throw new IllegalArgumentException("there is no code to execute");
        }
        String architecture = System.getProperty("os.arch");
        if (!architecture.equals("amd64") && !architecture.equals("x86_64")) {
            throw new Refused("there is no machine code for processors of kind " + architecture);
        }
        if ("refuse".equals(System.getProperty(PROPERTY))) {
            throw new Refused("-D" + PROPERTY + "=refuse forbids executable memory");
        }
        try {
            Pages pages = Pages.ofThisSystem();
            MemorySegment written = pages.allocate(code.length);
            MemorySegment.copy(code, 0, written, ValueLayout.JAVA_BYTE, 0, code.length);
            pages.makeExecutable(written);
            return new ExecutableMemory(written.reinterpret(Arena.ofAuto(), pages));
        } catch (IllegalCallerException denied) {
            throw new Refused("this JVM denies native access", denied);
        } catch (UnsupportedOperationException | NoSuchElementException | LinkageError missing) {
            throw new Refused("this JVM cannot ask the system for executable memory", missing);
        }
    }

    /** Returns where the code begins. Valid while this object or a function of it is reachable. */
    public long address() {
        return code.address();
    }

    /**
     * Returns the code as a function. A call costs some 10 ns, since the JVM does not prepare to stop the thread
     * meanwhile; so one call should take less than 100 microseconds.
     *
     * @param descriptor parameters and result, which are passed as the system's C compiler passes them, see {@link
     *     Convention}
     */
    public MethodHandle function(FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(code, descriptor, Linker.Option.critical(false));
    }
}
