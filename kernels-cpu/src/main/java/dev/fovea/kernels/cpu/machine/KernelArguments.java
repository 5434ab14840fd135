package dev.fovea.kernels.cpu.machine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Passes integers and addresses to generated functions, in memory of the calling thread. A function gets one argument,
 * the address of that memory: the JVM spins classes for every list of parameter types that it has not called with
 * before, 5 to 15 ms at start, and has called with one long already ({@link Processor}). Compiled, a call takes some 7
 * ns, with six arguments in registers 4 to 7.
 */
final class KernelArguments {

    private static final int MOST = 18;

    /** Calls any function of one argument. A constant, so that compiled code jumps straight to the function. */
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG), Linker.Option.critical(false));

    /** Calls functions that read or write a Java array. Apart, since linking takes time and not every program does. */
    private static final class WithArray {

        static final MethodHandle CALL = Linker.nativeLinker()
                .downcallHandle(
                        FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG),
                        Linker.Option.critical(true));

        private WithArray() {}
    }

    private static final ThreadLocal<KernelArguments> OF_THREADS = ThreadLocal.withInitial(KernelArguments::new);

    /** A buffer, whose elements the JVM writes without linking a handle for it first. */
    private final ByteBuffer memory =
            ByteBuffer.allocateDirect(MOST * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private final long address = MemorySegment.ofBuffer(memory).address();

    private KernelArguments() {}

    /** Calls a function of six arguments; one that has fewer does not read the last ones. */
    static void call(MemorySegment function, long first, long second, long third, long fourth, long fifth, long sixth) {
        KernelArguments arguments = OF_THREADS.get();
        arguments.set(0, first, second, third, fourth, fifth, sixth);
        arguments.call(function);
    }

    /** Calls a function of eight arguments; one that has fewer does not read the last ones. */
    static void call(
            MemorySegment function,
            long first,
            long second,
            long third,
            long fourth,
            long fifth,
            long sixth,
            long seventh,
            long eighth) {
        KernelArguments arguments = OF_THREADS.get();
        arguments.set(0, first, second, third, fourth, fifth, sixth);
        arguments.memory.putLong(6 * Long.BYTES, seventh);
        arguments.memory.putLong(7 * Long.BYTES, eighth);
        arguments.call(function);
    }

    /** Calls a function of two arguments that leaves a float where the first one lay. */
    static float callForFloat(MemorySegment function, long first, long second) {
        KernelArguments arguments = OF_THREADS.get();
        arguments.memory.putLong(0, first);
        arguments.memory.putLong(Long.BYTES, second);
        arguments.call(function);
        return arguments.memory.getFloat(0);
    }

    /** Returns those of the calling thread, for a function that has more than eight. */
    static KernelArguments ofThread() {
        return OF_THREADS.get();
    }

    /**
     * Calls a function of an array and eight arguments, the first of which is the index of an element; one that has
     * fewer does not read the last ones. The garbage collector does not move the array meanwhile.
     */
    static void call(
            MemorySegment function,
            float[] array,
            int index,
            long second,
            long third,
            long fourth,
            long fifth,
            long sixth,
            long seventh,
            long eighth) {
        KernelArguments arguments = OF_THREADS.get();
        arguments.set(0, (long) index * Float.BYTES, second, third, fourth, fifth, sixth);
        arguments.memory.putLong(6 * Long.BYTES, seventh);
        arguments.memory.putLong(7 * Long.BYTES, eighth);
        try {
            WithArray.CALL.invokeExact(function, MemorySegment.ofArray(array), arguments.address);
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    /**
     * Sets six arguments.
     *
     * @param from place of the first one
     */
    void set(int from, long first, long second, long third, long fourth, long fifth, long sixth) {
        int at = from * Long.BYTES;
        memory.putLong(at, first);
        memory.putLong(at + Long.BYTES, second);
        memory.putLong(at + 2 * Long.BYTES, third);
        memory.putLong(at + 3 * Long.BYTES, fourth);
        memory.putLong(at + 4 * Long.BYTES, fifth);
        memory.putLong(at + 5 * Long.BYTES, sixth);
    }

    /** Calls a function with the arguments that are set. */
    void call(MemorySegment function) {
        try {
            CALL.invokeExact(function, address);
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    /**
     * Writes the loading of a function's arguments: the register at each place of the list gets the argument of that
     * place.
     */
    static void load(Assembler code, Convention convention, Gp... registers) {
        code.mov(Gp.RAX, convention.argument(0));
        for (int i = 0; i < registers.length; i++) {
            code.mov(registers[i], Address.of(Gp.RAX, i * Long.BYTES));
        }
    }

    /**
     * Writes the loading of an array's element and the arguments behind it.
     *
     * @param element gets its address
     * @param registers get the arguments from the second on
     */
    static void loadWithArray(Assembler code, Convention convention, Gp element, Gp... registers) {
        code.mov(element, convention.argument(0));
        code.mov(Gp.RAX, convention.argument(1));
        code.add(element, Address.of(Gp.RAX));
        for (int i = 0; i < registers.length; i++) {
            code.mov(registers[i], Address.of(Gp.RAX, (i + 1) * Long.BYTES));
        }
    }
}
